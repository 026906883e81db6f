package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.vledger.api.disk.Disk;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
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

    private final SegmentedLog log;
    private final LogWriter writer;
    private final LogCutter cutter;
    private final Recovery recovery;
    private volatile Consumer<DamagedRun> damageListener = run -> {};

    private MmapLogStore(SegmentedLog log, Recovery recovery) {
        this.log = log;
        this.writer = new LogWriter(log);
        this.cutter = new LogCutter(log);
        this.recovery = recovery;
    }

    /**
     * Opens and recovers the log of a manifest.
     *
     * @param nanos see {@link TrustedBytes#of}
     */
    static MmapLogStore open(
            Disk disk, DoubleWriteFile manifestFile, Manifest stored, boolean fresh, @Nullable LongSupplier nanos)
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
            TrustedBytes trusted = TrustedBytes.of(nanos, view.end());
            return new MmapLogStore(
                    new SegmentedLog(disk, manifestFile, manifest, watermark, view, trusted, recovery.damage()),
                    recovery);
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
        return log.addressing;
    }

    @Override
    public LogBase base() {
        return log.view().base();
    }

    @Override
    public long lastIndex() {
        return log.view().lastIndex();
    }

    @Override
    public long endPosition() {
        return log.view().end();
    }

    @Override
    public List<TermRun> terms() {
        return log.view().terms();
    }

    @Override
    public Recovery recovery() {
        return recovery;
    }

    @Override
    public long hotPosition() {
        LogView now = log.view();
        return Math.max(now.base().position(), now.end() - HOT_BYTES);
    }

    @Override
    public List<SegmentInfo> segments() {
        LogView now = log.view();
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
            LogView now = log.view();
            try {
                return reader(now).readBatch(index, bytes);
            } catch (IOException e) {
                // A batch reaches past what was asked for: if only that was cut meanwhile, the rest is still to be had.
                boolean cut = log.view().cuts() != now.cuts();
                if (cut ? index > log.view().lastIndex() : bytes <= LogRecord.HEADER_BYTES) {
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
        LogView now = log.view();
        try {
            reader(now).read(position, length, target);
        } catch (IOException e) {
            throw failed(now, "reading position " + position, e);
        }
    }

    @Override
    public boolean show(long position, int length, Consumer<ByteBuf> viewer) throws StoreException {
        LogView now = log.view();
        try {
            return reader(now).show(position, length, viewer);
        } catch (IOException e) {
            throw failed(now, "looking at position " + position, e);
        }
    }

    private LogReader reader(LogView of) {
        return new LogReader(log.addressing, of, log.trusted);
    }

    /** What a reader's failure means: if the log was cut meanwhile, that what it looked for is gone. */
    private StoreException failed(LogView seen, String doing, IOException e) {
        if (log.view().cuts() != seen.cuts()) {
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
        log.checkWritable();
        try {
            return new LogRepair(log.addressing, log.view()).run(entries);
        } catch (StoreException.Damaged refused) {
            throw refused;
        } catch (IOException e) {
            if (!log.unsyncedBatches.mayRepeat()) {
                throw log.broken(Failures.of("repairing " + entries, "log", e));
            }
            throw log.fullOrBroken("repairing " + entries, "log", e);
        }
    }

    @Override
    public void append(LogBatch batch) throws StoreException {
        writer.append(batch);
    }

    @Override
    public void sync() throws StoreException {
        writer.sync();
    }

    /** Makes opening the log cheap from here on: all is durable, and samples and watermark say so durably. Lane only. */
    void checkpoint() throws StoreException {
        writer.checkpoint();
    }

    @Override
    public void truncateSuffix(long index) throws StoreException {
        cutter.truncateSuffix(index);
    }

    @Override
    public void dropPrefix(long index) throws StoreException {
        cutter.dropPrefix(index);
    }

    @Override
    public void reset(LogBase base) throws StoreException {
        cutter.reset(base);
    }

    @Override
    public void setDamageAside() throws StoreException {
        cutter.setDamageAside();
    }

    @Override
    public void setDamageAside(DamagedRun run) throws StoreException {
        cutter.setDamageAside(run);
    }

    /** Closes the files; reads that come later fail as out of range. */
    void close() throws IOException {
        log.close();
    }
}
