package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.vledger.api.disk.Disk;
import io.vledger.api.disk.DiskFile;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log in segment files. One write for each batch; readers go through an immutable view. See the package for invariants.
 */
public final class MmapLogStore implements LogStore {
    private static final Logger LOG = LoggerFactory.getLogger(MmapLogStore.class);
    /** The end of the log that was written a moment ago is in the page cache, whatever else the machine does. */
    private static final long HOT_BYTES = 64L << 20;

    private final Disk disk;
    private final Addressing addressing;
    private final TwinFile manifestFile;
    private final Watermark watermark;
    private final Recovery recovery;
    private final TrustedBytes trusted;
    private volatile Consumer<DamagedRun> damageListener = run -> {};

    private volatile LogView view;
    // The rest belongs to the lane.
    private Manifest manifest;
    private boolean damagePending;
    private final UnsyncedBatches unsyncedBatches = new UnsyncedBatches();
    private boolean unsynced;
    /** What a full disk has kept from being finished; done before anything else. */
    private @Nullable Unfinished unfinished;

    private boolean directoryUnsynced;
    private @Nullable StoreException broken;

    /** Steps that can be repeated until all of them are done. */
    private interface Unfinished {
        void run() throws IOException;
    }

    private MmapLogStore(
            Disk disk,
            TwinFile manifestFile,
            Manifest manifest,
            Watermark watermark,
            LogView view,
            Recovery recovery,
            TrustedBytes trusted) {
        this.disk = disk;
        this.trusted = trusted;
        this.addressing = new Addressing(manifest.segmentBytes());
        this.manifestFile = manifestFile;
        this.manifest = manifest;
        this.watermark = watermark;
        this.view = view;
        this.recovery = recovery;
        this.damagePending = !recovery.damage().isEmpty();
    }

    /**
     * Opens and recovers the log of a manifest.
     *
     * @param nanos see {@link TrustedBytes#of}
     */
    static MmapLogStore open(
            Disk disk, TwinFile manifestFile, Manifest stored, boolean fresh, @Nullable LongSupplier nanos)
            throws StoreException {
        Watermark watermark = Watermark.open(disk);
        boolean done = false;
        try {
            Manifest manifest = stored;
            if (manifest.emptying()) {
                SegmentRemoval.removeAll(disk, watermark);
                manifest = manifest.withBase(manifest.base(), false);
                manifest.save(manifestFile);
            }
            LogRecovery found = new LogRecovery(
                    disk, new Addressing(manifest.segmentBytes()), manifest.base(), watermark.position());
            LogView view = found.run();
            Recovery recovery = new Recovery(fresh, found.torn(), found.damage(), found.scanned());
            if (recovery.damage().isEmpty()) {
                watermark.raise(view.end(), view.lastIndex(), view.lastTerm());
            }
            done = true;
            return new MmapLogStore(
                    disk, manifestFile, manifest, watermark, view, recovery, TrustedBytes.of(nanos, view.end()));
        } catch (IOException e) {
            throw Failures.of("opening it", "log", e);
        } finally {
            if (!done) {
                closeQuietly(watermark);
            }
        }
    }

    private static void closeQuietly(Watermark watermark) {
        try {
            watermark.close();
        } catch (IOException e) {
            LOG.debug("closing the watermark of a log that could not be opened", e);
        }
    }

    @Override
    public Addressing addressing() {
        return addressing;
    }

    @Override
    public LogBase base() {
        return view.base();
    }

    @Override
    public long lastIndex() {
        return view.lastIndex();
    }

    @Override
    public long endPosition() {
        return view.end();
    }

    @Override
    public List<TermRun> terms() {
        return view.terms();
    }

    @Override
    public Recovery recovery() {
        return recovery;
    }

    @Override
    public long hotPosition() {
        LogView now = view;
        return Math.max(now.base().position(), now.end() - HOT_BYTES);
    }

    @Override
    public List<SegmentInfo> segments() {
        LogView now = view;
        List<SegmentInfo> infos = new ArrayList<>(now.segments().length);
        for (int i = 0; i < now.segments().length; i++) {
            Segment segment = now.segments()[i];
            infos.add(new SegmentInfo(segment.position, segment.firstIndex, now.endOf(i)));
        }
        return infos;
    }

