package io.vledger.broker.timer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.testkit.fake.FakeRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NeededMessagesTest {
    private static final long NOTHING = Long.MAX_VALUE;

    private final TestBroker broker = TestBroker.leader();
    private final NeededMessages needed =
            new NeededMessages(broker.state(), DelayLevels.parse("1s 5s 10s 30s 1m"), () -> broker.group()
                    .nowMs());

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private static long positionOf(FakeRequest send) {
        String id = requireNonNull(send.replyField("msgId"));
        return Long.parseLong(id.substring(16), 16);
    }

    private long timed(String delayMs) {
        return positionOf(broker.call(broker.send("T", 0, "x", "TIMER_DELAY_MS", delayMs, "UNIQ_KEY", "K" + delayMs)));
    }

    @Test
    void theFirstTimerThatWaitsIsNeeded() {
        assertThat(needed.all()).isEqualTo(NOTHING);
        long late = timed("300000");
        long soon = timed("2000");
        assertThat(needed.all()).isEqualTo(late);
        broker.group().advance(3_000);
        assertThat(needed.all()).isEqualTo(late).isLessThan(soon);
        long last = timed("600000");
        broker.group().advance(400_000);
        assertThat(needed.all()).isEqualTo(last);
        broker.group().advance(400_000);
        assertThat(needed.all()).isEqualTo(NOTHING);
    }

    @Test
    void overdueTimersAreFoundAmongAllThatWait() {
        timed("300000");
        long soon = timed("2000");
        assertThat(needed.overdue()).isEqualTo(NOTHING);
        broker.group().follow(null);
        broker.group().advance(100_000);
        assertThat(needed.overdue()).isEqualTo(soon);
        broker.group().lead();
        broker.group().advance(100);
        assertThat(needed.overdue()).isEqualTo(NOTHING);
    }

    @Test
    void theFirstOfEachDelayLevelIsNeeded() {
        long minute = positionOf(broker.call(broker.send("T", 0, "x", "DELAY", "5")));
        long second = positionOf(broker.call(broker.send("T", 0, "x", "DELAY", "1")));
        broker.group().hold();
        broker.group().advance(2_000);
        assertThat(needed.all()).isEqualTo(minute);
        assertThat(needed.overdue()).isEqualTo(second);
        broker.group().commitHeld();
        broker.group().advance(60_000);
        assertThat(needed.all()).isEqualTo(NOTHING);
    }

    @Test
    void aRecallIsNeededAsLongAsItCounts() {
        String handle = broker.call(broker.send("T", 0, "x", "TIMER_DELAY_MS", "30000", "UNIQ_KEY", "K"))
                .replyField("recallHandle");
        broker.call(
                new FakeRequest(RequestCode.RECALL_MESSAGE).with("topic", "T").with("recallHandle", handle));
        broker.group().advance(10_000);
        assertThat(needed.all()).isNotEqualTo(NOTHING);
        timed("80000");
        broker.group().advance(100_000);
        assertThat(needed.all()).isEqualTo(NOTHING);
    }

    @Test
    void anOlderStateThatIsRestoredIsLookedThroughAgain() {
        long early = timed("2000");
        byte[] snapshot = broker.snapshot();
        broker.group().advance(3_000);
        assertThat(needed.all()).isEqualTo(NOTHING);
        broker.state().restore(Unpooled.wrappedBuffer(snapshot));
        assertThat(needed.all()).isEqualTo(early);
    }
}
