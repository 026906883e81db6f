package io.vledger.raft.driver.verticle;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Readiness;
import io.vledger.api.store.Durability;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What members say of themselves and of others, with real sockets, threads and files. */
class ReadinessTest {
    private static final int ENTRY_BYTES = 32 << 10;

    @TempDir
    Path directory;

    private final LocalMembers group = new LocalMembers(3);
    private final Map<String, String> peers = group.peers;
    private final Map<String, LocalMember> members = group.running;

    @AfterEach
    void stopAll() throws Exception {
        group.stopAll();
    }

    private LocalMember start(String id) throws Exception {
        LocalMember member = new LocalMember(id, directory.resolve(id), peers, Durability.SYNC, 8 << 20);
        members.put(id, member);
        return member;
    }

    private static boolean ready(LocalMember member) {
        return Readiness.whyNotReady(member.group.status()).isEmpty();
    }

    private static boolean needed(LocalMember member) {
        return !Readiness.whyNeeded(member.group.status()).isEmpty();
    }

    private static void proposeLarge(LocalMember leader, int count) throws Exception {
        for (int i = 0; i < count; i++) {
            CompletableFuture<Boolean> outcome = new CompletableFuture<>();
            leader.group.execute(() -> {
                byte[] large = new byte[ENTRY_BYTES];
                if (leader.group.propose(
                                LocalMember.KIND,
                                (short) 1,
                                Unpooled.wrappedBuffer(large),
                                refusal -> outcome.complete(refusal == null))
                        != null) {
                    outcome.complete(false);
                }
            });
            assertThat(outcome.get(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void allAreReadyAndEachMayBeStoppedWhileAllAreInSyncAndNoneWhileOneLags() throws Exception {
        for (String id : peers.keySet()) {
            start(id);
        }
        LocalMember leader = group.leader();
        group.await("all are ready", () -> members.values().stream().allMatch(ReadinessTest::ready));
        group.await("each may be stopped", () -> members.values().stream().noneMatch(ReadinessTest::needed));

        String gone = leader.group.node().equals("n2") ? "n1" : "n2";
        group.stop(gone);
        group.await("the two others are needed", () -> members.values().stream().allMatch(ReadinessTest::needed));
        assertThat(members.values()).allMatch(ReadinessTest::ready);

        proposeLarge(leader, 200);
        LocalMember back = start(gone);
        // From its first status on: it must never call itself ready with entries missing that the leader had committed.
        long had = leader.group.status().commitIndex();
        group.await("it is ready again", () -> {
            GroupStatus status = back.group.status();
            boolean isReady = Readiness.whyNotReady(status).isEmpty();
            assertThat(!isReady || status.appliedIndex() >= had)
                    .as("ready at %d of %d", status.appliedIndex(), had)
                    .isTrue();
            return isReady;
        });
        assertThat(back.group.status().lag()).isBetween(0L, 10L);
        group.await("each may be stopped again", () -> members.values().stream().noneMatch(ReadinessTest::needed));
    }

    @Test
    void aFirstStartSaysForWhomItWaitsUntilAllAreThere() throws Exception {
        LocalMember n0 = start("n0");
        group.await("it names both", () -> n0.group
                .status()
                .reason()
                .equals("first start: all 3 members are needed, 1 is there; waiting for n1 (" + peers.get("n1")
                        + ": nobody listens there), n2 (" + peers.get("n2") + ": nobody listens there)"));
        LocalMember n1 = start("n1");
        group.await("both wait for the third", () -> List.of(n0, n1).stream()
                .allMatch(member -> member.group.status().firstStart() != null
                        && member.group.status().firstStart().missing().equals(List.of("n2"))));
        assertThat(ready(n0)).as("before it has waited long").isFalse();
        group.await("it has waited long enough to let the next one come", () -> ready(n0));
        assertThat(requireNonNull(n0.group.status().firstStart()).waitedMs())
                .isGreaterThanOrEqualTo(Readiness.FIRST_START_MS);
        assertThat(needed(n0)).isTrue();

        start("n2");
        group.leader();
        group.await("all are ready", () -> members.values().stream()
                .allMatch(member -> ready(member) && member.group.status().firstStart() == null));
        // A member that is emptied does not take the group for one that has never started.
        group.stop("n0");
        LocalMember emptied = new LocalMember("n0", directory.resolve("empty"), peers, Durability.SYNC, 8 << 20);
        members.put("n0", emptied);
        group.await("it is ready again", () -> {
            assertThat(!ready(emptied) || emptied.group.status().appliedIndex() > 0)
                    .isTrue();
            return ready(emptied);
        });
    }
}
