package io.vledger.store.mmap;

import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogStore.DamagedRun;
import io.vledger.api.store.StoreException;
import io.vledger.store.common.TermRuns;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes parts of a log: its end, its beginning, all of it, or what is damaged. Each step may be the last before a crash, and what a
 * full disk interrupts is finished before anything else. Lane only.
 */
final class LogCutter {
    private static final Logger LOG = LoggerFactory.getLogger(MmapLogStore.class);

    private final SegmentedLog log;

    LogCutter(SegmentedLog log) {
        this.log = log;
    }

    /**
     * Each step may be the last before a crash: first the watermark and the samples promise less, then files go from the end, then the
     * last one is cut. Where a full disk interrupts it, readers see the log as it was, or as it will be, and the rest is done before
     * anything else.
     */
    void truncateSuffix(long index) throws StoreException {
        log.checkWritable();
        log.finishUnfinished();
        LogView now = log.view();
        if (index > now.lastIndex()) {
            return;
        }
        if (index <= now.base().index()) {
            throw new IllegalArgumentException("index " + index + " is before the log's base " + now.base());
        }
        try {
            LogCut cut = LogCut.before(index, now, new LogReader(log.addressing, now, log.trusted));
            log.lowerWatermark(cut.view());
            if (cut.inside()) {
                deleteSamples(cut.view().last());
            }
            log.showCut(cut.view());
            log.unfinished = () -> finishCut(now, cut);
            log.finishUnfinished();
        } catch (IOException e) {
            throw log.fullOrBroken("removing the entries from index " + index, "log", e);
        }
    }

    private void deleteSamples(Segment segment) throws IOException {
        String samples = Samples.fileOf(segment.position);
        if (log.disk.exists(samples)) {
            log.disk.delete(samples);
            log.disk.syncDirectory("log");
        }
    }

    private void finishCut(LogView before, LogCut done) throws IOException {
        LogView cut = done.view();
        for (int i = before.segments().length - 1; i >= cut.segments().length; i--) {
            before.segments()[i].file.close();
            SegmentRemoval.remove(log.disk, before.segments()[i].position);
        }
        log.disk.syncDirectory("log");
        if (cut.segments().length > 0) {
            Segment last = cut.last();
            last.file.resize(cut.end() - last.position);
            last.file.resize(log.addressing.segmentBytes());
            log.unsyncedBatches.rewriteIfDoubtful(last);
            try {
                last.file.sync();
            } catch (IOException e) {
                if (Failures.isFull(e) && !log.unsyncedBatches.mayRepeat()) {
                    throw new IOException("a sync that found no room cannot be repeated", e);
                }
                throw e;
            }
        }
        log.unsyncedBatches.synced();
        log.directoryUnsynced = false;
        log.unsynced = false;
        log.watermark.raise(cut.end(), cut.lastIndex(), cut.lastTerm());
        if (done.inside()) {
            cut.last().samples.trySave(log.disk, cut.last().position, cut.end(), cut.lastIndex());
        }
    }

    /** Removes whole segments of which all entries are below an index. */
    void dropPrefix(long index) throws StoreException {
        log.checkWritable();
        log.finishUnfinished();
        LogView now = log.view();
        int drop = 0;
        while (drop + 1 < now.segments().length && now.lastIndexOf(drop) < index) {
            drop++;
        }
        if (drop == 0) {
            return;
        }
        Segment first = now.segments()[drop];
        LogBase base = new LogBase(first.firstIndex - 1, now.termOf(first.firstIndex - 1), first.position);
        Manifest changed = log.manifest().withBase(base, false);
        log.save(changed);
        Segment[] kept = Arrays.copyOfRange(now.segments(), drop, now.segments().length);
        log.show(new LogView(base, kept, TermRuns.from(now.terms(), base), now.lastIndex(), now.end(), now.cuts() + 1));
        try {
            for (int i = 0; i < drop; i++) {
                now.segments()[i].file.close();
                SegmentRemoval.remove(log.disk, now.segments()[i].position);
            }
            log.disk.syncDirectory("log");
            log.watermark.sync();
        } catch (IOException e) {
            if (!Failures.isFull(e)) {
                throw log.broken(Failures.of("removing the entries before index " + index, "log", e));
            }
            LOG.warn("log: no room to delete segments before position {}; the next start does", base.position());
        }
    }

    /** Removes everything; the log continues from a base. */
    void reset(LogBase base) throws StoreException {
        log.requireNotBroken();
        if (base.position() != log.addressing.segmentStart(base.position())) {
            throw new IllegalArgumentException("a log cannot begin at position " + base.position());
        }
        log.save(log.manifest().withBase(base, true));
        LogView now = log.view();
        log.show(LogView.empty(base, now.cuts() + 1));
        log.trusted.cut(base.position());
        try {
            for (Segment segment : now.segments()) {
                segment.file.close();
            }
            SegmentRemoval.removeAll(log.disk, log.watermark);
        } catch (IOException e) {
            throw log.fullOrBroken("emptying it", "log", e);
        }
        log.save(log.manifest().withBase(base, false));
        log.unsyncedBatches.synced();
        log.unfinished = null;
        log.damagePending = false;
        log.unsynced = false;
        log.directoryUnsynced = false;
    }

    /** Sets aside what opening found damaged. */
    void setDamageAside() throws StoreException {
        if (log.damagePending) {
            log.requireNotBroken();
            setAside(log.view(), log.damage());
            log.damagePending = false;
        }
    }

    void setDamageAside(DamagedRun run) throws StoreException {
        log.checkWritable();
        log.finishUnfinished();
        LogView now = log.view();
        try {
            LogCut cut = LogCut.before(run.firstIndex(), now, new LogReader(log.addressing, now, log.trusted));
            log.showCut(cut.view());
            for (int i = cut.view().segments().length; i < now.segments().length; i++) {
                now.segments()[i].file.close();
            }
            setAside(cut.view(), run.what());
        } catch (IOException e) {
            throw log.fullOrBroken("setting damaged segments aside", "log", e);
        }
    }

    private void setAside(LogView kept, String damage) throws StoreException {
        try {
            List<String> aside = new DamageMover(log.disk, log.addressing).move(kept);
            log.lowerWatermark(kept);
            LOG.warn("{}; set aside: {}", damage, aside);
        } catch (IOException e) {
            throw log.fullOrBroken("setting damaged segments aside", "log", e);
        }
    }
}
