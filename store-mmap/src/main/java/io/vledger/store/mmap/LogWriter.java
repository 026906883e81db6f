package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.vledger.api.disk.DiskFile;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore.TermRun;
import io.vledger.api.store.StoreException;
import io.vledger.store.common.LogEnd;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes at the end of a log, and makes what was written durable. One write for each batch. Lane only. */
final class LogWriter {
    private final SegmentedLog log;

    LogWriter(SegmentedLog log) {
        this.log = log;
    }

    /** Writes a batch that follows the log's end. */
    void append(LogBatch batch) throws StoreException {
        log.checkWritable();
        log.finishUnfinished();
        LogView now = log.view();
        ByteBuf bytes = batch.bytes();
        long position = batch.position();
        LogEnd.requireFollows(batch, now.lastIndex(), now.end(), log.addressing);
        boolean roll = now.segments().length == 0 || position - now.last().position >= log.addressing.segmentBytes();
        Segment segment = roll ? roll(now, position, batch.firstIndex()) : now.last();
        try {
            segment.file.write(position - segment.position, bytes);
        } catch (IOException e) {
            throw undo(segment, roll, now.end(), e);
        }
        log.unsynced = true;
        log.unsyncedBatches.written(batch);
        log.trusted.written(position, batch.endPosition());
        List<TermRun> terms = sample(batch, segment, now);
        segment.end(batch.endPosition());
        Segment[] segments = now.segments();
        if (roll) {
            segments = Arrays.copyOf(segments, segments.length + 1);
            segments[segments.length - 1] = segment;
        }
        log.show(new LogView(now.base(), segments, terms, batch.lastIndex(), batch.endPosition(), now.cuts()));
    }

    private static List<TermRun> sample(LogBatch batch, Segment segment, LogView now) {
        long last = batch.lastIndex();
        long lastTerm = batch.termAt(last);
        if (lastTerm == now.lastTerm()
                && !segment.samples.wants(batch.position(), lastTerm)
                && !segment.samples.wants(batch.endPosition(), lastTerm)) {
            return now.terms();
        }
        List<TermRun> terms = now.terms();
        long term = now.lastTerm();
        for (long index = batch.firstIndex(); index <= last; index++) {
            long ofThis = batch.termAt(index);
            segment.samples.offer(index, batch.positionAt(index), ofThis);
            if (ofThis != term) {
                terms = new ArrayList<>(terms);
                terms.add(new TermRun(index, ofThis));
                term = ofThis;
            }
        }
        return terms;
    }

    /** Syncs the last segment, which thereby is complete, and begins the next. */
    private Segment roll(LogView now, long position, long firstIndex) throws StoreException {
        if (now.segments().length > 0) {
            checkpoint();
        }
        String name = Segment.fileOf(position);
        try {
            DiskFile file = log.disk.open(name, log.addressing.segmentBytes());
            boolean done = false;
            try {
                file.resize(0);
                file.resize(log.addressing.segmentBytes());
                done = true;
            } finally {
                if (!done) {
                    file.close();
                }
            }
            log.directoryUnsynced = true;
            return new Segment(position, firstIndex, file, new Samples(), position);
        } catch (IOException e) {
            throw log.fullOrBroken("creating it", name, e);
        }
    }

    /** Takes back what a failed append left behind. */
    private StoreException undo(Segment segment, boolean rolled, long end, IOException cause) {
        if (!Failures.isFull(cause)) {
            return log.broken(Failures.of("writing at position " + end, segment.fileName(), cause));
        }
        try {
            if (rolled) {
                segment.file.close();
                log.disk.delete(segment.fileName());
            } else {
                log.unfinished = () -> {
                    segment.file.resize(end - segment.position);
                    segment.file.resize(log.addressing.segmentBytes());
                    log.unsynced = true;
                };
                log.finishUnfinished();
            }
        } catch (IOException e) {
            return log.fullOrBroken("taking an unfinished write back", segment.fileName(), e);
        }
        return Failures.of("writing at position " + end, segment.fileName(), cause);
    }

    /** Makes everything written durable. */
    void sync() throws StoreException {
        log.checkWritable();
        log.finishUnfinished();
        if (!log.unsynced && !log.directoryUnsynced) {
            return;
        }
        LogView now = log.view();
        try {
            if (now.segments().length > 0) {
                log.unsyncedBatches.rewriteIfDoubtful(now.last());
                now.last().file.sync();
            }
            if (log.directoryUnsynced) {
                log.disk.syncDirectory("log");
            }
            log.watermark.raise(now.end(), now.lastIndex(), now.lastTerm());
        } catch (IOException e) {
            String name = now.segments().length == 0 ? "log" : now.last().fileName();
            if (Failures.isFull(e) && log.unsyncedBatches.mayRepeat()) {
                throw Failures.of("syncing it", name, e);
            }
            // Never again: the kernel may have dropped the very pages, and would report success next time.
            throw log.broken(new StoreException(
                    name + ": could not be synced (" + e.getMessage() + "); check the disk, then restart this node",
                    e));
        }
        log.unsyncedBatches.synced();
        log.unsynced = false;
        log.directoryUnsynced = false;
    }

    /** Makes opening the log cheap from here on: all is durable, and samples and watermark say so durably. Lane only. */
    void checkpoint() throws StoreException {
        if (log.damagePending) {
            return;
        }
        sync();
        LogView now = log.view();
        try {
            if (now.segments().length > 0 && now.end() > now.last().position) {
                Segment last = now.last();
                last.samples.trySave(log.disk, last.position, now.end(), now.lastIndex());
            }
            log.watermark.sync();
        } catch (IOException e) {
            throw log.fullOrBroken("saving samples", "log", e);
        }
    }
}
