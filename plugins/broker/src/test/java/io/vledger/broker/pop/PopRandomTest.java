package io.vledger.broker.pop;

import static io.vledger.broker.pop.PopClient.GROUP;
import static io.vledger.broker.pop.PopClient.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.StoreException;
import io.vledger.broker.GroupState;
import io.vledger.broker.pop.PopClient.Popped;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.testing.TestBroker;
import io.vledger.testkit.Seeds;
import io.vledger.testkit.fake.FakeGroup;
import io.vledger.testkit.fake.FakeRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random pops, acknowledgements, changes, lost answers, changes of leader and restores, checked against what the consumers were answered.
 * A second member applies the same entries and must arrive at the same state.
 */
class PopRandomTest {
    private static final int STEPS = 250;
    private static final int QUEUES = 2;
    private static final int SLACK_MS = 2 * Deadlines.TICK_MS;

    @Test
    void whatConsumersWereAnsweredHolds() {
        Seeds.run(20, random -> {
            try (Run run = new Run(random, false)) {
                run.steps();
                run.drain();
            }
        });
    }

    @Test
    void whatConsumersInOrderWereAnsweredHolds() {
        Seeds.run(20, random -> {
            try (Run run = new Run(random, true)) {
                run.steps();
                run.drain();
            }
        });
    }

    @Test
    void aLostAcknowledgementIsFound() {
        assertThatThrownBy(() -> {
                    try (Run run = new Run(new Random(1), false)) {
                        run.losesAcknowledgements = true;
                        run.steps();
                        run.drain();
                    }
                })
                .hasMessageContaining("was acknowledged and came back");
    }

    @Test
    void anInvisibleTimeThatIsCutShortIsFound() {
        assertThatThrownBy(() -> {
                    try (Run run = new Run(new Random(1), false)) {
                        run.promisedMs = 5_000;
                        run.steps();
                        run.drain();
                    }
                })
                .hasMessageContaining("before its invisible time is over");
    }

    /** One random course of events. */
    private static final class Run implements AutoCloseable {
        private final Random random;
        private final boolean order;
        private final TestBroker broker = TestBroker.leader();
        private final PopClient client = new PopClient(broker);
        private final PopHistory history;
        private final List<Popped> held = new ArrayList<>();
        private int sends;
        private int attempts;
        private boolean losesAcknowledgements;
        private long promisedMs;

        Run(Random random, boolean order) {
            this.random = random;
            this.order = order;
            history = new PopHistory(order);
            broker.topic(TOPIC, QUEUES);
        }

        void steps() {
            for (int i = 0; i < STEPS; i++) {
                step();
            }
        }

        private void step() {
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> send();
                case 3, 4, 5 -> pop(false);
                case 6, 7, 8 -> ack();
                case 9 -> change();
                case 10 -> broker.group().advance(random.nextInt(3_000));
                default -> disturb();
            }
        }

        private void send() {
            String body = "m" + sends++;
            history.sent(body);
            assertThat(broker.call(broker.send(TOPIC, random.nextInt(QUEUES), body))
                            .replyCode())
                    .isZero();
        }

        private void pop(boolean draining) {
            long invisibleMs = 1_000L + random.nextInt(5_000);
            FakeRequest request = client.popRequest(
                    random.nextInt(3) == 0 && !draining ? random.nextInt(QUEUES) : -1,
                    1 + random.nextInt(draining ? 32 : 5),
                    invisibleMs,
                    0);
            if (order) {
                request.with("order", true).with("attemptId", "attempt" + attempts++);
            }
            boolean lost = !draining && random.nextInt(10) == 0;
            if (lost) {
                broker.group().hold();
                broker.call(request);
                changeLeader();
                return;
            }
            List<Popped> popped = PopClient.read(broker.call(request));
            for (Popped message : popped) {
                // The history knows what was promised; rounding may only make it longer.
                history.shown(message, broker.group().nowMs(), invisibleMs + promisedMs);
            }
            held.addAll(popped);
        }

        private void ack() {
            if (held.isEmpty()) {
                return;
            }
            Popped message = held.remove(random.nextInt(held.size()));
            if (losesAcknowledgements && random.nextInt(3) == 0) {
                history.acknowledged(message);
                return;
            }
            if (random.nextInt(12) == 0) {
                broker.group().hold();
                broker.call(client.ackRequest(message));
                changeLeader();
                return;
            }
            FakeRequest answer = broker.call(
                    random.nextBoolean() && !order && message.realTopic().equals(TOPIC)
                            ? client.batchAckRequest(List.of(message))
                            : client.ackRequest(message));
            if (answer.replyCode() == 0) {
                history.acknowledged(message);
            }
        }

        private void change() {
            if (held.isEmpty()) {
                return;
            }
            int index = random.nextInt(held.size());
            Popped message = held.get(index);
            long invisibleMs = 1L + random.nextInt(4_000);
            FakeRequest request = broker.call(client.changeRequest(message, invisibleMs));
            if (request.replyCode() == 0) {
                Popped renewed = client.renewed(message, request);
                if (order) {
                    history.maybeChanged(message); // the queue stays locked for the others
                } else {
                    history.changed(renewed, invisibleMs);
                    held.set(index, renewed);
                }
            }
        }

        private void disturb() {
            if (random.nextBoolean()) {
                changeLeader();
            } else {
                byte[] snapshot = broker.snapshot();
                broker.group().follow();
                broker.state().restore(Unpooled.wrappedBuffer(snapshot));
                broker.group().lead();
            }
        }

        /** What was proposed and not committed is gone with its leader. */
        private void changeLeader() {
            broker.group().follow();
            broker.group().commitHeld();
            broker.group().lead();
            broker.group().settle();
        }

        /** Everything comes back until it is acknowledged, and no member differs. */
        void drain() throws Exception {
            for (int i = 0; i < 60; i++) {
                broker.group().advance(7_000 + SLACK_MS);
                held.clear();
                pop(true);
                while (!held.isEmpty()) {
                    ack();
                }
            }
            history.allAcknowledged();
            assertThat(Objects.requireNonNull(broker.state().topics().find(TOPIC))
                            .queueCount())
                    .isEqualTo(QUEUES);
            assertThat(broker.state().part(PopState.class).inFlight(GROUP, TOPIC))
                    .isZero();
            replay();
        }

        private void replay() throws Exception {
            try (GroupStore store = TestBroker.openStore()) {
                BrokerState other = GroupState.create("Cluster", "broker-a", store, null);
                for (FakeGroup.Entry entry : broker.group().applied()) {
                    other.apply(
                            entry.index(),
                            entry.kind(),
                            entry.version(),
                            entry.position(),
                            Unpooled.wrappedBuffer(entry.payload()));
                    other.applied(entry.index());
                }
                assertThat(TestBroker.snapshotOf(other)).isEqualTo(broker.snapshot());
            }
        }

        @Override
        public void close() throws StoreException {
            broker.close();
        }
    }
}
