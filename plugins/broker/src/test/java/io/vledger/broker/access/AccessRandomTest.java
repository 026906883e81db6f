package io.vledger.broker.access;

import static io.vledger.broker.access.AccessFixture.root;
import static io.vledger.broker.access.AccessFixture.signed;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.testkit.Seeds;
import io.vledger.testkit.fake.FakeGroup;
import io.vledger.testkit.fake.FakeRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random changes of users and policies beside a model of what they allow, with leaders that change and members that start from snapshots. */
class AccessRandomTest {
    private static final List<String> USERS = List.of("alice", "bob", "carol");
    private static final List<String> TOPICS = List.of("t1", "t2");
    private static final int STEPS = 60;

    @TempDir
    Path directory;

    /** What the model knows of a user. */
    private static final class Known {
        private String password;
        private boolean enabled = true;
        /** What is said of sending to a topic; true to allow it. */
        private final Map<String, Boolean> topics = new TreeMap<>();

        Known(String password) {
            this.password = password;
        }
    }

    @Test
    void whoMaySendIsWhatToolsHaveSetOnEveryMemberAndAfterEveryLeader() {
        Seeds.run(40, this::run);
    }

    @Test
    void aPolicyThatMeetsTheDeletionOfItsUserIsNotLeftForTheNextOfThatName() throws Exception {
        try (TestBroker broker = TestBroker.guarded(access())) {
            broker.topic("t1", 1);
            String password = "\"password\":\"password-1\"";
            expect(broker, user(RequestCode.AUTH_CREATE_USER, "alice", password), true);
            FakeRequest delete = root(new FakeRequest(RequestCode.AUTH_DELETE_USER).with("username", "alice"));
            FakeRequest late = root(policy("alice", "t1", true));
            broker.begin(delete);
            broker.begin(late);
            broker.group().settle();
            assertThat(delete.replyCode()).isZero();
            assertThat(late.replyCode()).isEqualTo(16);
            expect(broker, user(RequestCode.AUTH_CREATE_USER, "alice", password), true);
            assertThat(broker.call(signed(broker.send("t1", 0, "x"), "alice", "password-1"))
                            .replyCode())
                    .isEqualTo(16);
        }
    }

    private NodeAccess access() throws Exception {
        return NodeAccess.of(new AccessFixture(directory).section()).load();
    }

    private void run(Random random) throws Exception {
        Map<String, Known> model = new TreeMap<>();
        try (TestBroker broker = TestBroker.guarded(access())) {
            TOPICS.forEach(topic -> broker.topic(topic, 1));
            byte[] snapshot = broker.snapshot();
            int applied = broker.group().applied().size();
            for (int step = 0; step < STEPS; step++) {
                change(broker, model, random);
                check(broker, model, random);
                if (random.nextInt(10) == 0) {
                    broker.group().follow();
                    broker.group().settle();
                    broker.group().lead();
                    broker.group().settle();
                }
                if (random.nextInt(15) == 0) {
                    snapshot = broker.snapshot();
                    applied = broker.group().applied().size();
                }
            }
            byte[] expected = broker.snapshot();
            assertThat(replayed(broker, null, 0)).isEqualTo(expected);
            assertThat(replayed(broker, snapshot, applied)).isEqualTo(expected);
        }
    }

    /** The snapshot of a member that starts from one, and applies what came after. */
    private static byte[] replayed(TestBroker broker, byte @Nullable [] snapshot, int from) throws Exception {
        try (TestBroker other = TestBroker.follower()) {
            BrokerState state = other.state();
            if (snapshot != null) {
                state.restore(Unpooled.wrappedBuffer(snapshot));
            }
            List<FakeGroup.Entry> entries = broker.group().applied();
            for (FakeGroup.Entry entry : entries.subList(from, entries.size())) {
                state.apply(
                        entry.index(),
                        entry.kind(),
                        entry.version(),
                        entry.position(),
                        Unpooled.wrappedBuffer(entry.payload()));
            }
            return TestBroker.snapshotOf(state);
        }
    }

    private static void change(TestBroker broker, Map<String, Known> model, Random random) {
        String name = USERS.get(random.nextInt(USERS.size()));
        String topic = TOPICS.get(random.nextInt(TOPICS.size()));
        String password = "password-" + random.nextInt(1_000);
        Known known = model.get(name);
        switch (random.nextInt(6)) {
            case 0 -> {
                expect(
                        broker,
                        user(RequestCode.AUTH_CREATE_USER, name, "\"password\":\"" + password + "\""),
                        known == null);
                model.putIfAbsent(name, new Known(password));
            }
            case 1 -> {
                expect(
                        broker,
                        user(RequestCode.AUTH_UPDATE_USER, name, "\"password\":\"" + password + "\""),
                        known != null);
                if (known != null) {
                    known.password = password;
                }
            }
            case 2 -> {
                boolean enable = random.nextBoolean();
                String status = "\"userStatus\":\"" + (enable ? "enable" : "disable") + "\"";
                expect(broker, user(RequestCode.AUTH_UPDATE_USER, name, status), known != null);
                if (known != null) {
                    known.enabled = enable;
                }
            }
            case 3 -> {
                boolean allow = random.nextBoolean();
                expect(broker, policy(name, topic, allow), known != null);
                if (known != null) {
                    known.topics.put(topic, allow);
                }
            }
            case 4 -> {
                FakeRequest delete = new FakeRequest(RequestCode.AUTH_DELETE_ACL)
                        .with("subject", "User:" + name)
                        .with("resource", "Topic:" + topic);
                expect(broker, delete, known != null && !known.topics.isEmpty());
                if (known != null) {
                    known.topics.remove(topic);
                }
            }
            default -> {
                if (random.nextInt(3) == 0) {
                    expect(broker, new FakeRequest(RequestCode.AUTH_DELETE_USER).with("username", name), true);
                    model.remove(name);
                }
            }
        }
    }

    private static void expect(TestBroker broker, FakeRequest request, boolean done) {
        assertThat(broker.call(root(request)).replyCode())
                .as("%s", request.code())
                .isEqualTo(done ? 0 : 16);
    }

    private static void check(TestBroker broker, Map<String, Known> model, Random random) {
        String name = USERS.get(random.nextInt(USERS.size()));
        String topic = TOPICS.get(random.nextInt(TOPICS.size()));
        Known known = model.get(name);
        boolean may = known != null && known.enabled && known.topics.getOrDefault(topic, false);
        String password = known == null ? "nobody" : known.password;
        assertThat(broker.call(signed(broker.send(topic, 0, "x"), name, password))
                        .replyCode())
                .as("%s to %s", name, topic)
                .isEqualTo(may ? 0 : 16);
    }

    private static FakeRequest user(int code, String name, String field) {
        return new FakeRequest(code).with("username", name).body("{" + field + "}");
    }

    private static FakeRequest policy(String name, String topic, boolean allow) {
        return new FakeRequest(RequestCode.AUTH_UPDATE_ACL)
                .with("subject", "User:" + name)
                .body("{\"policies\":[{\"policyType\":\"Custom\",\"entries\":[{\"resource\":\"Topic:" + topic
                        + "\",\"actions\":[\"Pub\"],\"decision\":\"" + (allow ? "Allow" : "Deny") + "\"}]}]}");
    }
}
