package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.GroupRole;
import io.vledger.raft.Message;
import io.vledger.testkit.SimDisk;
import org.junit.jupiter.api.Test;

class TickPlanTest {
    private static final int HEARTBEAT_MS = 50;
    private static final int ELECTION_MS = 300;

    /** How often the loop is woken by the member itself within so long, while nothing comes from outside. */
    private static int alarms(LoneMember member, long ms) {
        long untilMs = member.shell.nowMs + ms;
        int fired = 0;
        for (long at = member.shell.alarmMs().orElseThrow();
                at <= untilMs;
                at = member.shell.alarmMs().orElseThrow()) {
            member.shell.nowMs = at;
            member.settle();
            fired++;
        }
        member.shell.nowMs = untilMs;
        return fired;
    }

    @Test
    void aMemberAloneWaitsForNobody() throws Exception {
        LoneMember member = new LoneMember(new SimDisk()).lead();
        member.pass(1_000);
        assertThat(alarms(member, 10L * ELECTION_MS)).isLessThanOrEqualTo(3);
        assertThat(member.replica.status().role()).isEqualTo(GroupRole.LEADER);
    }

    @Test
    void aLeaderWhoseFollowersHaveAllWakesForEachQuietHeartbeatOnly() throws Exception {
        MemberOfThree three = new MemberOfThree(new SimDisk()).lead();
        three.member.pass(1_000);
        int before = three.sentTo("n1", Message.AppendRequest.class).size();
        int quietMs = 100;
        int wanted = 3_000 / quietMs;
        assertThat(alarms(three.member, 3_000)).isBetween(wanted, wanted + 2);
        assertThat(three.sentTo("n1", Message.AppendRequest.class)).hasSize(before + wanted);
    }

    @Test
    void aFollowerThatMustLearnWhatIsCommittedHearsOfItAfterAShortHeartbeat() throws Exception {
        MemberOfThree three = new MemberOfThree(new SimDisk()).lead();
        three.member.pass(1_000);
        three.member.propose(1);
        three.member.settle();
        long committed = three.replica().status().lastIndex();
        long proposedMs = three.member.shell.nowMs;
        while (three.sentTo("n1", Message.AppendRequest.class).stream().noneMatch(each -> each.commit() > committed)) {
            three.member.shell.nowMs++;
            three.member.settle();
            assertThat(three.member.shell.nowMs - proposedMs).isLessThanOrEqualTo(HEARTBEAT_MS + TickPlan.GRID_MS);
        }
    }

    @Test
    void aFollowerThatHearsItsLeaderIsNotWokenByAlarms() throws Exception {
        MemberOfThree three = new MemberOfThree(new SimDisk());
        int fired = 0;
        for (int i = 0; i < 100; i++) {
            three.heartbeat("n1", 1, 0);
            three.member.settle();
            fired += alarms(three.member, 100);
        }
        assertThat(fired).isLessThanOrEqualTo(2);
    }

    @Test
    void aFollowerCampaignsWhenNothingIsHeardForItsTimeOut() throws Exception {
        MemberOfThree three = new MemberOfThree(new SimDisk());
        three.heartbeat("n1", 1, 0);
        three.member.settle();
        alarms(three.member, ELECTION_MS - 1);
        assertThat(three.sentTo("n2", Message.VoteRequest.class)).isEmpty();
        alarms(three.member, 2);
        assertThat(three.sentTo("n2", Message.VoteRequest.class)).hasSize(1);
    }

    @Test
    void aFollowerThatWasPausedListensFirst() throws Exception {
        MemberOfThree three = new MemberOfThree(new SimDisk());
        three.heartbeat("n1", 1, 0);
        three.member.settle();
        three.member.shell.nowMs += 60_000;
        three.member.settle();
        alarms(three.member, ELECTION_MS / 3);
        assertThat(three.sentTo("n2", Message.VoteRequest.class)).isEmpty();
        alarms(three.member, ELECTION_MS);
        assertThat(three.sentTo("n2", Message.VoteRequest.class)).isNotEmpty();
    }
}
