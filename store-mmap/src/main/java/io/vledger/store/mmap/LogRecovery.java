package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vledger.api.disk.Disk;
import io.vledger.api.disk.DiskFile;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogStore.TermRun;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what is in the log when it is opened. It reads what was written after the last checkpoint, and verifies each
 * record of that; older segments are trusted as far as their samples go.
 *
 * <p><b>Torn or damaged?</b> The log ends before the first record that is not intact. That is damage, and nothing is changed,
 * if the watermark says that more was durable; or if the bytes there are not what an unfinished write leaves behind, which
 * is at least one whole sector of zeros; or if a later segment holds a record, since a segment is synced before the next is
 * begun. Otherwise the rest had never been durable, and is cut. A later intact record in the same segment is no proof: sectors
 * of one unfinished write reach the disk in any order.
 */
final class LogRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(LogRecovery.class);

    private static final int REWRITE_BYTES = 256 << 10;

    private final Disk disk;
    private final Addressing addressing;
    private final LogBase base;
    private final List<Long> positions = new ArrayList<>();

    private final List<Segment> segments = new ArrayList<>();
    private final List<Segment> withoutSamples = new ArrayList<>();
    private final List<TermRun> terms = new ArrayList<>();
    private long end;
    private long lastIndex;
    private long lastTerm;
    private long durable;
    private long scanned;
    private long torn;
    private String damage = "";

    LogRecovery(Disk disk, Addressing addressing, LogBase base, long durable) {
        this.disk = disk;
        this.addressing = addressing;
        this.base = base;
        this.durable = durable;
        this.end = base.position();
        this.lastIndex = base.index();
        this.lastTerm = base.term();
        this.terms.add(new TermRun(base.index(), base.term()));
    }

    long scanned() {
        return scanned;
    }

    long torn() {
        return torn;
    }

    String damage() {
        return damage;
    }

    /** Recovers; after damage nothing on disk was changed. */
    LogView run() throws StoreException {
        boolean done = false;
        try {
            findSegments();
            scanSegments();
            // Samples may name terms of records that turned out not to be intact.
            terms.removeIf(run -> run.firstIndex() > lastIndex);
            if (damage.isEmpty()) {
                cut();
            }
            done = true;
        } catch (IOException e) {
            throw Failures.of("recovering it", "log", e);
        } finally {
            if (!done) {
                closeAll();
            }
        }
        return new LogView(base, segments.toArray(new Segment[0]), List.copyOf(terms), lastIndex, end, 0);
    }

    private void closeAll() {
        for (Segment segment : segments) {
            try {
                segment.file.close();
            } catch (IOException e) {
                LOG.debug("closing {} after recovery failed for another reason", segment.fileName(), e);
            }
        }
    }

    private void findSegments() throws IOException {
        for (String name : disk.list("log")) {
            if (name.endsWith(Blocks.UNFINISHED)) {
                disk.delete("log/" + name);
            } else if (Blocks.isPosition(name)) {
                long position = Long.parseLong(name);
                if (position < base.position()) {
                    // Retention was interrupted between the manifest and the file.
                    disk.delete(Samples.fileOf(position));
                    disk.delete("log/" + name);
                } else {
                    positions.add(position);
                }
            }
        }
        for (String name : disk.list("log")) {
            if (name.endsWith(".idx")
                    && Blocks.isPosition(name.substring(0, name.length() - 4))
                    && !disk.exists("log/" + name.substring(0, name.length() - 4))) {
                disk.delete("log/" + name);
            }
        }
    }

    private void scanSegments() throws IOException {
        long expected = base.position();
        for (int i = 0; i < positions.size(); i++) {
            long position = positions.get(i);
            if (position != expected) {
                damaged(expected, expected, "the segment is missing, later ones are there");
                return;
            }
            if (!scanSegment(i)) {
                return;
            }
            expected = position + addressing.segmentBytes();
        }
        if (durable > end && damage.isEmpty()) {
            damaged(
                    addressing.segmentStart(end),
                    end,
                    "it was durable up to position " + durable + ", the rest is gone");
        }
    }

    /** Scans one segment; false if the log ends in it or before it. */
    private boolean scanSegment(int number) throws IOException {
        long position = positions.get(number);
        boolean hasNext = number + 1 < positions.size();
        DiskFile file = disk.open(Segment.fileOf(position), addressing.segmentBytes());
        boolean kept = false;
        try (RecordScan scan = new RecordScan(file, position, addressing.segmentBytes())) {
            long firstIndex = lastIndex + 1;
            Samples samples = new Samples();
            long cursor = position;
            Samples.Saved saved = usableSamples(position);
            if (saved != null) {
                samples = saved.samples();
                cursor = resume(saved, hasNext);
            }
            cursor = follow(scan, samples, cursor);
            boolean any = samples.count() > 0 && cursor > position;
            if (any) {
                Segment segment = new Segment(position, firstIndex, file, samples, cursor);
                segments.add(segment);
                kept = true;
                end = cursor;
                if (saved == null) {
                    withoutSamples.add(segment);
                }
            }
            boolean more = any && hasNext && scan.virgin(cursor);
            if (!more) {
                judge(scan, position, cursor, number);
            }
            scanned += scan.scanned();
            return more;
        } finally {
            if (!kept) {
                file.close();
            }
        }
    }

    private Samples.@Nullable Saved usableSamples(long position) throws StoreException {
        Samples.Saved saved = Samples.load(disk, position, addressing.segmentBytes());
        if (saved == null
                || saved.samples().index(0) != lastIndex + 1
                || saved.samples().term(0) < lastTerm) {
            return null;
        }
        return saved;
    }

    /** Takes over what samples tell; returns where to go on scanning. */
    private long resume(Samples.Saved saved, boolean sealed) {
        Samples samples = saved.samples();
        for (int i = 0; i < samples.count(); i++) {
            noteTerm(samples.index(i), samples.term(i));
        }
        durable = Math.max(durable, saved.coveredEnd());
        if (sealed) {
            lastIndex = saved.coveredLastIndex();
            return saved.coveredEnd();
        }
        // Look at the last records that the samples cover too: they must be what the samples say.
        int last = samples.count() - 1;
        lastIndex = samples.index(last) - 1;
        return samples.position(last);
    }

    private void noteTerm(long index, long term) {
        if (term != lastTerm) {
            terms.add(new TermRun(index, term));
            lastTerm = term;
        }
    }

    private long follow(RecordScan scan, Samples samples, long from) throws IOException {
        long cursor = from;
        while (true) {
            int length = scan.recordAt(cursor);
            if (length == 0 || scan.index() != lastIndex + 1 || scan.term() < lastTerm) {
                return cursor;
            }
            lastIndex = scan.index();
            samples.offer(lastIndex, cursor, scan.term());
            noteTerm(lastIndex, scan.term());
            cursor = addressing.endOf(cursor, length);
        }
    }

    /** The log ends before {@code cursor}: why? */
    private void judge(RecordScan scan, long segment, long cursor, int number) throws IOException {
        if (scan.recordAt(cursor) > 0) {
            damaged(segment, cursor, "there is a record with index " + scan.index() + " and term " + scan.term());
        } else if (!scan.looksTorn(cursor)) {
            damaged(segment, cursor, "magic, length or checksum of the record is wrong, or it cannot be read");
        } else if (durable > end) {
            damaged(segment, cursor, "it was durable up to position " + durable + ", the record is not whole");
        } else {
            torn += scan.lastWritten(cursor) - cursor;
            for (int later = number + 1; later < positions.size() && damage.isEmpty(); later++) {
                judgeLater(positions.get(later), segment, cursor);
            }
        }
    }

    private void judgeLater(long later, long segment, long cursor) throws IOException {
        try (DiskFile file = disk.open(Segment.fileOf(later), 0);
                RecordScan scan = new RecordScan(file, later, addressing.segmentBytes())) {
            if (scan.recordAt(later) > 0) {
                damaged(segment, cursor, "the record is not whole, but segment " + later + " goes on");
            } else {
                torn += scan.lastWritten(later) - later;
            }
            scanned += scan.scanned();
        }
    }

    private void damaged(long segment, long at, String what) {
        damage = Segment.fileOf(segment) + ": damaged at position " + at + ", index " + (lastIndex + 1) + ": " + what;
    }

    /** Removes what was never durable, so that only zeros follow the log's end; makes all that stays durable. */
    private void cut() throws IOException {
        long keep = segments.isEmpty() ? -1 : segments.get(segments.size() - 1).position;
        for (int i = positions.size() - 1; i >= 0 && positions.get(i) > keep; i--) {
            disk.delete(Samples.fileOf(positions.get(i)));
            disk.delete(Segment.fileOf(positions.get(i)));
        }
        disk.syncDirectory("log");
        if (!segments.isEmpty()) {
            Segment last = segments.get(segments.size() - 1);
            last.file.resize(last.end() - last.position);
            last.file.resize(addressing.segmentBytes());
            rewrite(last);
            last.file.sync();
            withoutSamples.remove(last);
        }
        for (Segment segment : withoutSamples) {
            rewrite(segment);
            segment.file.sync();
            long next = segment.firstIndex;
            for (Segment other : segments) {
                if (other.position == segment.position + addressing.segmentBytes()) {
                    next = other.firstIndex;
                }
            }
            segment.samples.trySave(disk, segment.position, segment.end(), next - 1);
        }
    }

    /**
     * Writes again what is not known to be durable. If the process before this one died after a sync had failed, the page cache shows
     * bytes that the kernel takes for clean, and a sync of these would succeed without bringing them to the disk.
     */
    private void rewrite(Segment segment) throws IOException {
        ByteBuf chunk = ByteBufAllocator.DEFAULT.directBuffer(REWRITE_BYTES);
        try {
            for (long at = Math.max(segment.position, durable); at < segment.end(); at += chunk.writerIndex()) {
                chunk.clear();
                segment.file.read(at - segment.position, (int) Math.min(REWRITE_BYTES, segment.end() - at), chunk);
                segment.file.write(at - segment.position, chunk);
            }
        } finally {
            chunk.release();
        }
    }
}
