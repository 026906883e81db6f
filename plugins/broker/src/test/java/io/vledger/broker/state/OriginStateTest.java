package io.vledger.broker.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.vledger.api.origin.InitialState;
import io.vledger.api.origin.InitialState.OriginGroup;
import io.vledger.api.origin.InitialState.OriginProgress;
import io.vledger.api.origin.InitialState.OriginTopic;
import io.vledger.broker.testing.FakeOrigin;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.TopicNames;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OriginStateTest {
    private static final long END = 16 << 20;
    private static final InitialState KNOWN = new InitialState(
            List.of(
                    new OriginTopic("orders", topicJson(2, 4), 1, List.of(7L, 0L, 9L, 0L, 5L)),
                    new OriginTopic("an odd/name", topicJson(1, 1), 6, List.of(3L)),
                    new OriginTopic(TopicNames.SCHEDULE, topicJson(18, 18), 7, List.of(0L, 0L, 12L))),
            List.of(new OriginGroup("G!", "{\"groupName\":\"x\",\"retryMaxTimes\":3,\"consumeEnable\":false}")),
            List.of(new OriginProgress("G!", "orders", List.of(5L, -1L, 9L))),
            Map.of(3, 11L));

    private static String topicJson(int read, int write) {
        return "{\"topicName\":\"t\",\"readQueueNums\":" + read + ",\"writeQueueNums\":" + write
                + ",\"perm\":6,\"topicFilterType\":\"SINGLE_TAG\",\"topicSysFlag\":0,\"order\":false}";
    }

    private static FakeOrigin origin(InitialState state) {
        return new FakeOrigin(END, state, List.of());
    }

    @Test
    void theStateBeginsWithThatOfTheOrigin() throws Exception {
        try (TestBroker broker = TestBroker.after(origin(KNOWN))) {
            BrokerState state = broker.state();
            assertThat(state.appliedEnd()).isEqualTo(END);
            assertThat(state.originEnd()).isEqualTo(END);
            Topic orders = Objects.requireNonNull(state.topics().find("orders"));
            assertThat(orders.config().readQueues()).isEqualTo(2);
            assertThat(orders.config().writeQueues()).isEqualTo(4);
            assertThat(orders.queueCount()).isEqualTo(5);
            assertThat(maxOffsets(orders)).containsExactly(7L, 0L, 9L, 0L, 5L);
            assertThat(keys(orders)).containsExactly(1L, 2L, 3L, 4L, 5L);
            assertThat(state.topics().find("an odd/name")).isNotNull();
            Topic schedule = Objects.requireNonNull(state.topics().find(TopicNames.SCHEDULE));
            assertThat(schedule.queueCount()).isEqualTo(SystemNames.MAX_DELAY_LEVELS);
            assertThat(keys(schedule).subList(0, 3)).containsExactly(7L, 8L, 9L);
            assertThat(state.topics().find(TopicNames.TEMPLATE)).isNotNull();
            SubscriptionGroup group = Objects.requireNonNull(state.groups().find("G!"));
            assertThat(group.retryMaxTimes()).isEqualTo(3);
            assertThat(group.consumeEnable()).isFalse();
            assertThat(state.offsets().all("G!", "orders")).containsExactly(5L, ConsumerOffsets.NONE, 9L);
            assertThat(state.schedule().next(3)).isEqualTo(11);
        }
    }

    @Test
    void noTwoQueuesHaveOneKey() throws Exception {
        try (TestBroker broker = TestBroker.after(origin(KNOWN))) {
            Set<Long> all = new HashSet<>();
            for (Topic topic : broker.state().topics().all()) {
                keys(topic).forEach(key -> assertThat(all.add(key))
                        .as("%s, %d", topic.name(), key)
                        .isTrue());
            }
        }
    }

    @Test
    void newMessagesFollowTheOldOnesWithoutAGap() throws Exception {
        try (TestBroker broker = TestBroker.after(origin(KNOWN))) {
            broker.group().lead();
            broker.call(broker.send("orders", 2, "new"));
            Topic orders = Objects.requireNonNull(broker.state().topics().find("orders"));
            assertThat(maxOffsets(orders)).containsExactly(7L, 0L, 10L, 0L, 5L);
            byte[] snapshot = broker.snapshot();
            broker.state().restore(Unpooled.EMPTY_BUFFER);
            assertThat(broker.state().appliedEnd()).isEqualTo(END);
            broker.state().restore(Unpooled.wrappedBuffer(snapshot));
            assertThat(broker.snapshot()).isEqualTo(snapshot);
        }
    }

    @Test
    void aTopicThatCannotBeReadIsNamed() {
        InitialState wrong = new InitialState(
                List.of(new OriginTopic("bad", "{\"readQueueNums\":-3}", 1, List.of())),
                List.of(),
                List.of(),
                Map.of());
        assertThatThrownBy(() -> TestBroker.after(origin(wrong)))
                .hasMessageContaining("topic bad")
                .hasMessageContaining("config/topics.json");
    }

    private static List<Long> maxOffsets(Topic topic) {
        List<Long> all = new ArrayList<>();
        for (int id = 0; id < topic.queueCount(); id++) {
            all.add(Objects.requireNonNull(topic.queue(id)).maxOffset());
        }
        return all;
    }

    private static List<Long> keys(Topic topic) {
        List<Long> all = new ArrayList<>();
        for (long key : topic.keys()) {
            all.add(key);
        }
        return all;
    }
}
