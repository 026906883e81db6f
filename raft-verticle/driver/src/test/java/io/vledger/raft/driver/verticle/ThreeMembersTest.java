package io.vledger.raft.driver.verticle;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three members with real sockets, threads and files. */
class ThreeMembersTest {
    /** Long enough that a busy machine keeps its leader: this is not about elections. */
    private static final int ELECTION_MS = 1_000;

    @TempDir
    Path directory;

    private final LocalMembers group = new LocalMembers(3);
    private final Map<String, String> peers = group.peers;
    private final Map<String, LocalMember> members = group.running;

    @AfterEach
    void stopAll() throws Exception {
        group.stopAll();
    }

    private void start(String id, long segmentBytes) throws Exception {
        members.put(id, new LocalMember(id, directory.resolve(id), peers, segmentBytes, ELECTION_MS));
    }

    private void startAll(long segmentBytes) throws Exception {
        for (String id : peers.keySet()) {
            start(id, segmentBytes);
        }
    }

    /**
     * Proposes numbers as a client does whose leader may change on the way, as it does on a machine that is busy: what came of
     * them is asked of the leader then, and what did not happen is proposed there. Each number is applied once, in order.
     *
     * @param from how many were proposed before
     * @return who led in the end
     */
    private LocalMember proposeAll(int from, int count) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        int applied = from;
        LocalMember leader;
        do {
            assertThat(System.nanoTime()).as("only %d are applied", applied).isLessThan(deadline);
            group.leader().proposeWhileItLeads(applied, from + count - applied).get(20, TimeUnit.SECONDS);
            do {
                leader = group.leader();
            } while (!leader.passBarrier().get(20, TimeUnit.SECONDS));
            // It has a beginning of what was proposed, and what it does not have never happens.
            applied = leader.applied.size();
        } while (applied < from + count);
        return leader;
    }

    private static List<Long> numbers(int count) {
        List<Long> all = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            all.add(i);
        }
        return all;
    }

    private void awaitAllApplied(int count) {
        group.await("all applied " + count, () -> members.values().stream().allMatch(m -> m.applied.size() == count));
        members.values().forEach(m -> assertThat(m.applied).isEqualTo(numbers(count)));
    }

    @Test
    void everyMemberAppliesWhatTheLeaderProposed() throws Exception {
        startAll(1 << 20);
        proposeAll(0, 2_000);
        awaitAllApplied(2_000);
    }

    @Test
    void anotherMemberTakesOverAndTheOldOneCatchesUp() throws Exception {
        startAll(1 << 20);
        LocalMember first = proposeAll(0, 500);
        String id = first.group.node();
        group.stop(id);

        proposeAll(500, 500);
        start(id, 1 << 20);
        awaitAllApplied(1_000);
    }

    @Test
    void aGroupThatIsClosedAndOpenedAgainContinuesInTheSameProcess() throws Exception {
        startAll(1 << 20);
        LocalMember first = proposeAll(0, 500);
        for (int i = 1; i <= 3; i++) {
            first.reopen();
            proposeAll(500 * i, 500);
        }
        awaitAllApplied(2_000);
    }

    @Test
    void aStatusListenerStaysWhenTheGroupIsClosedAndOpenedAgain() throws Exception {
        startAll(1 << 20);
        LocalMember leader = proposeAll(0, 1);
        List<GroupRole> roles = new CopyOnWriteArrayList<>();
        Group.Registration registration = requireNonNull(leader.service).onStatus(status -> roles.add(status.role()));
        group.await("the current status comes at once", () -> !roles.isEmpty());
        leader.reopen();
        group.await("the member stops and follows again", () -> {
            int stopped = roles.indexOf(GroupRole.STOPPED);
            return stopped >= 0 && roles.lastIndexOf(GroupRole.FOLLOWER) > stopped;
        });
        registration.close();
    }

    @Test
    void aGroupThatWasNotClosedCanBeOpenedAgain() throws Exception {
        startAll(1 << 20);
        LocalMember first = proposeAll(0, 500);
        first.openForAnother();
        proposeAll(500, 500);
        awaitAllApplied(1_000);
    }

    @Test
    void aRestartOfAllKeepsEverythingAcrossSegments() throws Exception {
        startAll(64 << 10);
        proposeAll(0, 3_000);
        awaitAllApplied(3_000);
        group.stopAll();
        members.clear();

        startAll(64 << 10);
        proposeAll(3_000, 10);
        awaitAllApplied(3_010);
    }

    @Test
    void aWipedMemberIsAdmittedAgain() throws Exception {
        startAll(64 << 10);
        proposeAll(0, 3_000);
        String wiped = group.leader().group.node().equals("n2") ? "n1" : "n2";
        group.stop(wiped);
        try (var files = Files.walk(directory.resolve(wiped))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        start(wiped, 64 << 10);
        proposeAll(3_000, 100);
        awaitAllApplied(3_100);
        group.await("it is a voter again", () -> group.member(wiped).role() == GroupRole.FOLLOWER);
    }

    @Test
    void leadershipIsHandedOverOnDemand() throws Exception {
        startAll(1 << 20);
        LocalMember first = proposeAll(0, 100);
        first.group.transferLeadership(null).await(20, TimeUnit.SECONDS);

        assertThat(group.leader()).isNotSameAs(first);
        proposeAll(100, 100);
        awaitAllApplied(200);
    }

    @Test
    void aMemberFarBehindContinuesFromTheBaseOfTheLog() throws Exception {
        startAll(64 << 10);
        proposeAll(0, 100);
        String behind = group.leader().group.node().equals("n2") ? "n1" : "n2";
        group.stop(behind);
        for (int i = 0; i < 3; i++) {
            proposeAll(100 + i * 2_000, 2_000);
        }
        LocalMember leader = group.leader();
        CompletableFuture<Boolean> dropped = new CompletableFuture<>();
        leader.group.execute(() -> leader.group.proposeDropPrefix(5_000, refusal -> dropped.complete(refusal == null)));
        assertThat(dropped.get(20, TimeUnit.SECONDS)).isTrue();
        group.await("the log was cut", () -> leader.group.status().firstIndex() > 200);

        start(behind, 64 << 10);
        awaitAllApplied(6_100);
    }

    @Test
    void aMemberWhoseDiskIsFullLetsItsPrefixGoAndTheOthersKeepTheirs() throws Exception {
        startAll(64 << 10);
        for (int i = 0; i < 3; i++) {
            proposeAll(i * 2_000, 2_000);
        }
        awaitAllApplied(6_000);
        LocalMember leader = group.leader();
        leader.group.execute(() -> leader.group.dropLocalPrefix(5_000));
        group.await("its log was cut", () -> leader.group.status().firstIndex() > 200);
        proposeAll(6_000, 100);
        awaitAllApplied(6_100);
        members.values().stream()
                .filter(member -> member != leader)
                .forEach(other -> assertThat(other.group.status().firstIndex()).isEqualTo(1));
    }
}