    @Override
    public LogBatch readBatch(long index, int maxBytes) throws StoreException {
        int bytes = maxBytes;
        while (true) {
            LogView now = view;
            try {
                return reader(now).readBatch(index, bytes);
            } catch (IOException e) {
                // A batch reaches past what was asked for: if only that was cut meanwhile, the rest is still to be had.
                boolean cut = view.cuts() != now.cuts();
                if (cut ? index > view.lastIndex() : bytes <= LogRecord.HEADER_BYTES) {
                    throw failed(now, "reading index " + index, e);
                }
                if (!cut) {
                    // Likewise if a later record is damaged: so it is met, and named, when it is the first.
                    bytes = LogRecord.HEADER_BYTES;
                }
            }
        }
    }

    @Override
    public void read(long position, int length, ByteBuf target) throws StoreException {
        LogView now = view;
        try {
            reader(now).read(position, length, target);
        } catch (IOException e) {
            throw failed(now, "reading position " + position, e);
        }
    }

    private LogReader reader(LogView of) {
        return new LogReader(addressing, of, trusted);
    }

    /** What a reader's failure means: if the log was cut meanwhile, that what it looked for is gone. */
    private StoreException failed(LogView seen, String doing, IOException e) {
        if (view.cuts() != seen.cuts()) {
            return new StoreException.OutOfRange("log: cut while " + doing);
        }
        StoreException failure = Failures.of(doing, "log", e);
        if (failure instanceof StoreException.Damaged damaged && damaged.run() != null) {
            damageListener.accept(damaged.run());
        }
        return failure;
    }

    @Override
    public void onDamage(Consumer<DamagedRun> listener) {
        damageListener = listener;
    }

    @Override
    public int repair(LogBatch entries) throws StoreException {
        checkWritable();
        try {
            return new LogRepair(addressing, view).run(entries);
        } catch (StoreException.Damaged refused) {
            throw refused;
        } catch (IOException e) {
            if (!unsyncedBatches.mayRepeat()) {
                throw broken(Failures.of("repairing " + entries, "log", e));
            }
            throw fullOrBroken("repairing " + entries, "log", e);
        }
    }

