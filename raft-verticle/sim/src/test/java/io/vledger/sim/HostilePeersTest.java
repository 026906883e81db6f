package io.vledger.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.testkit.Seeds;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Members that went over to the enemy. Replay one seed with {@code -Dvledger.seed=N}; run others with {@code -Dvledger.from=N}. */
class HostilePeersTest {
    private static final Long ONE = Long.getLong("vledger.seed");
    private static final long FROM = Long.getLong("vledger.from", 0);
    private static final int FRAMES = 300;

    @Test
    void noFrameOfAMemberMakesAnotherOneFail() {
        if (ONE != null) {
            new HostilePeers(ONE, true).run(FRAMES);
            return;
        }
        for (long seed = FROM; seed < FROM + Seeds.count(30); seed++) {
            new HostilePeers(seed, false).run(FRAMES);
        }
    }

    @Test
    void believingAForgedIncarnationIsNoticed() {
        assertNoticed(HostilePeers::believingIncarnations);
    }

    @Test
    void takingAnEntryOrASnapshotThatCannotBeReadIsNoticed() {
        assertNoticed(HostilePeers::believingStates);
    }

    @Test
    void anEntryThatContradictsTheStateIsLeftOutByAllMembersAndTheGroupContinues() {
        if (ONE != null) {
            Contradictions.ALL.forEach(lie -> new LyingLeader(ONE, lie).run());
            return;
        }
        for (long seed = FROM; seed < FROM + Seeds.count(5); seed++) {
            for (Contradictions.Lie lie : Contradictions.ALL) {
                new LyingLeader(seed, lie).run();
            }
        }
    }

    private static void assertNoticed(UnaryOperator<HostilePeers> broken) {
        long seed = 0;
        while (seed < 100) {
            try {
                broken.apply(new HostilePeers(seed, false)).run(FRAMES);
                seed++;
            } catch (AssertionError noticed) {
                break;
            }
        }
        assertThat(seed).isLessThan(100);
    }
}
