package io.vledger.sim.check;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.api.store.GroupStore;
import io.vledger.broker.state.BrokerState;
import io.vledger.sim.check.LightQueuesHold.QueuedMessage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each of what the checkers of timers, light queues and locks are to notice, by itself. */
class FeatureChecksTest {
    private static final Member MEMBER = new Member() {
        @Override
        public String id() {
            return "n0";
        }

        @Override
        public boolean running() {
            return true;
        }

        @Override
        public BrokerState state() {
            throw new UnsupportedOperationException();
        }

        @Override
        public GroupStore store() {
            throw new UnsupportedOperationException();
        }
    };

    private final TimedOnce timers = new TimedOnce();
    private final LightQueuesHold light = new LightQueuesHold();
    private final LockedByOne locks = new LockedByOne();

    private void timed(boolean acknowledged, boolean recalled) {
        timers.sent("t", 100);
        if (acknowledged) {
            timers.acknowledged("t");
        }
        if (recalled) {
            timers.recallSent("t");
            timers.recalled("t");
        }
    }

    private void brokenTimer(Long... copies) {
        assertThatThrownBy(() -> timers.judge(MEMBER, Map.of("t", List.of(copies))))
                .isInstanceOf(Broken.class);
    }

    @Test
    void aTimerThatComesTwiceIsNoticed() {
        timed(false, false);
        brokenTimer(100L, 101L);
    }

    @Test
    void aTimerThatComesEarlyIsNoticed() {
        timed(true, false);
        brokenTimer(99L);
        assertThatCode(() -> timers.judge(MEMBER, Map.of("t", List.of(100L)))).doesNotThrowAnyException();
    }

    @Test
    void aTimerThatNeverComesIsNoticedIfItWasAcknowledged() {
        timed(false, false);
        assertThatCode(() -> timers.judge(MEMBER, Map.of())).doesNotThrowAnyException();
        timers.acknowledged("t");
        brokenTimer();
    }

    @Test
    void aRecalledTimerThatComesIsNoticed() {
        timed(true, true);
        assertThatCode(() -> timers.judge(MEMBER, Map.of())).doesNotThrowAnyException();
        brokenTimer(100L);
    }

    @Test
    void aTimerThatNobodySentIsNoticed() {
        brokenTimer(100L);
    }

    private void brokenQueues(Map<String, List<QueuedMessage>> queues) {
        assertThatThrownBy(() -> light.judge(MEMBER, queues)).isInstanceOf(Broken.class);
    }

    @Test
    void aMessageThatIsMissingInALightQueueIsNoticed() {
        light.sent("l", List.of("a", "b"));
        assertThatCode(() -> light.judge(MEMBER, Map.of())).doesNotThrowAnyException();
        brokenQueues(Map.of("a", List.of(new QueuedMessage("l", 0, 0))));
        light.acknowledged("l");
        brokenQueues(Map.of());
    }

    @Test
    void aMessageThatIsInALightQueueTwiceOrElsewhereThanItSaysIsNoticed() {
        light.sent("l", List.of("a"));
        brokenQueues(Map.of("a", List.of(new QueuedMessage("l", 0, 0), new QueuedMessage("l", 1, 1))));
        brokenQueues(Map.of("a", List.of(new QueuedMessage("l", 1, 0))));
        brokenQueues(Map.of("a", List.of(new QueuedMessage("l", 0, 0)), "b", List.of(new QueuedMessage("l", 0, 0))));
    }

    @Test
    void aQueueThatTwoClientsHoldIsNoticed() {
        locks.held("q", "a", 0, 5);
        locks.held("q", "a", 20_000, 20_005);
        assertThatThrownBy(() -> locks.held("q", "b", 49_000, 49_005)).isInstanceOf(Broken.class);
        locks.givenBack("q", "b");
        assertThatThrownBy(() -> locks.held("q", "b", 49_000, 49_005)).isInstanceOf(Broken.class);
        locks.givenBack("q", "a");
        assertThatCode(() -> locks.held("q", "b", 49_000, 49_005)).doesNotThrowAnyException();
    }
}
