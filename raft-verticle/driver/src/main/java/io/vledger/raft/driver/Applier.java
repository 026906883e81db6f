package io.vledger.raft.driver;

import io.vledger.api.group.Completion;
import io.vledger.api.group.ContradictionException;
import io.vledger.api.group.EntryKind;
import io.vledger.api.group.Refusal;
import io.vledger.api.group.StateMachine;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.SnapshotStore.Snapshot;
import io.vledger.api.store.StoreException;
import java.util.ArrayList;
import java.util.PriorityQueue;

/**
 * Gives committed entries to the state machine, in order, once they are also written here, so that whatever the state machine
 * points at can be read. Loop only.
 */
final class Applier {
    private static final int READ_BYTES = 1 << 20;
    private static final long BUDGET_BYTES = 4L << 20;

    /** Why applying stopped. */
    enum Pause {
        /** There is nothing more. */
        DONE,
        /** Enough for one turn. */
        BUDGET,
        /** The next entry is damaged here; a repair is under way. */
        DAMAGED,
        /** The next entry starts a segment, which {@link #passSegmentEnd} must allow. */
        SEGMENT_END,
        /** The next entry contradicts the state, and its leadership is not over; see {@link Contradictions}. */
        CONTRADICTION
    }

    /** Entries that belong to Raft, not to the state machine. */
    interface RaftEntries {
        void membersApplied(MemberList list);

        void dropPrefixApplied(long index);
    }

    private record WaitingRead(long index, Completion completion) {}

    private final GroupStore store;
    private final StateMachine machine;
    private final BatchCache cache;
    private final RaftEntries raftEntries;
    private final Contradictions contradictions;
    private final Addressing addressing;
    private final PriorityQueue<WaitingRead> reads = new PriorityQueue<>((a, b) -> Long.compare(a.index(), b.index()));
    private MemberList members;
    private long applied;
    private long appliedTerm;
    private long endPosition;
    private long segment;
    private long nextSegment;
    private long written;

    Applier(
            GroupStore store,
            StateMachine machine,
            BatchCache cache,
            Snapshot from,
            MemberList members,
            RaftEntries raftEntries,
            Contradictions contradictions) {
        this.store = store;
        this.machine = machine;
        this.cache = cache;
        this.members = members;
        this.raftEntries = raftEntries;
        this.contradictions = contradictions;
        this.addressing = store.log().addressing();
        this.applied = from.index();
        this.appliedTerm = from.term();
        this.endPosition = from.position();
        this.segment = addressing.segmentStart(from.position());
        this.written = store.log().lastIndex();
        raftEntries.membersApplied(members);
    }

    long applied() {
        return applied;
    }

    /**
     * The applied state as a checkpoint.
     *
     * @param position where the next entry starts
     */
    Snapshot appliedUpTo(long position) {
        return new Snapshot(applied, appliedTerm, position);
    }

    /** Where the entry after the applied ones may start. */
    long endPosition() {
        return endPosition;
    }

    MemberList members() {
        return members;
    }

    long writtenIndex() {
        return written;
    }

    /** After {@link Pause#SEGMENT_END}: where the next segment starts. */
    long nextSegment() {
        return nextSegment;
    }

    /** Lets applying continue with the next segment. */
    void passSegmentEnd() {
        segment = nextSegment;
    }

    /** The lane has written up to an index; -1 if that write was overtaken by a truncation. */
    void written(long index) {
        written = Math.max(written, index);
    }

    /** Entries from an index on are replaced. */
    void truncated(long index) {
        if (index <= applied) {
            throw new IllegalStateException("applied entry " + index + " would be truncated");
        }
        written = Math.min(written, index - 1);
    }

    /** The state was replaced by the one at a base. */
    void reset(LogBase base, MemberList list) {
        applied = base.index();
        appliedTerm = base.term();
        endPosition = base.position();
        segment = addressing.segmentStart(base.position());
        written = base.index();
        members = list;
        contradictions.replaced();
        raftEntries.membersApplied(list);
    }