    @Override
    public void append(LogBatch batch) throws StoreException {
        checkWritable();
        finishUnfinished();
        LogView now = view;
        ByteBuf bytes = batch.bytes();
        long position = batch.position();
        boolean follows =
                position == now.end() || position == addressing.segmentStart(now.end()) + addressing.segmentBytes();
        if (batch.firstIndex() != now.lastIndex() + 1 || !follows) {
            throw new IllegalArgumentException(
                    batch + " does not follow index " + now.lastIndex() + ", position " + now.end());
        }
        boolean roll = now.segments().length == 0 || position - now.last().position >= addressing.segmentBytes();
        Segment segment = roll ? roll(now, position, batch.firstIndex()) : now.last();
        try {
            segment.file.write(position - segment.position, bytes);
        } catch (IOException e) {
            throw undo(segment, roll, now.end(), e);
        }
        unsynced = true;
        unsyncedBatches.written(batch);
        trusted.written(position, batch.endPosition());
        List<TermRun> terms = sample(batch, segment, now);
        segment.end(batch.endPosition());
        Segment[] segments = now.segments();
        if (roll) {
            segments = Arrays.copyOf(segments, segments.length + 1);
            segments[segments.length - 1] = segment;
        }
        view = new LogView(now.base(), segments, terms, batch.lastIndex(), batch.endPosition(), now.cuts());
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
            DiskFile file = disk.open(name, addressing.segmentBytes());
            boolean done = false;
            try {
                file.resize(0);
                file.resize(addressing.segmentBytes());
                done = true;
            } finally {
                if (!done) {
                    file.close();
                }
            }
            directoryUnsynced = true;
            return new Segment(position, firstIndex, file, new Samples(), position);
        } catch (IOException e) {
            throw fullOrBroken("creating it", name, e);
        }
    }

    /** Takes back what a failed append left behind. */
    private StoreException undo(Segment segment, boolean rolled, long end, IOException cause) {
        if (!Failures.isFull(cause)) {
            return broken(Failures.of("writing at position " + end, segment.fileName(), cause));
        }
        try {
            if (rolled) {
                segment.file.close();
                disk.delete(segment.fileName());
            } else {
                unfinished = () -> {
                    segment.file.resize(end - segment.position);
                    segment.file.resize(addressing.segmentBytes());
                    unsynced = true;
                };
                finishUnfinished();
            }
        } catch (IOException e) {
            return fullOrBroken("taking an unfinished write back", segment.fileName(), e);
        }
        return Failures.of("writing at position " + end, segment.fileName(), cause);
    }

    /** Finishes what a full disk has interrupted. */
    private void finishUnfinished() throws StoreException {
        Unfinished steps = unfinished;
        if (steps != null) {
            try {
                steps.run();
            } catch (IOException e) {
                throw fullOrBroken("finishing what a full disk interrupted", "log", e);
            }
            unfinished = null;
        }
    }

    @Override
    public void sync() throws StoreException {
        checkWritable();
        finishUnfinished();
        if (!unsynced && !directoryUnsynced) {
            return;
        }
        LogView now = view;
        String name = now.segments().length == 0 ? "log" : now.last().fileName();
        try {
            if (now.segments().length > 0) {
                unsyncedBatches.rewriteIfDoubtful(now.last());
                now.last().file.sync();
            }
            if (directoryUnsynced) {
                disk.syncDirectory("log");
            }
            watermark.raise(now.end(), now.lastIndex(), now.lastTerm());
        } catch (IOException e) {
            if (Failures.isFull(e) && unsyncedBatches.mayRepeat()) {
                throw Failures.of("syncing it", name, e);
            }
            // Never again: after a failed sync the kernel may have dropped the very pages, and report success next
            // time.
            throw broken(new StoreException(
                    name + ": could not be synced (" + e.getMessage() + "); check the disk, then restart this node",
                    e));
        }
        unsyncedBatches.synced();
        unsynced = false;
        directoryUnsynced = false;
    }

    /** Makes opening the log cheap from here on: all is durable, and samples and watermark say so durably. Lane only. */
    void checkpoint() throws StoreException {
        if (damagePending) {
            return;
        }
        sync();
        LogView now = view;
        try {
            if (now.segments().length > 0 && now.end() > now.last().position) {
                Segment last = now.last();
                last.samples.trySave(disk, last.position, now.end(), now.lastIndex());
            }
            watermark.sync();
        } catch (IOException e) {
            throw fullOrBroken("saving samples", "log", e);
        }
    }

    /**
     * Each step may be the last before a crash: first the watermark and the samples promise less, then files go from the end, then the
     * last one is cut. Where a full disk interrupts it, readers see the log as it was, or as it will be, and the rest is done before
     * anything else.
     */
    @Override
    public void truncateSuffix(long index) throws StoreException {
        checkWritable();
        finishUnfinished();
        LogView now = view;
        if (index > now.lastIndex()) {
            return;
        }
        if (index <= now.base().index()) {
            throw new IllegalArgumentException("index " + index + " is before the log's base " + now.base());
        }
        try {
            LogCut cut = LogCut.before(index, now, reader(now));
            lowerWatermark(cut.view());
            if (cut.inside()) {
                deleteSamples(cut.view().last());
            }
            show(cut.view());
            unfinished = () -> finishCut(now, cut);
            finishUnfinished();
        } catch (IOException e) {
            throw fullOrBroken("removing the entries from index " + index, "log", e);
        }
    }

    private void deleteSamples(Segment segment) throws IOException {
        String samples = Samples.fileOf(segment.position);
        if (disk.exists(samples)) {
            disk.delete(samples);
            disk.syncDirectory("log");
        }
    }

    /** Shows readers a log that was cut. */
    private void show(LogView cut) {
        view = cut;
        trusted.cut(cut.end());
        unsyncedBatches.cut(cut.lastIndex() + 1);
    }

    private void finishCut(LogView before, LogCut done) throws IOException {
        LogView cut = done.view();
        for (int i = before.segments().length - 1; i >= cut.segments().length; i--) {
            before.segments()[i].file.close();
            SegmentRemoval.remove(disk, before.segments()[i].position);
        }
        disk.syncDirectory("log");
        if (cut.segments().length > 0) {
            Segment last = cut.last();
            last.file.resize(cut.end() - last.position);
            last.file.resize(addressing.segmentBytes());
            unsyncedBatches.rewriteIfDoubtful(last);
            try {
                last.file.sync();
            } catch (IOException e) {
                if (Failures.isFull(e) && !unsyncedBatches.mayRepeat()) {
                    throw new IOException("a sync that found no room cannot be repeated", e);
                }
                throw e;
            }
        }
        unsyncedBatches.synced();
        directoryUnsynced = false;
        unsynced = false;
        watermark.raise(cut.end(), cut.lastIndex(), cut.lastTerm());
        if (done.inside()) {
            cut.last().samples.trySave(disk, cut.last().position, cut.end(), cut.lastIndex());
        }
    }

    private void lowerWatermark(LogView to) throws IOException {
        if (watermark.position() > to.end()) {
            watermark.lower(to.end(), to.lastIndex(), to.lastTerm());
        }
    }

    @Override
    public void dropPrefix(long index) throws StoreException {
        checkWritable();
        finishUnfinished();
        LogView now = view;
        int drop = 0;
        while (drop + 1 < now.segments().length && now.lastIndexOf(drop) < index) {
            drop++;
        }
        if (drop == 0) {
            return;
        }
        Segment first = now.segments()[drop];
        LogBase base = new LogBase(first.firstIndex - 1, now.termOf(first.firstIndex - 1), first.position);
        Manifest changed = manifest.withBase(base, false);
        save(changed);
        Segment[] kept = Arrays.copyOfRange(now.segments(), drop, now.segments().length);
        view = new LogView(base, kept, now.termsFrom(base), now.lastIndex(), now.end(), now.cuts() + 1);
        try {
            for (int i = 0; i < drop; i++) {
                now.segments()[i].file.close();
                SegmentRemoval.remove(disk, now.segments()[i].position);
            }
            disk.syncDirectory("log");
            watermark.sync();
        } catch (IOException e) {
            if (!Failures.isFull(e)) {
                throw broken(Failures.of("removing the entries before index " + index, "log", e));
            }
            LOG.warn("log: no room to delete segments before position {}; the next start does", base.position());
        }
    }

    private void save(Manifest changed) throws StoreException {
        try {
            changed.save(manifestFile);
        } catch (StoreException.DiskFull e) {
            throw e;
        } catch (StoreException e) {
            throw broken(e);
        }
        manifest = changed;
    }

    @Override
    public void reset(LogBase base) throws StoreException {
        if (broken != null) {
            throw broken;
        }
        if (base.position() != addressing.segmentStart(base.position())) {
            throw new IllegalArgumentException("a log cannot begin at position " + base.position());
        }
        save(manifest.withBase(base, true));
        LogView now = view;
        view = LogView.empty(base, now.cuts() + 1);
        trusted.cut(base.position());
        try {
            for (Segment segment : now.segments()) {
                segment.file.close();
            }
            SegmentRemoval.removeAll(disk, watermark);
        } catch (IOException e) {
            throw fullOrBroken("emptying it", "log", e);
        }
        save(manifest.withBase(base, false));
        unsyncedBatches.synced();
        unfinished = null;
        damagePending = false;
        unsynced = false;
        directoryUnsynced = false;
    }

    @Override
    public void setDamageAside() throws StoreException {
        if (damagePending) {
            if (broken != null) {
                throw broken;
            }
            setAside(view, recovery.damage());
            damagePending = false;
        }
    }

    @Override
    public void setDamageAside(DamagedRun run) throws StoreException {
        checkWritable();
        finishUnfinished();
        LogView now = view;
        try {
            LogCut cut = LogCut.before(run.firstIndex(), now, reader(now));
            show(cut.view());
            for (int i = cut.view().segments().length; i < now.segments().length; i++) {
                now.segments()[i].file.close();
            }
            setAside(cut.view(), run.what());
        } catch (IOException e) {
            throw fullOrBroken("setting damaged segments aside", "log", e);
        }
    }

    private void setAside(LogView kept, String damage) throws StoreException {
        try {
            List<String> aside = new DamageMover(disk, addressing).move(kept);
            lowerWatermark(kept);
            LOG.warn("{}; set aside: {}", damage, aside);
        } catch (IOException e) {
            throw fullOrBroken("setting damaged segments aside", "log", e);
        }
    }

    private void checkWritable() throws StoreException {
        if (broken != null) {
            throw broken;
        }
        if (damagePending) {
            throw new StoreException(recovery.damage() + "; the damage must be set aside before anything is written");
        }
    }

    private StoreException fullOrBroken(String doing, String file, IOException e) {
        StoreException failure = Failures.of(doing, file, e);
        return failure instanceof StoreException.DiskFull ? failure : broken(failure);
    }

    private StoreException broken(StoreException e) {
        broken = new StoreException(e.getMessage() + "; the log takes no more writes until the node is restarted", e);
        return e;
    }

    /** Closes the files; readers that still come are told that the range is gone. */
    void close() throws IOException {
        LogView now = view;
        broken = new StoreException("the log is closed");
        view = LogView.empty(now.base(), now.cuts() + 1);
        unsyncedBatches.synced();
        for (Segment segment : now.segments()) {
            segment.file.close();
        }
        watermark.close();
    }
}
