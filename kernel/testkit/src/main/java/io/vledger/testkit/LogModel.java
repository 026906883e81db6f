package io.vledger.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.LogStore.TermRun;
import io.vledger.api.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The simplest log there is, to compare a store with. */
public final class LogModel {
    /** One entry. */
    public record Entry(long index, long term, byte kind, long position, String payload) {
        /** Bytes of its record, without padding. */
        public int length() {
            return LogRecord.HEADER_BYTES + payload.length() / 2;
        }
    }

    private final Addressing addressing;
    private LogBase base;
    private List<Entry> entries = new ArrayList<>();

    /** An empty log. */
    public LogModel(Addressing addressing, LogBase base) {
        this.addressing = addressing;
        this.base = base;
    }

    /** The same log, to go another way with. */
    public LogModel copy() {
        LogModel copy = new LogModel(addressing, base);
        copy.entries = new ArrayList<>(entries);
        return copy;
    }

    public LogBase base() {
        return base;
    }

    public List<Entry> entries() {
        return entries;
    }

    public long lastIndex() {
        return base.index() + entries.size();
    }

    public long lastTerm() {
        return entries.isEmpty() ? base.term() : entries.get(entries.size() - 1).term();
    }

    /** Where the log ends. */
    public long end() {
        if (entries.isEmpty()) {
            return base.position();
        }
        Entry last = entries.get(entries.size() - 1);
        return addressing.endOf(last.position(), last.length());
    }

    /** A batch that follows the log's end, of at most {@code records} random entries; fewer if a segment ends. */
    public LogBatch next(Random random, long term, int records, int payloadBytesMax) {
        int first = random.nextInt(payloadBytesMax + 1);
        long position = addressing.place(end(), LogRecord.HEADER_BYTES + first);
        LogBatch.Builder builder = new LogBatch.Builder(addressing, position, UnpooledByteBufAllocator.DEFAULT, 256);
        int payloadBytes = first;
        for (int i = 0; i < records; i++) {
            if (i > 0 && Addressing.align(payloadBytes) > builder.room()) {
                break;
            }
            builder.open();
            byte[] payload = new byte[payloadBytes];
            random.nextBytes(payload);
            builder.buffer().writeBytes(payload);
            builder.close((byte) (1 + random.nextInt(9)), (short) 1, lastIndex() + 1 + i, term);
            payloadBytes = random.nextInt(payloadBytesMax + 1);
        }
        return builder.build();
    }

    /** Appends a batch. */
    public void append(LogBatch batch) {
        for (long index = batch.firstIndex(); index <= batch.lastIndex(); index++) {
            entries.add(entry(batch, index));
        }
    }

    private static Entry entry(LogBatch batch, long index) {
        return new Entry(
                index,
                batch.termAt(index),
                batch.kindAt(index),
                batch.positionAt(index),
                ByteBufUtil.hexDump(batch.payloadAt(index)));
    }

    /** Removes entries from an index on. */
    public void truncate(long index) {
        if (index <= lastIndex()) {
            entries = new ArrayList<>(entries.subList(0, (int) (index - base.index() - 1)));
        }
    }

    /** Moves the base to where a store has moved it, which must be one of the allowed places. */
    public void dropTo(LogBase newBase, long mayDropBefore) {
        assertThat(newBase.index()).isBetween(base.index(), Math.max(base.index(), mayDropBefore - 1));
        int drop = (int) (newBase.index() - base.index());
        if (drop > 0) {
            assertThat(newBase.term()).isEqualTo(entries.get(drop - 1).term());
        }
        entries = new ArrayList<>(entries.subList(drop, entries.size()));
        base = newBase;
    }

    /** Removes everything. */
    public void reset(LogBase newBase) {
        base = newBase;
        entries = new ArrayList<>();
    }

    /** The runs of terms. */
    public List<TermRun> terms() {
        List<TermRun> terms = new ArrayList<>();
        terms.add(new TermRun(base.index(), base.term()));
        long term = base.term();
        for (Entry entry : entries) {
            if (entry.term() != term) {
                term = entry.term();
                terms.add(new TermRun(entry.index(), term));
            }
        }
        return terms;
    }

    /** All entries of a store. */
    public static List<Entry> entriesOf(LogStore log, Random random) throws StoreException {
        List<Entry> found = new ArrayList<>();
        long index = log.base().index() + 1;
        while (index <= log.lastIndex()) {
            LogBatch batch = log.readBatch(index, 1 + random.nextInt(4000));
            try {
                assertThat(batch.firstIndex()).isEqualTo(index);
                for (; index <= batch.lastIndex(); index++) {
                    found.add(entry(batch, index));
                }
            } finally {
                batch.release();
            }
        }
        return found;
    }

    /** Asserts that a store holds exactly this log, by all ways of reading it. */
    public void check(LogStore log, Random random) throws StoreException {
        assertThat(log.base()).isEqualTo(base);
        assertThat(log.lastIndex()).isEqualTo(lastIndex());
        assertThat(log.endPosition()).isEqualTo(end());
        assertThat(log.terms()).isEqualTo(terms());
        assertThat(entriesOf(log, random)).isEqualTo(entries);
        for (int i = 0; i < 5 && !entries.isEmpty(); i++) {
            Entry entry = entries.get(random.nextInt(entries.size()));
            ByteBuf payload = Unpooled.buffer();
            log.read(entry.position() + LogRecord.HEADER_BYTES, entry.payload().length() / 2, payload);
            assertThat(ByteBufUtil.hexDump(payload)).isEqualTo(entry.payload());
        }
        long end = base.position();
        for (LogStore.SegmentInfo segment : log.segments()) {
            assertThat(segment.position()).isEqualTo(addressing.segmentStart(segment.position()));
            assertThat(segment.endPosition()).isGreaterThan(segment.position());
            end = segment.endPosition();
        }
        assertThat(end).isEqualTo(end());
    }
}
