package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.GroupStatus;
import io.vledger.testkit.SimDisk;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StatusPublisherTest {
    private static final int HEARTBEAT_MS = 75;

    private final MemberOfThree three;

    StatusPublisherTest() throws Exception {
        three = new MemberOfThree(new SimDisk());
    }

    @BeforeEach
    void followALeader() {
        heartbeats(2_000);
    }

    private GroupStatus status() {
        return three.replica().status();
    }

    /** Time in which nothing but heartbeats comes; how many statuses were published. */
    @SuppressWarnings("ReferenceEquality") // what is published anew is another object
    private int heartbeats(int ms) {
        int published = 0;
        GroupStatus before = status();
        for (int passed = 0; passed < ms; passed += HEARTBEAT_MS) {
            three.member.shell.nowMs += HEARTBEAT_MS;
            three.heartbeat("n1", 1, 0);
            three.member.settle();
            published += status() == before ? 0 : 1;
            before = status();
        }
        return published;
    }

    @Test
    void whatHasNotChangedIsPublishedOnceASecond() {
        assertThat(heartbeats(9_000)).isBetween(8, 10);
    }

    @Test
    void aConnectionThatIsLostShowsWithTheNextTurn() {
        GroupStatus before = status();
        three.member.shell.nowMs += 20;
        three.disconnected = "n2";
        three.replica().memberLost("n2", false);
        three.member.settle();
        assertThat(status()).isNotSameAs(before);
        assertThat(status().members())
                .filteredOn(member -> member.node().equals("n2"))
                .allMatch(member -> !member.connected());
    }

    @Test
    void whatALeaderReportsAnewShowsWithTheNextTurnAndTheSameAgainDoesNot() {
        KeepAlive report = new KeepAlive(1, true, 0, 0, List.of(new KeepAlive.Member("n2", true)));
        for (int i = 0; i < 2; i++) {
            GroupStatus before = status();
            three.replica().keptAlive("n1", report);
            three.member.shell.nowMs += 20;
            three.heartbeat("n1", 1, 0);
            three.member.settle();
            if (i == 0) {
                assertThat(status()).isNotSameAs(before);
            } else {
                assertThat(status()).isSameAs(before);
            }
        }
        assertThat(status().members())
                .filteredOn(GroupStatus.Member::inSync)
                .extracting(GroupStatus.Member::node)
                .containsExactly("n2");
    }
}
