package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.api.disk.UnreadableException;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Rewrites records that are damaged, in place. What comes from a peer is believed as far as it fits: index, term and position
 * must be those of this log, and its records must fill exactly the room between two records whose places are known. A record that
 * is intact here is never overwritten. A crash half way leaves a record that is still damaged, or repaired. Lane only.
 */
final class LogRepair {
    /** The most that devices lose at once. */
    private static final int BLOCK_BYTES = 4096;

    private final Addressing addressing;
    private final LogView view;

    LogRepair(Addressing addressing, LogView view) {
        this.addressing = addressing;
        this.view = view;
    }

    /** Repairs durably; returns how many records were damaged. */
    int run(LogBatch entries) throws IOException {
        long first = entries.firstIndex();
        long last = entries.lastIndex();
        if (first <= view.base().index() || last > view.lastIndex()) {
            throw new StoreException.OutOfRange("log: " + entries + " is not in it any more");
        }
        int number = view.segmentOfIndex(first);
        Segment segment = view.segments()[number];
        int sample = segment.samples.atOrBefore(first);
        if (sample < 0 || segment.samples.index(sample) != first) {
            throw refused(entries, "its first entry is not one whose place is known");
        }
        boolean toTheEnd = last == view.lastIndexOf(number);
        boolean toASample = sample + 1 < segment.samples.count() && segment.samples.index(sample + 1) == last + 1;
        long end = toTheEnd ? view.endOf(number) : toASample ? segment.samples.position(sample + 1) : -1;
        if (end < 0 && followedBy(number, entries.endPosition(), last + 1)) {
            // Entries were appended since the damage was met.
            end = entries.endPosition();
        }
        if (entries.position() != segment.samples.position(sample) || entries.endPosition() != end) {
            throw refused(entries, "it does not fill the place that these entries have here");
        }
        for (long index = first; index <= last; index++) {
            if (entries.termAt(index) != view.termOf(index)) {
                throw refused(
                        entries,
                        "entry " + index + " has term " + entries.termAt(index) + ", here it is " + view.termOf(index));
            }
        }
        return rewrite(segment, entries, view.endOf(number));
    }

    /** Whether an intact record with an index lies at a position. */
    private boolean followedBy(int number, long position, long index) throws IOException {
        Segment segment = view.segments()[number];
        if (position >= view.endOf(number)) {
            return false;
        }
        try (RecordScan scan = new RecordScan(segment.file, segment.position, addressing.segmentBytes())) {
            return scan.recordAt(position) > 0 && scan.index() == index;
        }
    }

    private int rewrite(Segment segment, LogBatch entries, long endOfRecords) throws IOException {
        ByteBuf bytes = entries.bytes();
        List<Long> damaged = damaged(segment, entries);
        for (int from = 0, until; from < damaged.size(); from = until) {
            // Neighbours in one write: a sector that they share and the device has lost is replaced as a whole only.
            until = from + 1;
            while (until < damaged.size() && damaged.get(until) == damaged.get(until - 1) + 1) {
                until++;
            }
            long start = entries.positionAt(damaged.get(from));
            int at = bytes.readerIndex() + (int) (start - entries.position());
            long end = endOf(entries, damaged.get(until - 1));
            ByteBuf whole = bytes.slice(at, (int) (end - start));
            if (end == endOfRecords) {
                // Zeros follow, and share a sector with the last record.
                long behind = Math.min(-end & BLOCK_BYTES - 1, segment.file.length() - (end - segment.position));
                whole = Unpooled.wrappedBuffer(whole, Unpooled.buffer().writeZero((int) behind));
            }
            segment.file.write(start - segment.position, whole);
        }
        if (!damaged.isEmpty()) {
            segment.file.sync();
        }
        return damaged.size();
    }

    /** Where a record of a batch ends, its padding included. */
    private static long endOf(LogBatch entries, long index) {
        ByteBuf bytes = entries.bytes();
        long start = entries.positionAt(index);
        int at = bytes.readerIndex() + (int) (start - entries.position());
        return start + Addressing.align(LogRecord.length(bytes, at));
    }

    /** The entries that are not here as they are in a batch. */
    private static List<Long> damaged(Segment segment, LogBatch entries) throws IOException {
        ByteBuf bytes = entries.bytes();
        ByteBuf here = ByteBufAllocator.DEFAULT.directBuffer();
        try {
            List<Long> damaged = new ArrayList<>();
            for (long index = entries.firstIndex(); index <= entries.lastIndex(); index++) {
                long start = entries.positionAt(index);
                int there = bytes.readerIndex() + (int) (start - entries.position());
                if (!isReadable(segment, start, (int) (endOf(entries, index) - start), here)) {
                    damaged.add(index);
                    continue;
                }
                if (ByteBufUtil.equals(here, 0, bytes, there, LogRecord.length(bytes, there))) {
                    continue;
                }
                if (intactHere(here, 0, index)) {
                    throw refused(entries, "entry " + index + " is intact here, and another one there");
                }
                damaged.add(index);
            }
            return damaged;
        } finally {
            here.release();
        }
    }

    private static boolean isReadable(Segment segment, long position, int bytes, ByteBuf target) throws IOException {
        target.clear();
        try {
            segment.file.read(position - segment.position, bytes, target);
            return true;
        } catch (UnreadableException e) {
            return false;
        }
    }

    private static boolean intactHere(ByteBuf here, int at, long index) {
        int length = LogRecord.length(here, at);
        return LogRecord.plausibleLength(length)
                && length <= here.writerIndex() - at
                && LogRecord.intact(here, at, length)
                && LogRecord.index(here, at) == index;
    }

    private static StoreException.Damaged refused(LogBatch entries, String why) {
        return new StoreException.Damaged("log: " + entries + " cannot replace what is damaged here: " + why);
    }
}
