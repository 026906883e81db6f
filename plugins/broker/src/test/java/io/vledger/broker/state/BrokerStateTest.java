package io.vledger.broker.state;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.vledger.api.store.GroupStore;
import io.vledger.broker.GroupState;
import io.vledger.broker.testing.TestBroker;
import io.vledger.testkit.fake.FakeGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BrokerStateTest {
    private static BrokerState empty(GroupStore store) {
        return GroupState.create("Cluster", "broker-a", store, null);
    }

    private static void apply(BrokerState state, FakeGroup.Entry entry) {
        state.apply(
                entry.index(),
                entry.kind(),
                entry.version(),
                entry.position(),
                Unpooled.wrappedBuffer(entry.payload()));
    }

    private static void someWork(TestBroker broker, Random random, int steps) {
        for (int i = 0; i < steps; i++) {
            String topic = "T" + random.nextInt(4);
            String group = "G" + random.nextInt(3);
            switch (random.nextInt(9)) {
                case 0 -> broker.parts().metadata().deleteTopic(topic, refusal -> {});
                case 1 ->
                    broker.parts().metadata().putTopic(TopicConfig.of(topic, 1 + random.nextInt(6), 6), refusal -> {});
                case 2 -> broker.parts().metadata().putGroup(SubscriptionGroup.of(group), refusal -> {});
                case 3 -> broker.parts().metadata().deleteGroup(group, random.nextBoolean(), refusal -> {});
                case 4 ->
                    broker.parts()
                            .offsets()
                            .commit(group, topic, random.nextInt(4), random.nextInt(100), refusal -> {});
                case 8 -> {
                    Map<Integer, Long> offsets = Map.of(random.nextInt(4), (long) random.nextInt(100));
                    broker.parts().resets().set(group, topic, offsets, random.nextBoolean(), refusal -> {});
                }
                case 5 -> broker.begin(broker.send(topic, -1, "d" + i, "DELAY", "1"));
                default ->
                    broker.begin(broker.send(topic, -1, "m" + i, "TAGS", "t" + random.nextInt(3), "KEYS", "a b" + i));
            }
            if (random.nextInt(3) == 0) {
                broker.group().advance(random.nextInt(700));
            }
        }
        broker.group().advance(2_000);
    }

    @Test
    void membersThatAppliedTheSameAreTheSame() throws Exception {
        for (long seed = 1; seed <= 12; seed++) {
            try (TestBroker broker = TestBroker.leader();
                    GroupStore store = TestBroker.openStore()) {
                someWork(broker, new Random(seed), 150);
                BrokerState other = empty(store);
                broker.group().applied().forEach(entry -> apply(other, entry));
                assertThat(TestBroker.snapshotOf(other)).as("seed %d", seed).isEqualTo(broker.snapshot());
                for (Topic topic : broker.state().topics().all()) {
                    Topic same = other.topics().find(topic.name());
                    assertThat(same).isNotNull();
                    for (int id = 0; id < topic.config().readQueues(); id++) {
                        assertThat(requireNonNull(same.queue(id)).maxOffset())
                                .as("seed %d, topic %s", seed, topic.name())
                                .isEqualTo(requireNonNull(topic.queue(id)).maxOffset());
                    }
                }
            }
        }
    }

    @Test
    void aSnapshotIsTheWholeState() throws Exception {
        try (TestBroker broker = TestBroker.leader();
                GroupStore store = TestBroker.openStore()) {
            someWork(broker, new Random(99), 200);
            BrokerState other = empty(store);
            List<String> events = new ArrayList<>();
            other.listen(new BrokerListener() {
                @Override
                public void restored() {
                    events.add("restored");
                }
            });
            other.restore(Unpooled.wrappedBuffer(broker.snapshot()));
            assertThat(TestBroker.snapshotOf(other)).isEqualTo(broker.snapshot());
            assertThat(events).containsExactly("restored");
            other.restore(Unpooled.EMPTY_BUFFER);
            try (GroupStore fresh = TestBroker.openStore()) {
                assertThat(TestBroker.snapshotOf(other)).isEqualTo(TestBroker.snapshotOf(empty(fresh)));
            }
        }
    }

    @Test
    void aDamagedSnapshotIsRefused() throws Exception {
        try (TestBroker broker = TestBroker.leader()) {
            byte[] snapshot = broker.snapshot();
            byte[] otherVersion = snapshot.clone();
            otherVersion[5] = 9;
            assertThatThrownBy(() -> broker.state().restore(Unpooled.wrappedBuffer(otherVersion)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("version 9");
            byte[] otherEnd = snapshot.clone();
            otherEnd[otherEnd.length - 1]++;
            assertThatThrownBy(() -> broker.state().restore(Unpooled.wrappedBuffer(otherEnd)))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void entriesOfUnknownKindOrVersionStopTheMember() throws Exception {
        try (TestBroker broker = TestBroker.leader()) {
            FakeGroup.Entry kind = new FakeGroup.Entry(1, (byte) 99, (short) 1, 40, new byte[] {1});
            assertThatThrownBy(() -> apply(broker.state(), kind))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("kind 99");
            FakeGroup.Entry version = new FakeGroup.Entry(1, (byte) 16, (short) 2, 40, new byte[] {1});
            assertThatThrownBy(() -> apply(broker.state(), version))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("payload version 2");
        }
    }

    @Test
    void aMessageThatDoesNotFollowItsQueueStopsTheMember() throws Exception {
        try (TestBroker broker = TestBroker.leader()) {
            broker.call(broker.send("T", 0, "a"));
            broker.call(broker.send("T", 0, "b"));
            FakeGroup.Entry last =
                    broker.group().applied().get(broker.group().applied().size() - 1);
            assertThatThrownBy(() -> apply(broker.state(), last))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("queue offset 1")
                    .hasMessageContaining("expected 2");
            FakeGroup.Entry moved =
                    new FakeGroup.Entry(9, last.kind(), last.version(), last.position() + 8, last.payload());
            assertThatThrownBy(() -> apply(broker.state(), moved))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("position");
        }
    }

    @Test
    void randomBytesNeverBecomeState() throws Exception {
        Random random = new Random(7);
        try (TestBroker broker = TestBroker.leader()) {
            byte[] before = broker.snapshot();
            for (int i = 0; i < 2_000; i++) {
                byte[] payload = new byte[1 + random.nextInt(200)];
                random.nextBytes(payload);
                FakeGroup.Entry entry = new FakeGroup.Entry(1, (byte) 16, (short) 1, 40, payload);
                assertThatThrownBy(() -> apply(broker.state(), entry)).isInstanceOf(RuntimeException.class);
            }
            assertThat(broker.snapshot()).isEqualTo(before);
        }
    }

    @Test
    void queuesKeepTheirMessagesWhenATopicShrinksAndGrows() throws Exception {
        try (TestBroker broker = TestBroker.leader()) {
            broker.parts().metadata().putTopic(TopicConfig.of("T", 4, 6), refusal -> {});
            broker.call(broker.send("T", 3, "kept"));
            broker.parts().metadata().putTopic(TopicConfig.of("T", 2, 6), refusal -> {});
            broker.group().settle();
            assertThat(broker.call(broker.pull("T", 3, 0)).replyCode()).isEqualTo(29);
            broker.parts().metadata().putTopic(TopicConfig.of("T", 6, 6), refusal -> {});
            broker.group().settle();
            assertThat(TestBroker.messages(broker.call(broker.pull("T", 3, 0)).replyBody()))
                    .hasSize(1);
            assertThat(broker.call(broker.send("T", 5, "new")).replyNumber("queueOffset"))
                    .isZero();
        }
    }
}
