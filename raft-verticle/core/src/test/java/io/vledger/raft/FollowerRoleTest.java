package io.vledger.raft;

import static io.vledger.raft.MemberFixture.entries;
import static io.vledger.raft.MemberFixture.member;
import static io.vledger.raft.MemberFixture.sent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class FollowerRoleTest {
    @Test
    void entriesAreAcknowledgedOnlyOnceTheyAreDurable() {
        MemberState self = member(2, 0, 1, 2);
        FollowerRole role = new FollowerRole(self);

        role.onAppend("n2", append(2, 2, 0, entries(3, 2)));
        Effects effects = self.takeEffects();
        assertThat(effects.append()).isNotNull();
        assertThat(effects.sendNow()).as("entry 3 is not durable").isEmpty();

        self.synced = 3;
        role.acknowledge("n2");
        assertThat(sent(self)).isEqualTo(new Message.AppendAccepted(2, 3, 0, Standing.VOTER));
    }

    @Test
    void aHeartbeatIsAcknowledgedUpToWhatIsDurable() {
        MemberState self = member(2, 0, 1, 2);
        FollowerRole role = new FollowerRole(self);
        role.onAppend("n2", append(2, 2, 0, entries(3, 2)));
        self.takeEffects();

        role.onAppend("n2", append(3, 2, 0, null));

        assertThat(sent(self)).isEqualTo(new Message.AppendAccepted(2, 2, 0, Standing.VOTER));
    }

    @Test
    void aGapIsRejectedWithTheEndOfTheLog() {
        MemberState self = member(2, 0, 1, 2);

        new FollowerRole(self).onAppend("n2", append(7, 2, 0, entries(8, 2)));

        assertThat(sent(self)).isEqualTo(new Message.AppendRejected(2, 7, 3, 2, 0, Standing.VOTER));
        assertThat(self.log.lastIndex()).isEqualTo(2);
    }

    @Test
    void aConflictIsRejectedWithTheWholeRunOfTheConflictingTerm() {
        MemberState self = member(5, 1, 1, 3, 3, 3);

        new FollowerRole(self).onAppend("n2", append(4, 5, 0, null));

        assertThat(sent(self)).isEqualTo(new Message.AppendRejected(5, 4, 2, 1, 0, Standing.VOTER));
    }

    @Test
    void entriesInConflictAreReplacedWithAllBehindThem() {
        MemberState self = member(5, 1, 1, 3, 3, 3);

        new FollowerRole(self).onAppend("n2", append(1, 1, 0, entries(2, 3, 5)));

        Effects effects = self.takeEffects();
        assertThat(effects.truncateFrom()).as("entry 2 is the same").isEqualTo(3);
        assertThat(self.log.lastIndex()).isEqualTo(3);
        assertThat(self.log.lastTerm()).isEqualTo(5);
        assertThat(self.synced).isEqualTo(2);
    }

    @Test
    void nothingCommittedIsEverTruncated() {
        MemberState self = member(5, 3, 1, 3, 3);
        FollowerRole role = new FollowerRole(self);

        assertThatThrownBy(() -> role.onAppend("n2", append(1, 1, 0, entries(2, 5))))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theCommitIndexStaysWithinWhatMatchesTheLeader() {
        MemberState self = member(5, 0, 1, 3, 3);

        new FollowerRole(self).onAppend("n2", append(1, 1, 3, null));

        assertThat(self.commit).as("entries 2 and 3 may be of a former leader").isEqualTo(1);
    }

    @Test
    void aLeaderThatContradictsACommittedEntryIsFound() {
        MemberState self = member(5, 3, 1, 3, 3);
        FollowerRole role = new FollowerRole(self);

        assertThat(role.conflict(append(2, 4, 0, null))).as("previous entry").isEqualTo(2);
        assertThat(role.conflict(append(1, 1, 0, entries(2, 3, 5))))
                .as("entries")
                .isEqualTo(3);
        assertThat(role.conflict(new Message.AppendRequest(5, 3, 3, 0, 0, 3, null)))
                .as("committed in another term behind the first entry of the leader's")
                .isEqualTo(3);
        assertThat(role.conflict(append(3, 3, 0, entries(4, 5)))).isZero();
    }

    @Test
    void aBaseThatTheLogLeadsToIsNotInstalled() {
        MemberState self = member(5, 0, 1, 3, 3);

        new FollowerRole(self).onInstall("n2", new Message.InstallRequest(5, 2, 3, "state"));

        assertThat(self.commit).isEqualTo(2);
        assertThat(sent(self)).isEqualTo(new Message.InstallReply(5, 2));
    }

    @Test
    void aBaseBeyondTheLogIsInstalledAndEntriesWaitForIt() {
        MemberState self = member(5, 0, 1, 3, 3);
        FollowerRole role = new FollowerRole(self);
        self.leader = "n2";

        role.onInstall("n2", new Message.InstallRequest(5, 9, 4, "state"));
        assertThat(self.takeEffects().install()).isNotNull();
        role.onAppend("n2", append(9, 4, 0, entries(10, 5)));
        assertThat(self.takeEffects().append()).as("while installing").isNull();

        role.installed(9, 4, self.members.committed());
        assertThat(self.commit).isEqualTo(9);
        assertThat(self.synced).isEqualTo(9);
        assertThat(sent(self)).isEqualTo(new Message.InstallReply(5, 9));
    }

    private static Message.AppendRequest append(
            long prevIndex, long prevTerm, long commit, @org.jspecify.annotations.Nullable Entries entries) {
        return new Message.AppendRequest(5, prevIndex, prevTerm, commit, 0, 100, entries);
    }
}
