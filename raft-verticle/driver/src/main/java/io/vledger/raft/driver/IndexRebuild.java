package io.vledger.raft.driver;

import io.vledger.api.group.EntryKind;
import io.vledger.api.group.StateMachine;
import io.vledger.api.store.DerivedIndex;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.IndexSink;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.LogStore.SegmentInfo;
import io.vledger.api.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rebuilds parts of the derived indexes that turn out damaged while they are in use: reads the entries of the segment off the loop,
 * has the state machine index them again, and writes that on the lane. One segment at a time; readers of the
 * damaged part are refused meanwhile. A node that is killed before a part is written finds it damaged again, and rebuilds it again. Loop
 * only.
 */
final class IndexRebuild {
    private static final Logger LOG = LoggerFactory.getLogger(IndexRebuild.class);
    private static final int READ_BYTES = 512 << 10;
    private static final int RETRY_MS = 1_000;
    private static final int PROGRESS_ENTRIES = 100_000;

    private final String group;
    private final GroupStore store;
    private final StateMachine machine;
    private final Shell shell;
    private final Consumer<LaneTask> lane;
    private final LongSupplier applied;
    private final BooleanSupplier running;
    private final DamageMeter meter;
    /** What waits, by segment: what is wrong. */
    private final TreeMap<Long, String> waiting = new TreeMap<>();

    private boolean busy;

    IndexRebuild(
            String group,
            GroupStore store,
            StateMachine machine,
            Shell shell,
            Consumer<LaneTask> lane,
            LongSupplier applied,
            BooleanSupplier running,
            DamageMeter meter) {
        this.group = group;
        this.store = store;
        this.machine = machine;
        this.shell = shell;
        this.lane = lane;
        this.applied = applied;
        this.running = running;
        this.meter = meter;
    }

    /** Works from here on. */
    void listen() {
        store.queues().onDamage(this::found);
        store.keys().onDamage(this::found);
    }

    private void found(DerivedIndex.DamagedPart part) {
        if (waiting.putIfAbsent(part.segment(), part.what()) == null) {
            LOG.error("{}: {}. It is rebuilt from the log", group, part.what());
            meter.indexDamaged(waiting.size());
            // Not from within the read that met it.
            shell.execute(this::next);
        }
    }

    private void next() {
        if (busy || waiting.isEmpty() || !running.getAsBoolean()) {
            return;
        }
        long segment = waiting.firstKey();
        List<DerivedIndex.Rebuild> rebuilds = new ArrayList<>(2);
        add(rebuilds, store.queues().rebuild(segment));
        add(rebuilds, store.keys().rebuild(segment));
        SegmentInfo info = null;
        for (SegmentInfo each : store.log().segments()) {
            info = each.position() == segment ? each : info;
        }
        if (rebuilds.isEmpty() || info == null) {
            rebuilds.forEach(rebuild -> rebuild.end(false));
            over(segment);
            return;
        }
        busy = true;
        new Work(segment, info.firstIndex(), rebuilds).step();
    }

    private static void add(List<DerivedIndex.Rebuild> to, DerivedIndex.@Nullable Rebuild rebuild) {
        if (rebuild != null) {
            to.add(rebuild);
        }
    }

    private void over(long segment) {
        busy = false;
        waiting.remove(segment);
        meter.indexDamaged(waiting.size());
        next();
    }

    /** One segment. */
    private final class Work implements IndexSink {
        private final long segment;
        private final List<DerivedIndex.Rebuild> rebuilds;
        private long index;
        private long loggedIndex;

        Work(long segment, long firstIndex, List<DerivedIndex.Rebuild> rebuilds) {
            this.segment = segment;
            this.index = firstIndex;
            this.loggedIndex = firstIndex;
            this.rebuilds = rebuilds;
        }

        @Override
        public void unit(long queueKey, long queueOffset, long position, int size, long tagsCode) {
            rebuilds.forEach(rebuild -> rebuild.unit(queueKey, queueOffset, position, size, tagsCode));
        }

        @Override
        public void next(long queueKey, long position, int size, long tagsCode) {
            rebuilds.forEach(rebuild -> rebuild.next(queueKey, position, size, tagsCode));
        }

        @Override
        public void key(long keyHash, long position, long storeTimestamp) {
            rebuilds.forEach(rebuild -> rebuild.key(keyHash, position, storeTimestamp));
        }

        void step() {
            if (!running.getAsBoolean()) {
                end(false);
                return;
            }
            if (index > applied.getAsLong()) {
                write();
                return;
            }
            shell.<LogBatch>read(() -> store.log().readBatch(index, READ_BYTES), this::take);
        }

        private void take(@Nullable LogBatch batch, @Nullable Exception failure) {
            if (batch == null) {
                LOG.warn("{}: rebuilding an index is delayed: {}", group, String.valueOf(failure));
                end(false);
                shell.schedule(RETRY_MS, IndexRebuild.this::next);
                return;
            }
            boolean more;
            try {
                more = store.log().addressing().segmentStart(batch.position()) == segment;
                for (; more && index <= Math.min(batch.lastIndex(), applied.getAsLong()); index++) {
                    byte kind = batch.kindAt(index);
                    if (kind >= EntryKind.FIRST_APPLICATION_KIND) {
                        machine.index(
                                kind,
                                batch.payloadVersionAt(index),
                                batch.positionAt(index) + LogRecord.HEADER_BYTES,
                                batch.payloadAt(index),
                                this);
                    }
                }
            } finally {
                batch.release();
            }
            if (index - loggedIndex >= PROGRESS_ENTRIES) {
                loggedIndex = index;
                LOG.info("{}: rebuilding the index of segment {}: at entry {}", group, segment, index);
            }
            if (more) {
                step();
            } else {
                write();
            }
        }

        private void write() {
            @Nullable StoreException[] failure = new StoreException[1];
            LaneTask task = new LaneTask();
            task.extra = () -> {
                try {
                    for (DerivedIndex.Rebuild rebuild : rebuilds) {
                        rebuild.write();
                    }
                } catch (StoreException.DiskFull full) {
                    throw full;
                } catch (StoreException e) {
                    // Only an index: nothing is lost by it, and the next start rebuilds it.
                    failure[0] = e;
                }
            };
            task.done = () -> {
                StoreException why = failure[0];
                rebuilds.forEach(rebuild -> rebuild.end(why == null));
                if (why == null) {
                    meter.indexRebuilt();
                    LOG.warn("{}: rebuilt the damaged index of segment {} from the log", group, segment);
                } else {
                    LOG.error(
                            "{}: the index of segment {} cannot be rebuilt while it is in use: {}; the next start of this node"
                                    + " rebuilds it",
                            group,
                            segment,
                            why.getMessage());
                }
                over(segment);
            };
            lane.accept(task);
        }

        private void end(boolean written) {
            rebuilds.forEach(rebuild -> rebuild.end(written));
            busy = false;
        }
    }
}
