package io.vledger.broker.access;

import static io.vledger.broker.access.AccessFixture.ROOT;
import static io.vledger.broker.access.AccessFixture.root;
import static io.vledger.broker.access.AccessFixture.signed;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.Unpooled;
import io.vertx.core.json.JsonObject;
import io.vledger.access.policy.Policies;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.testkit.fake.FakeGroup;
import io.vledger.testkit.fake.FakeRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Users that a leader creates by itself. */
class FirstUsersTest {
    @TempDir
    Path directory;

    private AccessFixture fixture() {
        return new AccessFixture(directory);
    }

    @Test
    void accountsOfAcl1BecomeUsersWhereThatIsAskedFor() throws Exception {
        fixture()
                .accounts(
                        """
                accounts:
                - {accessKey: account1, secretKey: secret01, topicPerms: [t=PUB]}
                - {accessKey: admin001, secretKey: secret01, admin: true}
                """);
        try (TestBroker broker =
                TestBroker.guarded(NodeAccess.of(fixture().migrating()).load())) {
            broker.topic("t", 1);
            assertThat(broker.call(signed(broker.send("t", 0, "x"), "account1", "secret01"))
                            .replyCode())
                    .isZero();
            assertThat(broker.call(signed(broker.pull("t", 0, 0), "account1", "secret01"))
                            .replyCode())
                    .isEqualTo(16);
            assertThat(broker.call(signed(broker.pull("t", 0, 0), "admin001", "secret01"))
                            .replyCode())
                    .isNotEqualTo(16);
        }
    }

    @Test
    void anAccountThatBecomesAUserHasItsPoliciesWhereverItsLeaderEnds() throws Exception {
        fixture().accounts("accounts: [{accessKey: account1, secretKey: secret01, topicPerms: [t=PUB]}]");
        NodeAccess access = NodeAccess.of(fixture().migrating()).load();
        List<FakeGroup.Entry> entries;
        Policies wanted;
        try (TestBroker broker = TestBroker.guarded(access)) {
            entries = List.copyOf(broker.group().applied());
            wanted = Objects.requireNonNull(
                    broker.state().part(AccessState.class).policies("account1"));
        }
        for (int ended = 0; ended <= entries.size(); ended++) {
            byte[] left = stateAfter(entries.subList(0, ended));
            try (TestBroker next = TestBroker.guarded(access)) {
                next.group().follow();
                next.state().restore(Unpooled.wrappedBuffer(left));
                next.group().lead();
                next.group().settle();
                assertThat(next.state().part(AccessState.class).policies("account1"))
                        .as("after a leader that ended after %s entries", ended)
                        .isEqualTo(wanted);
            }
        }
    }

    private static byte[] stateAfter(List<FakeGroup.Entry> entries) throws Exception {
        try (TestBroker member = TestBroker.follower()) {
            BrokerState state = member.state();
            entries.forEach(entry -> state.apply(
                    entry.index(),
                    entry.kind(),
                    entry.version(),
                    entry.position(),
                    Unpooled.wrappedBuffer(entry.payload())));
            return TestBroker.snapshotOf(state);
        }
    }

    @Test
    void accountsThatCannotBecomeUsersAreLeftOutAndTheOthersDoNotSuffer() throws Exception {
        StringBuilder many = new StringBuilder("t0=PUB");
        StringBuilder large = new StringBuilder("t0=PUB");
        for (int i = 1; i < 2_000; i++) {
            many.append(", t").append(i).append("=PUB");
            large.append(", ").append("x".repeat(500)).append(i).append("=PUB");
        }
        large.setLength(large.lastIndexOf(",")); // two entries are those of other topics and groups
        large.setLength(large.lastIndexOf(","));
        fixture()
                .accounts(
                        """
                accounts:
                - {accessKey: longpassword, secretKey: %s}
                - {accessKey: longresource, secretKey: secret01, topicPerms: [%s=PUB]}
                - {accessKey: manyentries, secretKey: secret01, topicPerms: [%s]}
                - {accessKey: largeentry, secretKey: secret01, topicPerms: [%s]}
                - {accessKey: account1, secretKey: secret01, topicPerms: [t=PUB]}
                """
                                .formatted("x".repeat(2_100), "x".repeat(513), many, large));
        try (Errors errors = new Errors();
                TestBroker broker =
                        TestBroker.guarded(NodeAccess.of(fixture().migrating()).load())) {
            broker.topic("t", 1);
            assertThat(broker.state().part(AccessState.class).users()).containsOnlyKeys("root", "account1");
            assertThat(broker.call(signed(broker.send("t", 0, "x"), "account1", "secret01"))
                            .replyCode())
                    .isZero();
            broker.group().advance(60_000);
            assertThat(errors.said()).as("each is named once a term").hasSize(4);
            assertThat(String.join("\n", errors.said()))
                    .contains("longpassword cannot be created: a secret of 2128 bytes when sealed; at most 2048;")
                    .contains("longresource cannot be created: a resource of more than 512 characters;")
                    .contains("manyentries cannot be created: more than 2000 entries of policies;")
                    .contains("largeentry cannot be created: the user's policies are larger than an entry of the log");
        }
    }

    /** What is logged as an error. */
    private static final class Errors implements AutoCloseable {
        private final Logger logger = (Logger) LoggerFactory.getLogger(FirstUsers.class);
        private final ListAppender<ILoggingEvent> events = new ListAppender<>();

        Errors() {
            events.start();
            logger.addAppender(events);
        }

        List<String> said() {
            return events.list.stream()
                    .filter(event -> event.getLevel() == Level.ERROR)
                    .map(ILoggingEvent::getFormattedMessage)
                    .toList();
        }

        @Override
        public void close() {
            logger.detachAppender(events);
        }
    }

    @Test
    void aConfiguredUserThatIsTooLongIsLeftOut() throws Exception {
        JsonObject section = fixture()
                .section()
                .put("innerUser", new JsonObject().put("name", "x".repeat(256)).put("password", ROOT));
        try (Errors errors = new Errors();
                TestBroker broker = TestBroker.guarded(NodeAccess.of(section).load())) {
            assertThat(broker.call(root(new FakeRequest(RequestCode.AUTH_LIST_USER)))
                            .replyCode())
                    .isZero();
            assertThat(broker.state().part(AccessState.class).users()).containsOnlyKeys("root");
            assertThat(errors.said())
                    .singleElement()
                    .asString()
                    .endsWith(" cannot be created: the name has more than 255 bytes; shorten that, or create the user"
                            + " with mqadmin createUser and createAcl");
        }
    }
}
