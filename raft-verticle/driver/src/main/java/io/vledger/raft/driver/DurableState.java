package io.vledger.raft.driver;

import io.vledger.api.store.HardState;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.StoreException;
import io.vledger.raft.Effects;
import io.vledger.raft.MemberStart;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this member keeps durably, log and hard state, as it will be once the lane has written everything that was submitted. Loop
 * only.
 */
final class DurableState {
    private static final Logger LOG = LoggerFactory.getLogger(DurableState.class);
    private static final int MAX_WRITES_UNDER_WAY = 2;

    private final MemberCore core;
    private final HardStates hardStates;
    private final BatchCache cache;
    private final Applier applier;
    private final Consumer<LaneTask> lane;
    private final BatchFit fit;
    private final LagBytes lags;
    private final AwaitedWrites awaited = new AwaitedWrites();
    private int writesUnderWay;
    private long endPosition;
    private long lastIndex;

    /**
     * The state as it was recovered.
     *
     * @param lane takes tasks for the lane
     */
    DurableState(MemberCore core, HardStates hardStates, BatchCache cache, Applier applier, Consumer<LaneTask> lane) {
        this.core = core;
        this.hardStates = hardStates;
        this.cache = cache;
        this.applier = applier;
        this.lane = lane;
        this.fit = new BatchFit(core.store(), cache);
        this.lags = new LagBytes(cache, core.store().log());
        this.endPosition = core.store().log().endPosition();
        this.lastIndex = core.store().log().lastIndex();
    }

    /** Position where the log ends. */
    long endPosition() {
        return endPosition;
    }

    /** Bytes of the log behind an index; -1 if the index is -1. */
    long bytesBehind(long index) {
        return lags.behind(index, lastIndex, endPosition);
    }

    /** Whether entries from a leader lie where this log continues. */
    boolean fits(LogBatch batch) {
        return fit.fits(batch, lastIndex, endPosition);
    }

    /** Whether enough writes are under way for more proposals to gather meanwhile. */
    boolean busy() {
        return writesUnderWay >= MAX_WRITES_UNDER_WAY;
    }

    /** The start that this member announces when it connects. */
    MemberStart greeting() {
        return hardStates.greeting();
    }

    /**
     * Submits hard state, truncation and entries of one turn as one task.
     *
     * @param send sends a message that may not leave before the hard state is durable
     */
    void save(Effects effects, Consumer<Effects.Outgoing> send) throws StoreException {
        LaneTask task = new LaneTask();
        if (effects.saveHardState() || hardStates.due(core.raft(), core.shell().nowMs())) {
            prepareHardState(task, effects.saveHardState());
        }
        if (effects.truncateFrom() > 0) {
            truncate(task, effects.truncateFrom());
        }
        if (!effects.sendAfterSave().isEmpty()) {
            Runnable before = task.done;
            task.done = () -> {
                before.run();
                effects.sendAfterSave().forEach(send);
            };
        }
        if (effects.append() instanceof BatchEntries entries) {
            LogBatch batch = entries.batch();
            LogBatch fresh = batch.firstIndex() > lastIndex ? batch.retain() : batch.from(lastIndex + 1);
            append(task, fresh);
            fresh.release();
        } else if (!task.isEmpty() || !effects.sendAfterSave().isEmpty()) {
            lane.accept(task);
        }
    }

    /** Appends a batch of this leader. */
    void append(LogBatch batch) {
        LaneTask task = new LaneTask();
        task.awaited = awaited;
        task.firstIndex = batch.firstIndex();
        append(task, batch);
    }

    /**
     * The loop is about to wait, if it has nothing else to do.
     *
     * @param gathering whether proposals wait until a write is done
     */
    void awaitWrites(boolean gathering) {
        awaited.update(core.raft(), gathering);
    }

    private void append(LaneTask task, LogBatch batch) {
        cache.append(batch);
        task.batches.add(batch.retain());
        endPosition = batch.endPosition();
        lastIndex = batch.lastIndex();
        long index = lastIndex;
        long generation = core.raft().logGeneration();
        writesUnderWay++;
        Runnable before = task.done;
        task.done = () -> {
            before.run();
            writesUnderWay--;
            applier.written(generation == core.raft().logGeneration() ? index : -1);
            core.guard().run(() -> core.raft().synced(generation, index));
            core.shell().requestTurn();
        };
        lane.accept(task);
    }

    /** @param wanted whether the core asked for it and must be notified when it is saved */
    private void prepareHardState(LaneTask task, boolean wanted) {
        task.hardState = hardStates.next(core.raft(), core.shell().nowMs());
        if (!wanted) {
            return;
        }
        long term = core.raft().term();
        task.done = () -> {
            core.guard().run(() -> core.raft().hardStateSaved(term, core.clock().nowMs()));
            core.shell().requestTurn();
        };
    }

    private void truncate(LaneTask task, long index) throws StoreException {
        LogBatch cached = cache.find(index);
        if (cached != null) {
            endPosition = cached.positionAt(index);
        } else {
            LogBatch stored = core.store().log().readBatch(index, 1);
            endPosition = stored.position();
            stored.release();
        }
        cache.truncate(index);
        lastIndex = index - 1;
        applier.truncated(index);
        task.truncateFrom = index;
        LOG.info("{}: entries from {} on are replaced by the leader's", core.group(), index);
    }

    /** The log was replaced by one that starts behind this base. */
    void replaced(LogBase base) {
        cache.clear();
        lastIndex = base.index();
        endPosition = base.position();
    }

    /** The member's earlier state counts as lost: from here on it has another incarnation. */
    void startOver(long incarnation) {
        hardStates.startOver(incarnation);
    }

    /** Submits the hard state of an orderly stop. */
    void saveLast() {
        LaneTask task = new LaneTask();
        HardState whole = hardStates.last(core.raft());
        // The lane has synced everything before this runs: the log needs no page cache to be whole.
        task.extra = () -> core.store().hardState().save(whole);
        lane.accept(task);
    }

    /** Releases what is kept in memory; nothing is appended after this. */
    void release() {
        cache.clear();
    }
}
