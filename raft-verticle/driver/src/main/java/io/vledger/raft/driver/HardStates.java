package io.vledger.raft.driver;

import io.vledger.api.store.HardState;
import io.vledger.api.store.HardState.Cause;
import io.vledger.api.store.HardState.Start;
import io.vledger.raft.MemberStart;
import io.vledger.raft.Raft;
import io.vledger.raft.SeenStart;
import io.vledger.raft.Standing;
import java.util.Map;
import java.util.TreeMap;

/** The core's state that a replica keeps durably, and what it announces of it to other members. Loop only. */
final class HardStates {
    /** How often a commit index that grew is saved by itself, so that a restart knows what must not be replaced. */
    private static final int COMMIT_INTERVAL_MS = 2_000;

    private final long startTerm;
    private final long startLastIndex;
    private HardState current;
    private long savedMs;

    /** @param lastIndex the end of the recovered log */
    HardStates(HardState recovered, long lastIndex) {
        this.current = recovered;
        this.startTerm = recovered.term();
        this.startLastIndex = lastIndex;
    }

    /** What the core starts from. */
    Raft.Memory memory(Standing standing) {
        Map<String, SeenStart> seen = new TreeMap<>();
        current.peers()
                .forEach((id, start) -> seen.put(id, new SeenStart(start.incarnation(), start.count(), start.run())));
        return new Raft.Memory(current.term(), current.vote(), current.incarnation(), standing, seen);
    }

    /** The start that this member announces when it connects. */
    MemberStart greeting() {
        Start start = current.start();
        return new MemberStart(current.incarnation(), start.count(), start.run(), startTerm, startLastIndex);
    }

    /** Whether the commit index should be saved again. */
    boolean due(Raft raft, long nowMs) {
        return nowMs - savedMs >= COMMIT_INTERVAL_MS && commit(raft) > current.commit();
    }

    /** The state to save now. */
    HardState next(Raft raft, long nowMs) {
        savedMs = nowMs;
        current = of(raft, current.bootId());
        return current;
    }

    /** The state to save once the log is whole without the page cache. */
    HardState last(Raft raft) {
        return of(raft, "");
    }

    /** The member's earlier state counts as lost: from here on it has another incarnation. */
    void startOver(long incarnation) {
        Start before = current.start();
        current = new HardState(
                current.term(),
                current.vote(),
                incarnation,
                false,
                Cause.OUTDATED,
                current.bootId(),
                current.commit(),
                new Start(incarnation, 1, before.run(), before.mark()),
                current.peers());
    }

    private HardState of(Raft raft, String bootId) {
        Map<String, Start> peers = new TreeMap<>();
        raft.seenStarts().forEach((id, seen) -> {
            if (peers.size() < HardState.PEERS_MAX) {
                peers.put(id, new Start(seen.incarnation(), seen.count(), seen.run(), ""));
            }
        });
        return new HardState(
                raft.term(),
                raft.vote(),
                raft.incarnation(),
                raft.standing() == Standing.VOTER,
                current.cause(),
                bootId,
                commit(raft),
                current.start(),
                peers);
    }

    /** No further than the log is durable: a log that is found to end before it is not the one that was written. */
    private static long commit(Raft raft) {
        return Math.min(raft.commitIndex(), raft.syncedIndex());
    }
}
