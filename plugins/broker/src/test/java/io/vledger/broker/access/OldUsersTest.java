package io.vledger.broker.access;

import static io.vledger.broker.access.AccessFixture.root;
import static io.vledger.broker.access.AccessFixture.signed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.api.origin.OldDatabases;
import io.vledger.api.origin.OldDatabases.OldRecord;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.testkit.fake.FakeRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users of an earlier RocketMQ 5; records are as its 5.5.0 writes them (see CopiedDatabasesTest of store-rocksdb). */
class OldUsersTest {
    private static final String ALICE =
            "{\"password\":\"alice-password-2\",\"subjectType\":1,\"userStatus\":1,\"userType\":2,\"username\":\"alice\"}";
    private static final String BOB =
            "{\"password\":\"bob-password\",\"subjectType\":1,\"userStatus\":2,\"userType\":2,\"username\":\"bob\"}";
    private static final String BOSS =
            "{\"password\":\"boss-password\",\"subjectType\":1,\"userStatus\":1,\"userType\":1,\"username\":\"boss\"}";
    private static final String POLICIES =
            "{\"policies\":[{\"entries\":[{\"actions\":[3,4],\"decision\":1,\"environment\":{\"sourceIps\":[\"127.0.0.0/8\"]},"
                    + "\"resource\":{\"resourceName\":\"orders\",\"resourcePattern\":2,\"resourceType\":4}},"
                    + "{\"actions\":[4],\"decision\":1,\"resource\":{\"resourceName\":\"work\",\"resourcePattern\":3,"
                    + "\"resourceType\":5}}],\"policyType\":1},{\"entries\":[{\"actions\":[8],\"decision\":2,\"resource\":"
                    + "{\"resourcePattern\":1,\"resourceType\":1}}],\"policyType\":2}],\"subject\":" + ALICE + "}";

    @TempDir
    Path directory;

    private String policies = POLICIES;

    private static OldRecord record(String key, String value) {
        return new OldRecord(key.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
    }

    private NodeAccess access() throws IOException {
        Path old = directory.resolve("auth");
        Files.createDirectories(old.resolve("acls"));
        OldDatabases databases = database -> database.endsWith("users")
                ? List.of(record("alice", ALICE), record("bob", BOB), record("boss", BOSS))
                : List.of(record("User:alice", policies));
        return NodeAccess.of(new AccessFixture(directory).section().put("oldUsers", old.toString()))
                .load()
                .takeOver(databases);
    }

    @Test
    void theyAreHeldToWhatTheyWereHeldToBefore() throws Exception {
        try (TestBroker broker = TestBroker.guarded(access())) {
            broker.topic("orders", 1);
            broker.topic("t", 1);
            assertThat(broker.call(signed(broker.send("orders", 0, "x"), "alice", "alice-password-2"))
                            .replyCode())
                    .isZero();
            assertThat(broker.call(signed(broker.send("t", 0, "x"), "alice", "alice-password-2"))
                            .replyCode())
                    .isEqualTo(16);
            assertThat(broker.call(signed(broker.send("t", 0, "x"), "boss", "boss-password"))
                            .replyCode())
                    .isZero();
            assertThat(broker.call(signed(broker.send("t", 0, "x"), "bob", "bob-password"))
                            .replyRemark())
                    .isEqualTo("User:bob is disabled.");
            FakeRequest shown =
                    broker.call(root(new FakeRequest(RequestCode.AUTH_GET_ACL).with("subject", "User:alice")));
            assertThat(shown.replyText())
                    .isEqualTo("{\"policies\":[{\"entries\":[{\"actions\":[\"Pub\",\"Sub\"],\"decision\":\"Allow\","
                            + "\"resource\":\"Topic:orders\",\"sourceIps\":[\"127.0.0.0/8\"]},{\"actions\":[\"Sub\"],"
                            + "\"decision\":\"Allow\",\"resource\":\"Group:work*\"}],\"policyType\":\"Custom\"},"
                            + "{\"entries\":[{\"actions\":[\"Get\"],\"decision\":\"Deny\",\"resource\":\"*\"}],"
                            + "\"policyType\":\"Default\"}],\"subject\":\"User:alice\"}");
            ByteBuf snapshot = Unpooled.buffer();
            broker.state().snapshot(snapshot);
            assertThat(new String(ByteBufUtil.getBytes(snapshot), StandardCharsets.ISO_8859_1))
                    .contains("alice")
                    .doesNotContain("alice-password");
        }
    }

    /** Whatever the next leader is: one of the same files, after a snapshot or a restart. */
    @Test
    void whoIsDeletedAfterwardsStaysAway() throws Exception {
        NodeAccess access = access();
        ByteBuf snapshot = Unpooled.buffer();
        try (TestBroker broker = TestBroker.guarded(access)) {
            AccessState state = broker.state().part(AccessState.class);
            assertThat(state.oldUsersTaken()).isTrue();
            assertThat(broker.call(root(new FakeRequest(RequestCode.AUTH_DELETE_USER).with("username", "alice")))
                            .replyCode())
                    .isZero();
            broker.group().follow();
            broker.group().lead();
            broker.group().settle();
            assertThat(state.users()).doesNotContainKey("alice").containsKey("boss");
            broker.state().snapshot(snapshot);
        }
        try (TestBroker next = TestBroker.guarded(access)) {
            next.group().follow();
            next.state().restore(snapshot);
            next.group().lead();
            next.group().settle();
            AccessState state = next.state().part(AccessState.class);
            assertThat(state.oldUsersTaken()).isTrue();
            assertThat(state.users()).doesNotContainKey("alice").containsKey("boss");
        }
    }

    @Test
    void whatCannotBeReadStopsTheStart() throws Exception {
        policies = POLICIES.replace("[3,4]", "[3,99]");
        assertThatThrownBy(this::access)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the record User:alice cannot be taken over: the action 99");
        NodeAccess withoutReader = NodeAccess.of(
                        new AccessFixture(directory).section().put("oldUsers", directory.toString()))
                .load();
        assertThatThrownBy(() -> withoutReader.takeOver(null)).hasMessageContaining("store-rocksdb.jar");
    }
}
