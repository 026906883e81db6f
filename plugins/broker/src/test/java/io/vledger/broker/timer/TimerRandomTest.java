package io.vledger.broker.timer;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.vledger.api.store.GroupStore;
import io.vledger.broker.GroupState;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.testing.TestBroker;
import io.vledger.broker.testing.TestBroker.Message;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.testkit.Seeds;
import io.vledger.testkit.fake.FakeGroup;
import io.vledger.testkit.fake.FakeRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Producers send and recall timers while leaders come and go and commits are held; then every timer that was acknowledged was delivered
 * exactly once and not early, unless its recall was acknowledged, and a member that applied the same entries is in the same state.
 */
class TimerRandomTest {
    private static final int STEPS = 120;

    /** A timer that a producer sent. */
    private record Sent(String body, long dueMs, FakeRequest request) {}

    private final Map<String, Sent> sent = new HashMap<>();
    /** Recalls by the body of what they recall. */
    private final Map<String, FakeRequest> recalls = new HashMap<>();

    private int number;

    @Test
    void timersAreDeliveredExactlyOnceThroughChangesOfLeaders() throws Exception {
        Seeds.run(10, random -> {
            sent.clear();
            recalls.clear();
            number = 0;
            try (TestBroker broker = TestBroker.leader();
                    GroupStore store = TestBroker.openStore()) {
                broker.topic("T", 4);
                BrokerState follower = GroupState.create("Cluster", "broker-a", store, null);
                int followed = 0;
                for (int step = 0; step < STEPS; step++) {
                    act(broker, random);
                    if (random.nextInt(10) == 0) {
                        followed = follow(broker, follower, followed, random.nextInt(3) == 0);
                    }
                }
                broker.group().lead();
                broker.group().commitHeld();
                broker.group().advance(10_800_000);
                check(broker);
                follow(broker, follower, followed, false);
                assertThat(TestBroker.snapshotOf(follower)).isEqualTo(broker.snapshot());
            }
        });
    }

    private void act(TestBroker broker, Random random) {
        FakeGroup group = broker.group();
        switch (random.nextInt(16)) {
            case 0 -> group.hold();
            case 1, 2 -> group.commitHeld();
            case 3 -> {
                group.follow();
                group.advance(random.nextInt(2_000));
                group.lead();
            }
            case 4, 5, 6 -> group.advance(random.nextInt(90_000));
            case 7, 8 -> group.advance(random.nextInt(1_500));
            case 9, 10 -> recallSome(broker, random);
            default -> {
                int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 60 : 5);
                for (int i = 0; i < count; i++) {
                    send(broker, random);
                }
                if (random.nextBoolean()) {
                    group.settle();
                }
            }
        }
    }

    private void send(TestBroker broker, Random random) {
        long[] spans = {300, 3_000, 70_000, 200_000, 9_000_000};
        long delayMs = 1L + random.nextInt((int) spans[random.nextInt(spans.length)]);
        String body = "m" + number++;
        long dueMs = broker.group().nowMs() + delayMs;
        FakeRequest request = random.nextBoolean()
                ? broker.send("T", 0, body, "TIMER_DELAY_MS", Long.toString(delayMs), "UNIQ_KEY", "K" + body)
                : broker.send("T", 0, body, "TIMER_DELIVER_MS", Long.toString(dueMs), "UNIQ_KEY", "K" + body);
        sent.put(body, new Sent(body, dueMs, broker.begin(request)));
    }

    private void recallSome(TestBroker broker, Random random) {
        List<Sent> known = sent.values().stream()
                .filter(each -> each.request().replied() && each.request().replyCode() == ResponseCode.SUCCESS)
                .filter(each -> !recalls.containsKey(each.body()))
                .toList();
        for (int i = 0; i < 3 && !known.isEmpty(); i++) {
            Sent each = known.get(random.nextInt(known.size()));
            recalls.put(
                    each.body(),
                    broker.begin(new FakeRequest(RequestCode.RECALL_MESSAGE)
                            .on(broker.connection())
                            .with("producerGroup", "producers")
                            .with("topic", "T")
                            .with("recallHandle", each.request().replyField("recallHandle"))));
        }
    }

    private static int follow(TestBroker broker, BrokerState follower, int from, boolean restored) {
        List<FakeGroup.Entry> entries = broker.group().applied();
        for (FakeGroup.Entry entry : entries.subList(from, entries.size())) {
            follower.apply(
                    entry.index(),
                    entry.kind(),
                    entry.version(),
                    entry.position(),
                    Unpooled.wrappedBuffer(entry.payload()));
        }
        if (restored) {
            follower.restore(Unpooled.wrappedBuffer(TestBroker.snapshotOf(follower)));
        }
        return entries.size();
    }

    private void check(TestBroker broker) {
        Map<String, List<Message>> delivered = new HashMap<>();
        int queueOffset = 0;
        while (true) {
            FakeRequest pull = broker.call(broker.pull("T", 0, queueOffset).with("maxMsgNums", 500));
            if (pull.replyCode() != ResponseCode.SUCCESS) {
                break;
            }
            for (Message message : TestBroker.messages(pull.replyBody())) {
                delivered
                        .computeIfAbsent(message.body(), body -> new ArrayList<>())
                        .add(message);
                queueOffset++;
            }
        }
        for (Sent each : sent.values()) {
            List<Message> copies = delivered.getOrDefault(each.body(), List.of());
            boolean acknowledged = each.request().replied() && each.request().replyCode() == ResponseCode.SUCCESS;
            FakeRequest recall = recalls.get(each.body());
            boolean recalled = recall != null && recall.replied() && recall.replyCode() == ResponseCode.SUCCESS;
            // Without an answer, or with one that says the outcome is unknown, both may be.
            boolean maybeRecalled = recall != null && (!recall.replied() || recall.replyCode() == 1);
            assertThat(copies).as("deliveries of %s", each.body()).hasSizeLessThanOrEqualTo(1);
            if (recalled) {
                assertThat(copies).as("%s was recalled", each.body()).isEmpty();
            } else if (acknowledged && !maybeRecalled) {
                assertThat(copies).as("deliveries of %s", each.body()).hasSize(1);
            }
            copies.forEach(copy -> assertThat(copy.storedMs()).isGreaterThanOrEqualTo(each.dueMs()));
        }
        assertThat(broker.state().part(TimerState.class).waitingCount()).isZero();
    }
}
