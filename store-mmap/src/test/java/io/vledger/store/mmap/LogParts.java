package io.vledger.store.mmap;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.StoreException;
import io.vledger.testkit.SimDisk;
import java.util.List;

/** The parts of an empty log over a simulated disk, and batches that fill it. */
final class LogParts {
    static final long SEGMENT_BYTES = 4096;
    static final Addressing ADDRESSING = new Addressing(SEGMENT_BYTES);

    final SimDisk disk = new SimDisk();
    final Watermark watermark;
    final SegmentedLog log;
    final LogWriter writer;
    final LogCutter cutter;

    LogParts() throws StoreException {
        this("");
    }

    /** @param damage what opening found damaged; empty if nothing */
    LogParts(String damage) throws StoreException {
        watermark = Watermark.open(disk);
        log = new SegmentedLog(
                disk,
                new DoubleWriteFile(disk, Manifest.FILE),
                new Manifest("n0", "g", SEGMENT_BYTES, LogBase.EMPTY, false),
                watermark,
                LogView.empty(LogBase.EMPTY, 0),
                TrustedBytes.of(null, 0),
                damage);
        writer = new LogWriter(log);
        cutter = new LogCutter(log);
    }

    /** One entry of a term, with so many bytes of payload, where the log continues. */
    LogBatch next(long term, int bytes) {
        long position = ADDRESSING.place(log.view().end(), LogRecord.HEADER_BYTES + bytes);
        LogBatch.Builder builder =
                new LogBatch.Builder(ADDRESSING, position, UnpooledByteBufAllocator.DEFAULT, bytes + 64);
        builder.open();
        builder.buffer().writeZero(bytes);
        builder.close((byte) 16, (short) 1, log.view().lastIndex() + 1, term);
        return builder.build();
    }

    /** Appends one entry. */
    void append(long term, int bytes) throws StoreException {
        LogBatch batch = next(term, bytes);
        try {
            writer.append(batch);
        } finally {
            batch.release();
        }
    }

    /** Entries of 1000 bytes, three of which fill a segment. */
    LogParts filled(int count) throws StoreException {
        for (int i = 0; i < count; i++) {
            append(1 + i / 4, 1_000);
        }
        writer.sync();
        return this;
    }

    List<String> segmentFiles() {
        return disk.names().stream().filter(name -> name.matches("log/\\d+")).toList();
    }
}
