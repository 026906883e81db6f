package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.SnapshotStore.Snapshot;
import io.vledger.api.store.StoreException;
import io.vledger.raft.Members;
import io.vledger.raft.PersistentState;
import io.vledger.raft.Raft;
import io.vledger.raft.Standing;
import io.vledger.raft.TermRun;
import io.vledger.testkit.SimDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StatusBoardTest {
    private final ManualShell shell = new ManualShell();
    private final ReplicaSettings settings = MemberOfThree.settings().build();
    private final StatusBoard board = new StatusBoard(settings, shell);
    private final GroupStore store;
    private final Applier applier;
    private final Others others = new Others();

    StatusBoardTest() throws StoreException {
        store = LoneMember.open(new SimDisk());
        LoneMember.Numbers machine = new LoneMember.Numbers();
        applier = new Applier(
                store,
                machine,
                new BatchCache(0),
                new Snapshot(0, 0, 0),
                new MemberList(Map.of()),
                new Applier.RaftEntries() {
                    @Override
                    public void membersApplied(MemberList list) {}

                    @Override
                    public void dropPrefixApplied(long index) {}
                },
                new Contradictions("g", raft(Standing.VOTER), machine, () -> 0));
    }

    @AfterEach
    void close() throws StoreException {
        store.close();
    }

    /** The other members as far as connections go. */
    private static final class Others extends LoneMember.NoLinks {
        final Set<String> connected = new TreeSet<>();
        final Map<String, String> problems = new TreeMap<>();
        final Map<String, String> addresses = new TreeMap<>();

        @Override
        public String clientAddress(String member) {
            return addresses.getOrDefault(member, "");
        }

        @Override
        public boolean connected(String member) {
            return connected.contains(member);
        }

        @Override
        public String problem(String member) {
            return problems.getOrDefault(member, "");
        }
    }

    private static Raft raft(Standing standing) {
        PersistentState state = new PersistentState(
                new Raft.Memory(3, "", 1, standing),
                Members.initial(MemberOfThree.IDS),
                List.of(new TermRun(0, 0)),
                0,
                0);
        return new Raft(MemberOfThree.settings().build().raft(), state, bound -> 0, 0);
    }

    private GroupStatus publish(Raft raft, boolean firstStart, String conflict) {
        shell.nowMs += 1_000;
        assertThat(board.due(shell.nowMs, GroupRole.FOLLOWER, 3, raft.leader(), false))
                .isTrue();
        StatusBoard.View view = new StatusBoard.View(
                index -> 77,
                member -> member.equals("n1"),
                GroupStatus.CatchUp.UNKNOWN,
                firstStart,
                1_234,
                true,
                "",
                conflict,
                List.of());
        board.publish(raft, applier, store.log(), others, view);
        return board.status();
    }

    @Test
    void changesOfRoleTermAndLeaderArePublishedAtOnceAndOthersNowAndThen() {
        assertThat(board.due(0, GroupRole.FOLLOWER, 3, null, false)).isTrue();
        assertThat(board.due(19, GroupRole.FOLLOWER, 3, null, false)).isFalse();
        assertThat(board.due(19, GroupRole.CANDIDATE, 3, null, false)).isTrue();
        assertThat(board.due(19, GroupRole.CANDIDATE, 4, null, false)).isTrue();
        assertThat(board.due(19, GroupRole.CANDIDATE, 4, "n1", false))
                .as("leader")
                .isTrue();
        assertThat(board.due(38, GroupRole.CANDIDATE, 4, null, false)).isFalse();
        assertThat(board.due(39, GroupRole.CANDIDATE, 4, null, false)).isTrue();
    }

    @Test
    void aMemberWithoutALeaderPublishesAsOftenAsEver() {
        assertThat(board.due(0, GroupRole.FOLLOWER, 3, null, true)).isTrue();
        assertThat(board.due(20, GroupRole.FOLLOWER, 3, null, true)).isTrue();
    }

    @Test
    void aMemberWithoutALeaderSaysForWhomItWaits() {
        others.connected.add("n1");
        others.problems.put("n2", "nobody listens there");
        assertThat(publish(raft(Standing.VOTER), false, "").reason())
                .isEqualTo("no leader: 2 of 3 members are needed, 2 are there; waiting for n2 (h2:1: nobody listens"
                        + " there)");
        assertThat(publish(raft(Standing.RECOVERING), true, "").reason())
                .startsWith("first start: all 3 members are needed, 2 are there; waiting for n2");
        assertThat(publish(raft(Standing.RECOVERING), false, "").reason())
                .startsWith("this node has no memory that the group relies on");
        others.connected.add("n2");
        assertThat(publish(raft(Standing.VOTER), false, "").reason()).endsWith("3 are there; all are connected");
    }

    @Test
    void whatKeepsAMemberFromFollowingComesBeforeWhomItWaitsFor() {
        assertThat(publish(raft(Standing.VOTER), false, "n1 leads without a committed entry")
                        .reason())
                .isEqualTo("n1 leads without a committed entry");
        board.failed("the disk is gone");
        assertThat(publish(raft(Standing.VOTER), false, "n1 leads without a committed entry")
                        .reason())
                .isEqualTo("the disk is gone");
    }

    @Test
    void aFirstStartSaysHowLongItHasWaitedAndForWhom() {
        others.connected.add("n2");
        GroupStatus status = publish(raft(Standing.RECOVERING), true, "");
        assertThat(status.firstStart()).isNotNull();
        assertThat(status.firstStart().waitedMs()).isEqualTo(1_234);
        assertThat(status.firstStart().missing()).containsExactly("n1");
    }

    @Test
    void aMembersAddressIsTheOneItAnnouncesElseTheOneOfTheList() {
        board.members(new MemberList(Map.of(
                "n1",
                new MemberList.Entry(1, "h1:1", "listed1:2"),
                "n2",
                new MemberList.Entry(1, "h2:1", "listed2:2"))));
        others.addresses.put("n1", "announced:2");
        assertThat(publish(raft(Standing.VOTER), false, "").members())
                .extracting(GroupStatus.Member::clientAddress)
                .containsExactly("h0:2", "announced:2", "listed2:2");
        assertThat(board.status().members())
                .extracting(GroupStatus.Member::inSync)
                .containsExactly(false, true, false);
    }

    @Test
    void listenersHearOfWhatIsPublishedOnTheLoop() {
        List<String> reasons = new ArrayList<>();
        var registration = board.listen(status -> reasons.add(status.reason()));
        while (shell.runOnce()) {
            // the status there is
        }
        publish(raft(Standing.VOTER), false, "conflict");
        assertThat(reasons).as("not within the publication").doesNotContain("conflict");
        while (shell.runOnce()) {
            // what was published
        }
        assertThat(reasons).last().isEqualTo("conflict");
        registration.close();
    }
}