    /** Whether the state is one that a checkpoint may save: not that of the middle of an entry. */
    boolean whole() {
        return !contradictions.amidEntry();
    }

    /** Applies committed entries up to an index, as far as they are written. */
    Pause applyUpTo(long commit) throws StoreException {
        long limit = Math.min(commit, written);
        if (applied >= limit) {
            return Pause.DONE;
        }
        long before = applied;
        long budget = BUDGET_BYTES;
        Pause pause = Pause.DONE;
        while (applied < limit && pause == Pause.DONE) {
            LogBatch cached = cache.find(applied + 1);
            LogBatch batch;
            try {
                batch = cached != null ? cached.retain() : store.log().readBatch(applied + 1, READ_BYTES);
            } catch (StoreException.Damaged e) {
                if (e.run() == null) {
                    throw e;
                }
                pause = Pause.DAMAGED;
                break;
            }
            try {
                pause = apply(batch, limit);
                budget -= batch.byteCount();
            } finally {
                batch.release();
            }
            if (budget <= 0 && applied < limit && pause == Pause.DONE) {
                pause = Pause.BUDGET;
            }
        }
        if (applied > before) {
            machine.applied(applied);
            while (!reads.isEmpty() && reads.peek().index() <= applied) {
                Completions.complete(reads.poll().completion(), null);
            }
        }
        return pause;
    }

    private Pause apply(LogBatch batch, long limit) {
        long last = Math.min(limit, batch.lastIndex());
        Pause pause = Pause.DONE;
        long start = addressing.segmentStart(batch.position());
        if (start != segment) {
            nextSegment = start;
            return Pause.SEGMENT_END;
        }
        for (long index = applied + 1; index <= last; index++) {
            byte kind = batch.kindAt(index);
            if (kind < EntryKind.FIRST_APPLICATION_KIND) {
                applyOwn(batch, index, kind, batch.payloadVersionAt(index));
            } else if (!applyToMachine(batch, index, kind)) {
                pause = Pause.CONTRADICTION;
                break;
            }
            applied = index;
            appliedTerm = batch.termAt(index);
            endPosition = index == batch.lastIndex() ? batch.endPosition() : batch.positionAt(index + 1);
        }
        return pause;
    }

    /** Whether it was applied, or what of it fits. */
    private boolean applyToMachine(LogBatch batch, long index, byte kind) {
        long term = batch.termAt(index);
        boolean over = contradictions.over(term);
        short version = batch.payloadVersionAt(index);
        long position = batch.positionAt(index) + LogRecord.HEADER_BYTES;
        try {
            if (over) {
                machine.applyWhatFits(index, kind, version, position, batch.payloadAt(index));
            } else {
                machine.apply(index, kind, version, position, batch.payloadAt(index));
            }
        } catch (ContradictionException contradicts) {
            if (!over) {
                contradictions.found(index, kind, term, contradicts);
                return false;
            }
            contradictions.leftOut(index, kind, term, contradicts);
        } catch (RuntimeException cannotBeApplied) {
            throw new EntryNotAppliedException(index, kind, term, cannotBeApplied);
        }
        return true;
    }

    private void applyOwn(LogBatch batch, long index, byte kind, short version) {
        switch (kind) {
            case EntryKind.NOOP -> {}
            case EntryKind.MEMBERS -> {
                members = MemberList.decode(batch.payloadAt(index), version);
                raftEntries.membersApplied(members);
            }
            case EntryKind.DROP_PREFIX ->
                raftEntries.dropPrefixApplied(batch.payloadAt(index).readLong());
            default -> throw new IllegalStateException("entry " + index + " is of unknown kind " + kind);
        }
    }

    /** Calls back once an index is applied. */
    void whenApplied(long index, Completion completion) {
        if (index <= applied) {
            Completions.complete(completion, null);
        } else {
            reads.add(new WaitingRead(index, completion));
        }
    }

    /** This node does not lead any more: reads cannot be confirmed. */
    void failReads() {
        var failed = new ArrayList<>(reads);
        reads.clear();
        failed.forEach(read -> Completions.complete(read.completion(), Refusal.NOT_LEADER));
    }
}
