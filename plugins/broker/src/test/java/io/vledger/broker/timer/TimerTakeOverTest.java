package io.vledger.broker.timer;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.origin.InitialState;
import io.vledger.api.origin.InitialState.OriginRun;
import io.vledger.api.origin.InitialState.OriginTopic;
import io.vledger.api.origin.Origin;
import io.vledger.api.store.DerivedIndex;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.StoreException;
import io.vledger.broker.testing.FakeOrigin;
import io.vledger.broker.testing.TestBroker;
import io.vledger.broker.testing.TestBroker.Message;
import io.vledger.protocol.TopicNames;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TimerTakeOverTest {
    private static final long END = 8 << 20;
    private static final int OLD_TIMERS = 4;

    /** Positions of the messages that the earlier broker's queue has; it cannot be read before all are known. */
    private final List<Long> positions = new ArrayList<>();

    private final List<Integer> sizes = new ArrayList<>();

    private Origin origin(InitialState state) {
        FakeOrigin fake = new FakeOrigin(END, state, List.of());
        return (Origin) Proxy.newProxyInstance(
                Origin.class.getClassLoader(), new Class<?>[] {Origin.class}, (proxy, method, arguments) -> {
                    if (!method.getName().equals("continuedBy")) {
                        return method.invoke(fake, arguments);
                    }
                    GroupStore own = fake.continuedBy((GroupStore) arguments[0]);
                    return Proxy.newProxyInstance(
                            Origin.class.getClassLoader(),
                            new Class<?>[] {GroupStore.class},
                            (store, called, given) -> called.getName().equals("queues")
                                    ? new Continued(own.queues())
                                    : called.invoke(own, given));
                });
    }

    private static InitialState known() {
        return new InitialState(
                List.of(new OriginTopic(
                        TopicNames.TIMER,
                        "{\"topicName\":\"rmq_sys_wheel_timer\",\"readQueueNums\":1,\"writeQueueNums\":1,\"perm\":6}",
                        1,
                        List.of((long) OLD_TIMERS))),
                List.of(),
                List.of(),
                Map.of(),
                List.of(),
                List.of(new OriginRun(0, 2), new OriginRun(3, 1)));
    }

    private void old(TestBroker broker, String body, long outMs) {
        String properties = "UNIQ_KEY\u0001K" + body
                + "\u0002REAL_TOPIC\u0001T\u0002REAL_QID\u00010\u0002TIMER_OUT_MS\u0001" + outMs + "\u0002";
        long end = broker.state().appliedEnd();
        positions.add(broker.message("Old", 0, body, properties));
        sizes.add((int) (broker.state().appliedEnd() - Math.max(end, positions.get(positions.size() - 1))));
    }

    private static List<String> delivered(TestBroker broker) {
        var pull = broker.call(broker.pull("T", 0, 0));
        return pull.replyCode() == 0
                ? TestBroker.messages(pull.replyBody()).stream()
                        .map(Message::body)
                        .toList()
                : List.of();
    }

    @Test
    void timersOfAnEarlierBrokerAreDeliveredOnceAtTheirTimeAndBeforeThemNothing() throws Exception {
        try (TestBroker broker = TestBroker.after(origin(known()))) {
            broker.group().lead();
            broker.topic("T", 1);
            broker.topic("Old", 1);
            long now = broker.group().nowMs();
            broker.call(broker.send("T", 0, "own", "TIMER_DELAY_MS", "100"));
            broker.group().advance(500);
            assertThat(delivered(broker))
                    .as("nothing before the earlier broker's timers")
                    .isEmpty();
            old(broker, "late", now - 5_000);
            old(broker, "later", now + 60_000);
            old(broker, "recalled", now + 60_000);
            old(broker, "latest", now + 90_000);
            broker.group().advance(2_000);
            assertThat(delivered(broker)).containsExactlyInAnyOrder("late", "own");
            assertThat(broker.state().part(TimerState.class).waiting()).containsEntry("T", 2L);
            broker.group().follow();
            broker.group().lead();
            broker.group().advance(200_000);
            assertThat(delivered(broker)).containsExactlyInAnyOrder("late", "own", "later", "latest");
        }
    }

    /** Queues of which that with the key 1 begins with an earlier broker's units. */
    private final class Continued implements QueueIndex {
        private final QueueIndex own;

        Continued(QueueIndex own) {
            this.own = own;
        }

        @Override
        public QueueLog queue(long queueKey) {
            QueueLog after = own.queue(queueKey);
            return queueKey == 1 ? new Units(after) : after;
        }

        @Override
        public void remove(long queueKey) {
            own.remove(queueKey);
        }

        @Override
        public DerivedIndex.Flush prepareFlush() {
            return own.prepareFlush();
        }

        @Override
        public void rewind(byte[] mark) throws StoreException {
            own.rewind(mark);
        }

        @Override
        public void dropBefore(long position) {
            own.dropBefore(position);
        }
    }

    private final class Units implements QueueIndex.QueueLog {
        private final QueueIndex.QueueLog after;

        Units(QueueIndex.QueueLog after) {
            this.after = after;
        }

        @Override
        public void append(long queueOffset, long position, int size, long tagsCode) {
            after.append(queueOffset, position, size, tagsCode);
        }

        @Override
        public long minOffset() {
            return 0;
        }

        @Override
        public long maxOffset() {
            return Math.max(OLD_TIMERS, after.maxOffset());
        }

        @Override
        public int read(long queueOffset, int maxUnits, QueueIndex.UnitVisitor visitor) throws StoreException {
            if (queueOffset >= OLD_TIMERS) {
                return after.read(queueOffset, maxUnits, visitor);
            }
            if (positions.size() < OLD_TIMERS) {
                throw new StoreException.Damaged("not there yet");
            }
            int visited = 0;
            boolean more = true;
            while (more && visited < maxUnits && queueOffset + visited < OLD_TIMERS) {
                int at = (int) queueOffset + visited++;
                more = visitor.visit(at, positions.get(at), sizes.get(at), 0);
            }
            return visited;
        }
    }
}
