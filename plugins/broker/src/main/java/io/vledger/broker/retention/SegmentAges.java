package io.vledger.broker.retention;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.LogStore.SegmentInfo;
import io.vledger.api.store.StoreException;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.protocol.message.MessageView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When the newest message of a complete segment was stored: the later of its last message and the first of the next segment, because
 * leaders' clocks differ. Reads each segment once. One thread at a time; may wait for the disk.
 */
final class SegmentAges {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentAges.class);
    private static final int MAX_RECORDS_READ = 64;
    private static final int MAX_KNOWN = 100_000;

    private final LogStore log;
    private final Map<Long, Long> newestMs = new HashMap<>();

    SegmentAges(LogStore log) {
        this.log = log;
    }

    /** Of a segment that is not the last, or {@link RetainedLog#UNKNOWN}. */
    long newestMs(List<SegmentInfo> segments, int number) {
        SegmentInfo segment = segments.get(number);
        Long known = newestMs.get(segment.position());
        if (known != null) {
            return known;
        }
        long newest;
        try {
            SegmentInfo next = segments.get(number + 1);
            newest = Math.max(lastStored(segment, next), firstStored(next));
        } catch (StoreException failure) {
            LOG.warn("the age of the segment at {} is unknown: {}", segment.position(), failure.getMessage());
            return RetainedLog.UNKNOWN;
        }
        if (newest < 0) {
            return RetainedLog.UNKNOWN;
        }
        if (newestMs.size() >= MAX_KNOWN) {
            newestMs.clear();
        }
        newestMs.put(segment.position(), newest);
        return newest;
    }

    /** The last message of a segment; -1 if none of its last entries has one. */
    private long lastStored(SegmentInfo segment, SegmentInfo next) throws StoreException {
        long from = Math.max(segment.firstIndex(), next.firstIndex() - MAX_RECORDS_READ);
        for (long index = next.firstIndex() - 1; index >= from; index--) {
            LogBatch batch = log.readBatch(index, 1);
            try {
                if (batch.kindAt(index) == BrokerEntry.MESSAGES) {
                    return newestOf(batch.payloadAt(index));
                }
            } finally {
                batch.release();
            }
        }
        return -1;
    }

    private static long newestOf(ByteBuf messages) {
        MessageView view = new MessageView();
        long newest = -1;
        int at = messages.readerIndex();
        while (at < messages.writerIndex() && view.wrap(messages, at, messages.writerIndex() - at) == null) {
            newest = Math.max(newest, view.storeTimestamp());
            at += view.totalSize();
        }
        return newest;
    }

    /** The first message of a segment; -1 if none of its first entries has one. */
    private long firstStored(SegmentInfo segment) throws StoreException {
        ByteBuf bytes = PooledByteBufAllocator.DEFAULT.directBuffer(1024);
        try {
            long position = segment.position();
            for (int i = 0; i < MAX_RECORDS_READ; i++) {
                if (position + LogRecord.HEADER_BYTES > segment.endPosition()) {
                    return -1;
                }
                log.read(position, LogRecord.HEADER_BYTES, bytes.clear());
                int length = LogRecord.length(bytes, 0);
                if (bytes.getInt(0) != LogRecord.MAGIC || !LogRecord.plausibleLength(length)) {
                    return -1;
                }
                if (LogRecord.kind(bytes, 0) == BrokerEntry.MESSAGES) {
                    return storedMs(position + LogRecord.HEADER_BYTES, length - LogRecord.HEADER_BYTES, bytes);
                }
                position = log.addressing().endOf(position, length);
            }
            return -1;
        } finally {
            bytes.release();
        }
    }

    private long storedMs(long position, int length, ByteBuf bytes) throws StoreException {
        if (length < MessageView.FIXED_BYTES) {
            return -1;
        }
        log.read(position, Integer.BYTES, bytes.clear());
        int size = bytes.getInt(0);
        if (size < MessageView.FIXED_BYTES || size > length) {
            return -1;
        }
        log.read(position + Integer.BYTES, size - Integer.BYTES, bytes);
        MessageView view = new MessageView();
        return view.wrap(bytes, 0, size) == null ? view.storeTimestamp() : -1;
    }
}
