package io.vledger.broker.access;

import static io.vledger.broker.access.AccessFixture.KEY;
import static io.vledger.broker.access.AccessFixture.ROOT;
import static io.vledger.broker.access.AccessFixture.root;
import static io.vledger.broker.access.AccessFixture.signed;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.access.rights.RequestRights;
import io.vledger.broker.routing.RefusedRequests;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.testing.CounterProbe;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeFields;
import io.vledger.testkit.fake.FakeRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessTest {
    @TempDir
    Path directory;

    private Path key(String content) throws IOException {
        return new AccessFixture(directory).key(content);
    }

    private JsonObject section() throws IOException {
        return new AccessFixture(directory).section();
    }

    private static FakeRequest user(int code, String name, String password, String type) {
        return new FakeRequest(code)
                .with("username", name)
                .body("{\"password\":\"" + password + "\",\"userType\":\"" + type + "\"}");
    }

    private static FakeRequest policy(int code, String name, String resource, String... actions) {
        return new FakeRequest(code)
                .with("subject", "User:" + name)
                .body("{\"policies\":[{\"entries\":[{\"actions\":[\"" + String.join("\",\"", actions)
                        + "\"],\"decision\":\"Allow\",\"resource\":\"" + resource
                        + "\"}],\"policyType\":\"Custom\"}]}");
    }

    @Test
    void everyRequestThatIsServedOrRefusedByNameHasARight() throws Exception {
        RequestRights rights = new RequestRights("Cluster");
        try (TestBroker broker = TestBroker.follower()) {
            assertThat(rights.all().keySet())
                    .containsAll(broker.parts().requests().entries().keySet())
                    .containsAll(RefusedRequests.byCode().keySet());
        }
    }

    @Test
    void aNewGroupHasTheConfiguredSuperUserAndLetsNobodyElseIn() throws Exception {
        try (TestBroker broker = TestBroker.guarded(NodeAccess.of(section()).load())) {
            broker.topic("t", 1);
            FakeRequest stranger = broker.call(broker.send("t", 0, "x"));
            assertThat(stranger.replyCode()).isEqualTo(16);
            assertThat(stranger.replyRemark()).isEqualTo("username cannot be null.");
            assertThat(broker.call(signed(broker.send("t", 0, "x"), "root", "wrong"))
                            .replyRemark())
                    .isEqualTo("check signature failed.");
            assertThat(broker.call(signed(broker.send("t", 0, "x"), "nobody", "wrong"))
                            .replyRemark())
                    .isEqualTo("User:nobody is not found.");
            assertThat(broker.call(root(broker.send("t", 0, "x"))).replyCode()).isZero();
            assertThat(refused(broker)).isEqualTo(3);
            assertThat(broker.call(new FakeRequest(424_242)).replyCode())
                    .as("a code that nobody knows")
                    .isEqualTo(16);
        }
    }

    private static double refused(TestBroker broker) {
        return CounterProbe.value(broker.parts().metrics(), "rocketmq_requests_refused_total");
    }

    @Test
    void aUserMayDoWhatThePoliciesSay() throws Exception {
        try (TestBroker broker = TestBroker.guarded(NodeAccess.of(section()).load())) {
            broker.topic("t", 1);
            assertThat(broker.call(root(user(RequestCode.AUTH_CREATE_USER, "alice", "alice-password", "Normal")))
                            .replyCode())
                    .isZero();
            FakeRequest send = broker.call(signed(broker.send("t", 0, "x"), "alice", "alice-password"));
            assertThat(send.replyCode()).isEqualTo(16);
            assertThat(send.replyRemark())
                    .isEqualTo("User:alice has no permission to access Topic:t from 127.0.0.1, no matched policies.");
            assertThat(broker.call(root(policy(RequestCode.AUTH_CREATE_ACL, "alice", "Topic:t", "Pub")))
                            .replyCode())
                    .isZero();
            assertThat(broker.call(signed(broker.send("t", 0, "x"), "alice", "alice-password"))
                            .replyCode())
                    .isZero();
            assertThat(broker.call(signed(broker.pull("t", 0, 0), "alice", "alice-password"))
                            .replyCode())
                    .isEqualTo(16);
            FakeRequest escalation =
                    signed(user(RequestCode.AUTH_UPDATE_USER, "alice", "", "Super"), "alice", "alice-password");
            assertThat(broker.call(escalation).replyCode()).isEqualTo(16);
            FakeRequest shown =
                    broker.call(root(new FakeRequest(RequestCode.AUTH_GET_ACL).with("subject", "User:alice")));
            assertThat(shown.replyText())
                    .isEqualTo("{\"policies\":[{\"entries\":[{\"actions\":[\"Pub\"],\"decision\":\"Allow\","
                            + "\"resource\":\"Topic:t\"}],\"policyType\":\"Custom\"}],\"subject\":\"User:alice\"}");
            assertThat(broker.call(root(new FakeRequest(RequestCode.AUTH_LIST_USER).with("filter", "ali")))
                            .replyText())
                    .isEqualTo("[{\"password\":\"alice-password\",\"userStatus\":\"enable\",\"userType\":\"Normal\","
                            + "\"username\":\"alice\"}]");
            assertThat(broker.call(root(new FakeRequest(RequestCode.AUTH_UPDATE_USER)
                                    .with("username", "alice")
                                    .body("{\"userStatus\":\"disable\"}")))
                            .replyCode())
                    .isZero();
            assertThat(broker.call(signed(broker.send("t", 0, "x"), "alice", "alice-password"))
                            .replyRemark())
                    .isEqualTo("User:alice is disabled.");
            assertThat(broker.call(root(new FakeRequest(RequestCode.AUTH_DELETE_ACL)
                                    .with("subject", "User:alice")
                                    .with("resource", "Topic:t")))
                            .replyCode())
                    .isZero();
            assertThat(broker.call(root(new FakeRequest(RequestCode.AUTH_LIST_ACL)))
                            .replyText())
                    .isEmpty();
            assertThat(broker.call(root(new FakeRequest(RequestCode.AUTH_DELETE_USER).with("username", "alice")))
                            .replyCode())
                    .isZero();
            assertThat(broker.call(root(new FakeRequest(RequestCode.AUTH_GET_ACL).with("subject", "User:alice")))
                            .replyRemark())
                    .isEqualTo("The subject is not exist.");
        }
    }

    @Test
    void aListThatIsTooLongIsRefusedWithAdvice() throws Exception {
        String entries = "{\"resource\":\"Topic:%s\",\"actions\":[\"Pub\"],\"decision\":\"Allow\"}";
        String policies = IntStream.range(0, 280)
                .mapToObj(i -> entries.formatted("t".repeat(120) + i))
                .collect(Collectors.joining(",", "{\"policies\":[{\"policyType\":\"Custom\",\"entries\":[", "]}]}"));
        try (TestBroker broker = TestBroker.guarded(NodeAccess.of(section()).load())) {
            for (int i = 0; i * policies.length() < ListAnswer.MAX_CHARACTERS + policies.length(); i++) {
                broker.call(root(user(RequestCode.AUTH_CREATE_USER, "user" + i, "password", "Normal")));
                assertThat(broker.call(root(new FakeRequest(RequestCode.AUTH_CREATE_ACL)
                                        .with("subject", "User:user" + i)
                                        .body(policies)))
                                .replyCode())
                        .isZero();
            }
            FakeRequest all = broker.call(root(new FakeRequest(RequestCode.AUTH_LIST_ACL)));
            assertThat(all.replyCode()).isEqualTo(29);
            assertThat(all.replyRemark()).contains("more than 4 MiB").contains("listAcl -s or -r");
            FakeRequest some =
                    broker.call(root(new FakeRequest(RequestCode.AUTH_LIST_ACL).with("subjectFilter", "User:user1")));
            assertThat(some.replyCode()).isZero();
            assertThat(some.replyText()).contains("User:user17");
            assertThat(broker.call(root(new FakeRequest(RequestCode.AUTH_LIST_USER)))
                            .replyCode())
                    .isZero();
        }
    }

    @Test
    void onlyASuperUserMakesAndChangesSuperUsers() throws Exception {
        try (TestBroker broker = TestBroker.guarded(NodeAccess.of(section()).load())) {
            broker.call(root(user(RequestCode.AUTH_CREATE_USER, "admin", "admin-password", "Normal")));
            broker.call(root(policy(RequestCode.AUTH_CREATE_ACL, "admin", "*", "All")));
            FakeRequest second = user(RequestCode.AUTH_CREATE_USER, "other", "other-password", "Super");
            assertThat(broker.call(signed(second, "admin", "admin-password")).replyRemark())
                    .isEqualTo("The super user can only be create by super user");
            FakeRequest stolen = user(RequestCode.AUTH_UPDATE_USER, "root", "mine", "");
            assertThat(broker.call(signed(stolen, "admin", "admin-password")).replyRemark())
                    .isEqualTo("The super user can only be update by super user");
            FakeRequest normal = user(RequestCode.AUTH_CREATE_USER, "other", "other-password", "Normal");
            assertThat(broker.call(signed(normal, "admin", "admin-password")).replyCode())
                    .isZero();
            assertThat(broker.call(root(user(RequestCode.AUTH_CREATE_USER, "other", "x", "Normal")))
                            .replyRemark())
                    .isEqualTo("The user is existed");
        }
    }

    @Test
    void beforeSignaturesAreAskedForOnlyASuperUserMakesUsers() throws Exception {
        JsonObject section = section().put("authenticationEnabled", false).put("authorizationEnabled", false);
        try (TestBroker broker = TestBroker.guarded(NodeAccess.of(section).load())) {
            broker.topic("t", 1);
            assertThat(broker.call(broker.send("t", 0, "x")).replyCode()).isZero();
            assertThat(broker.call(user(RequestCode.AUTH_CREATE_USER, "planted", "planted-password", "Super"))
                            .replyCode())
                    .isEqualTo(16);
            assertThat(broker.call(root(user(RequestCode.AUTH_CREATE_USER, "alice", "alice-password", "Normal")))
                            .replyCode())
                    .isZero();
            FakeRequest escalation = policy(RequestCode.AUTH_CREATE_ACL, "alice", "*", "All");
            assertThat(broker.call(signed(escalation, "alice", "alice-password"))
                            .replyRemark())
                    .isEqualTo("User:alice is no super user.");
            assertThat(broker.call(new FakeRequest(RequestCode.AUTH_LIST_USER)).replyCode())
                    .isEqualTo(16);
        }
    }

    @Test
    void usersAreInTheSnapshotTheSameOnEveryMemberAndNoPasswordIsReadable() throws Exception {
        try (TestBroker broker = TestBroker.guarded(NodeAccess.of(section()).load());
                TestBroker other = TestBroker.follower()) {
            broker.call(root(user(RequestCode.AUTH_CREATE_USER, "alice", "alice-password", "Normal")));
            broker.call(root(policy(RequestCode.AUTH_CREATE_ACL, "alice", "Topic:t*", "Pub")));
            byte[] snapshot = broker.snapshot();
            String text = new String(snapshot, StandardCharsets.ISO_8859_1);
            assertThat(text).contains("alice").doesNotContain("alice-password").doesNotContain(ROOT);
            broker.group().applied().forEach(entry -> assertThat(
                            new String(entry.payload(), StandardCharsets.ISO_8859_1))
                    .doesNotContain("alice-password")
                    .doesNotContain(ROOT));
            BrokerState restored = other.state();
            restored.restore(Unpooled.wrappedBuffer(snapshot));
            assertThat(restored.part(AccessState.class).users())
                    .isEqualTo(broker.state().part(AccessState.class).users());
            assertThat(TestBroker.snapshotOf(restored)).isEqualTo(snapshot);
        }
    }

    @Test
    void aLeaderSealsPasswordsAnewWithAKeyThatReplacesTheOldOne() throws Exception {
        NodeAccess access = NodeAccess.of(section()).load();
        try (TestBroker broker = TestBroker.guarded(access)) {
            User before = Objects.requireNonNull(
                    broker.state().part(AccessState.class).user("root"));
            key("another key of more than thirty two characters\n" + KEY);
            assertThat(access.reload()).isTrue();
            broker.group().advance(10_000);
            broker.group().settle();
            User after = Objects.requireNonNull(
                    broker.state().part(AccessState.class).user("root"));
            assertThat(after.password().keyId()).isNotEqualTo(before.password().keyId());
            key("another key of more than thirty two characters"); // the old one has gone
            assertThat(access.reload()).isTrue();
            broker.topic("t", 1);
            assertThat(broker.call(root(broker.send("t", 0, "x"))).replyCode()).isZero();
        }
    }

    @Test
    void aKeyThatIsLostIsReplacedWithTheHelpOfAnotherSuperUser() throws Exception {
        byte[] snapshot;
        try (TestBroker broker = TestBroker.guarded(NodeAccess.of(section()).load())) {
            broker.topic("t", 1);
            snapshot = broker.snapshot();
        }
        JsonObject section = section()
                .put(
                        "keyFile",
                        key("another key of more than thirty two characters").toString())
                .put("firstUser", new JsonObject().put("name", "second").put("password", "second-password"));
        try (TestBroker broker = TestBroker.guarded(NodeAccess.of(section).load())) {
            broker.group().follow();
            broker.state().restore(Unpooled.wrappedBuffer(snapshot));
            broker.group().lead();
            broker.group().settle();
            assertThat(broker.call(root(new FakeRequest(RequestCode.AUTH_LIST_USER)))
                            .replyRemark())
                    .startsWith("the password of User:root cannot be read with the key of this member");
            FakeRequest again = user(RequestCode.AUTH_UPDATE_USER, "root", ROOT, "");
            assertThat(broker.call(signed(again, "second", "second-password")).replyCode())
                    .isZero();
            assertThat(broker.call(root(new FakeRequest(RequestCode.AUTH_LIST_USER)))
                            .replyCode())
                    .isZero();
        }
    }

    @Test
    void whatAMemberRelaysIsBelievedAndNothingOfAnybodyElse() throws Exception {
        NodeAccess access = NodeAccess.of(section()).load();
        try (TestBroker broker = TestBroker.guarded(access)) {
            broker.topic("t", 1);
            FakeConnection stranger = new FakeConnection(7);
            FakeRequest forged = root(broker.send("t", 0, "x")).hops(1).carriedBy(stranger);
            forged.identify("root");
            broker.call(forged);
            assertThat(forged.isGivenBack()).isTrue();
            assertThat(stranger.open()).isFalse();

            FakeConnection member = new FakeConnection(8);
            MemberProofs proofs = new MemberProofs("broker-a", access::keys);
            new MemberHandshake(broker, member).run(proofs);
            assertThat(MemberProofs.proven(member)).isTrue();
            FakeRequest relayed = broker.send("t", 0, "x").hops(1).carriedBy(member);
            relayed.identify("root");
            assertThat(broker.call(relayed).replyCode()).isZero();
            FakeRequest unknown = broker.send("t", 0, "x").hops(1).carriedBy(member);
            assertThat(broker.call(unknown).replyCode())
                    .as("of a member without access control")
                    .isEqualTo(16);
            FakeRequest deleted = broker.send("t", 0, "x").hops(1).carriedBy(member);
            deleted.identify("gone");
            assertThat(broker.call(deleted).replyCode()).isEqualTo(16);
        }
    }

    @Test
    void whoHasAnotherKeyIsNoMember() throws Exception {
        NodeAccess access = NodeAccess.of(section()).load();
        try (TestBroker broker = TestBroker.guarded(access)) {
            FakeConnection stranger = new FakeConnection(7);
            key("another key of more than thirty two characters");
            NodeAccess other = NodeAccess.of(section()
                            .put(
                                    "keyFile",
                                    key("yet another key of more than thirty two")
                                            .toString()))
                    .load();
            MemberHandshake handshake = new MemberHandshake(broker, stranger);
            handshake.run(new MemberProofs("broker-a", other::keys));
            assertThat(MemberProofs.proven(stranger)).isFalse();
            handshake.run(new MemberProofs("broker-b", access::keys));
            assertThat(MemberProofs.proven(stranger))
                    .as("a proof for another group")
                    .isFalse();
        }
    }

    @Test
    void aStrangerWhoHeardWhichKeyIsUsedIsNoMember() throws Exception {
        NodeAccess access = NodeAccess.of(section()).load();
        try (TestBroker broker = TestBroker.guarded(access)) {
            FakeConnection stranger = new FakeConnection(7);
            ByteBuf hello = Unpooled.buffer()
                    .writeInt(Objects.requireNonNull(access.keys()).firstId())
                    .writeZero(32);
            FakeRequest challenge =
                    broker.call(new FakeRequest(MemberProofs.HELLO).on(stranger).body(ByteBufUtil.getBytes(hello)));
            assertThat(challenge.replyCode()).isZero();
            byte[] reflected = Arrays.copyOfRange(challenge.replyBody(), 32, 64);
            for (byte[] made : List.of(reflected, new byte[32], new byte[0])) {
                FakeRequest proof = broker.call(
                        new FakeRequest(MemberProofs.PROOF).on(stranger).body(made));
                assertThat(proof.replyCode()).isEqualTo(16);
                assertThat(MemberProofs.proven(stranger)).isFalse();
                broker.call(new FakeRequest(MemberProofs.HELLO).on(stranger).body(ByteBufUtil.getBytes(hello)));
            }
        }
    }

    @Test
    void aDisabledUserIsNotLetInWhereNoRightsAreAskedFor() throws Exception {
        JsonObject section = section().put("authorizationEnabled", false);
        try (TestBroker broker = TestBroker.guarded(NodeAccess.of(section).load())) {
            broker.topic("t", 1);
            broker.call(root(user(RequestCode.AUTH_CREATE_USER, "alice", "alice-password", "Normal")));
            assertThat(broker.call(signed(broker.send("t", 0, "x"), "alice", "alice-password"))
                            .replyCode())
                    .isZero();
            broker.call(root(new FakeRequest(RequestCode.AUTH_UPDATE_USER)
                    .with("username", "alice")
                    .body("{\"userStatus\":\"disable\"}")));
            assertThat(broker.call(signed(broker.send("t", 0, "x"), "alice", "alice-password"))
                            .replyRemark())
                    .isEqualTo("User:alice is disabled.");
        }
    }

    @Test
    void requestsOfMembersThemselvesAreSigned() throws Exception {
        NodeAccess access = NodeAccess.of(section()).load();
        try (TestBroker broker = TestBroker.guarded(access)) {
            byte[] body = {1, 2};
            MemberRequests members = new MemberRequests(access);
            FakeRequest request = new FakeRequest(RequestCode.GET_BROKER_RUNTIME_INFO).body(body);
            FakeFields.of(members.sign(sink -> sink.put("a", 1).put("b", "text").put("c", true), body))
                    .forEach(request::with);
            assertThat(broker.call(request).replyCode()).isZero();
            FakeRequest forged = new FakeRequest(RequestCode.GET_BROKER_RUNTIME_INFO);
            assertThat(broker.call(signed(forged, MemberRequests.NAME, KEY)).replyCode())
                    .isEqualTo(16);
        }
    }

    @Test
    void codesOfTheWhiteListsNeedNoSignatureOrNoRight() throws Exception {
        JsonObject section = section()
                .put("authenticationWhitelist", new JsonArray().add(28).add(310))
                .put("authorizationWhitelist", new JsonArray().add(28).add(17));
        try (TestBroker broker = TestBroker.guarded(NodeAccess.of(section).load())) {
            broker.topic("t", 1);
            assertThat(broker.call(new FakeRequest(28)).replyCode()).isZero();
            assertThat(broker.call(broker.send("t", 0, "x")).replyCode())
                    .as("no signature is needed, but a right, which nobody has")
                    .isEqualTo(16);
            assertThat(broker.call(signed(broker.send("t", 0, "x"), "root", "wrong"))
                            .replyCode())
                    .as("a super user's right, claimed without that user's signature")
                    .isEqualTo(16);
        }
    }

    @Test
    void accountsOfAcl1AreAskedForAndFollowTheirFile() throws Exception {
        Path file = new AccessFixture(directory)
                .accounts(
                        """
                accounts:
                - {accessKey: account1, secretKey: secret01, defaultTopicPerm: PUB}
                - {accessKey: admin001, secretKey: secret01, admin: true}
                """);
        JsonObject section = new JsonObject()
                .put("keyFile", key(KEY).toString())
                .put("aclEnable", true)
                .put("aclHome", directory.toString());
        NodeAccess access = NodeAccess.of(section).load();
        try (TestBroker broker = TestBroker.guarded(access)) {
            broker.topic("t", 1);
            FakeRequest stranger = broker.call(broker.send("t", 0, "x"));
            assertThat(stranger.identity()).isEmpty();
            assertThat(stranger.replyCode()).isEqualTo(1);
            assertThat(stranger.replyRemark()).isEqualTo("No accessKey is configured");
            assertThat(broker.call(signed(broker.send("t", 0, "x"), "account1", "secret01"))
                            .replyCode())
                    .isZero();
            assertThat(broker.call(signed(broker.pull("t", 0, 0), "account1", "secret01"))
                            .replyRemark())
                    .isEqualTo("No default permission for Topic:t");

            assertThat(broker.call(signed(accountWithRights(), "account1", "secret01"))
                            .replyRemark())
                    .startsWith("Need admin permission");
            assertThat(broker.call(signed(accountWithRights(), "admin001", "secret01"))
                            .replyCode())
                    .isZero();
            assertThat(broker.call(signed(broker.pull("t", 0, 0), "account2", "secret02"))
                            .replyCode())
                    .isZero();
            FakeRequest all = broker.call(
                    signed(new FakeRequest(RequestCode.GET_BROKER_CLUSTER_ACL_CONFIG), "admin001", "secret01"));
            assertThat(all.replyText())
                    .startsWith(
                            "{\"globalWhiteAddrs\":[],\"plainAccessConfigs\":[{\"accessKey\":\"account1\",\"admin\":false,")
                    .contains("\"secretKey\":\"secret02\",\"topicPerms\":[\"t=SUB\"]");
            FakeRequest version = broker.call(
                    signed(new FakeRequest(RequestCode.GET_BROKER_CLUSTER_ACL_INFO), "account1", "secret01"));
            assertThat(version.replyField("version")).startsWith("{\"counter\":1,");
            assertThat(version.replyField("allAclFileVersion")).contains("plain_acl.yml");
            assertThat(version.replyField("brokerName")).isEqualTo("broker-a");
            Files.writeString(file, "accounts: []\n");
            assertThat(access.reload()).isTrue();
            assertThat(broker.call(signed(broker.pull("t", 0, 0), "account2", "secret02"))
                            .replyRemark())
                    .isEqualTo("No acl config for account2");
            Files.writeString(file, "accounts: [");
            assertThat(access.reload()).isFalse();
        }
    }

    private static FakeRequest accountWithRights() {
        return new FakeRequest(RequestCode.UPDATE_AND_CREATE_ACL_CONFIG)
                .with("accessKey", "account2")
                .with("secretKey", "secret02")
                .with("topicPerms", "t=SUB")
                .with("groupPerms", "consumers=SUB");
    }
}
