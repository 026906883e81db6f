package io.vledger.broker.retention;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.group.GroupRole;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.LogStore.SegmentInfo;
import io.vledger.api.store.OldFiles;
import io.vledger.api.store.OldFiles.OldFile;
import io.vledger.api.store.StoreException;
import io.vledger.broker.group.GroupBroker;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerListener;
import io.vledger.protocol.message.MessageView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * On a leader, looks every {@value #TICK_MS} ms whether the oldest segments may go: when a later segment began longer ago than
 * messages are kept, when the log is too large, or when the disk is too full. The last segment always stays. Files of an old
 * broker go before them under the same rules, on every member by itself: no entry of the log tells of them. Loop only.
 */
public final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
    private static final int TICK_MS = 10_000;
    private static final long HOUR_MS = 3_600_000;
    private static final int MAX_RECORDS_LOOKED_AT = 64;
    private static final long UNKNOWN = Long.MAX_VALUE;

    private final GroupBroker broker;
    private final Map<Long, Long> firstStoredMs = new HashMap<>();
    private boolean ticking;
    private boolean busy;
    /** Whether files of an old broker may be left. */
    private boolean oldLeft;

    /** For one group. */
    public Retention(GroupBroker broker) {
        this.broker = broker;
    }

    /** Works whenever the member leads, and while files of an old broker are left, from now on. */
    public void start() {
        oldLeft = broker.state().oldEnd() > 0;
        if (oldLeft) {
            arm();
        }
        broker.state().listen(new BrokerListener() {
            @Override
            public void roleChanged(GroupRole role, long term) {
                if (role == GroupRole.LEADER) {
                    arm();
                }
            }
        });
    }

    private void arm() {
        if (!ticking) {
            ticking = true;
            broker.group().schedule(TICK_MS, () -> {
                ticking = false;
                if (broker.state().leads() || oldLeft) {
                    check();
                    arm();
                }
            });
        }
    }

    /** Looks now. */
    public void check() {
        List<SegmentInfo> segments = broker.store().log().segments();
        if (busy || (segments.size() < 2 && !oldLeft)) {
            return;
        }
        busy = true;
        long[] cut = {-1};
        boolean[] left = {oldLeft};
        Runnable look = () -> {
            left[0] = left[0] && dropOldFiles(segments);
            cut[0] = left[0] || segments.size() < 2 ? -1 : firstIndexToKeep(segments);
        };
        broker.coldReads().run(look, () -> {
            busy = false;
            oldLeft = left[0];
            if (cut[0] > 0 && broker.state().leads()) {
                drop(cut[0]);
            }
        });
    }

    /** Lets the oldest files of an old broker go; false if none is left. Waits for the disk. */
    private boolean dropOldFiles(List<SegmentInfo> segments) {
        try {
            OldFiles old = broker.store().oldFiles();
            List<OldFile> files = old.files();
            int count = oldFilesToDrop(files, segments);
            if (count > 0) {
                LOG.info(
                        "the old broker's messages before position {} go",
                        count < files.size()
                                ? files.get(count).position()
                                : broker.state().oldEnd());
                old.dropFirst(count);
            }
            return count < files.size();
        } catch (StoreException failure) {
            LOG.warn("the old broker's files cannot be looked through: {}", failure.getMessage());
            return true;
        }
    }

    private int oldFilesToDrop(List<OldFile> files, List<SegmentInfo> segments) {
        long total = bytes(segments);
        for (OldFile file : files) {
            total += file.bytes();
        }
        long maxBytes = broker.config().retention().maxBytes();
        long keepMs = broker.config().retention().hours() * HOUR_MS;
        long oldestMs = broker.clock().getAsLong() - keepMs;
        int count = 0;
        while (count < files.size()) {
            boolean old = keepMs > 0 && lastStored(files, count, segments) < oldestMs;
            if (!old && (maxBytes == 0 || total <= maxBytes)) {
                break;
            }
            total -= files.get(count).bytes();
            count++;
        }
        return count == 0 && !files.isEmpty() && diskTooFull() ? 1 : count;
    }

    /** What a file does not tell, those after it do: none of its messages is younger than any of theirs. */
    private long lastStored(List<OldFile> files, int index, List<SegmentInfo> segments) {
        for (OldFile file : files.subList(index, files.size())) {
            if (file.lastStoredMs() != UNKNOWN) {
                return file.lastStoredMs();
            }
        }
        return segments.isEmpty() ? UNKNOWN : firstStored(segments.get(0));
    }

    private static long bytes(List<SegmentInfo> segments) {
        long total = 0;
        for (SegmentInfo segment : segments) {
            total += segment.endPosition() - segment.position();
        }
        return total;
    }

    private void drop(long index) {
        LOG.info("messages before index {} may go", index);
        busy = true;
        if (broker.group().proposeDropPrefix(index, outcome -> busy = false) != null) {
            busy = false;
        }
    }

    /** Index of the first entry of the first segment to keep, or -1 if all stay. May read from disk. */
    private long firstIndexToKeep(List<SegmentInfo> segments) {
        long total = bytes(segments);
        long maxBytes = broker.config().retention().maxBytes();
        long keepMs = broker.config().retention().hours() * HOUR_MS;
        long oldestMs = broker.clock().getAsLong() - keepMs;
        int keep = 0;
        while (keep < segments.size() - 1) {
            boolean old = keepMs > 0 && firstStored(segments.get(keep + 1)) < oldestMs;
            boolean tooMuch = maxBytes > 0 && total > maxBytes;
            if (!old && !tooMuch) {
                break;
            }
            total -= segments.get(keep).endPosition() - segments.get(keep).position();
            keep++;
        }
        if (keep == 0 && diskTooFull()) {
            // One at a time: the room is seen again before the next goes.
            keep = 1;
        }
        return keep == 0 ? -1 : segments.get(keep).firstIndex();
    }

    private boolean diskTooFull() {
        int bound = broker.config().retention().diskMaxUsedPercent();
        try {
            return bound > 0 && broker.store().space().usedPercent() >= bound;
        } catch (StoreException failure) {
            LOG.warn("cannot tell the room on the disk: {}", failure.getMessage());
            return false;
        }
    }

    /** When the first message of a segment was stored: all messages of the segments before are at least as old. */
    private long firstStored(SegmentInfo segment) {
        Long known = firstStoredMs.get(segment.position());
        if (known == null) {
            known = look(segment);
            if (known != UNKNOWN) {
                if (firstStoredMs.size() > 100_000) {
                    firstStoredMs.clear();
                }
                firstStoredMs.put(segment.position(), known);
            }
        }
        return known;
    }

    private long look(SegmentInfo segment) {
        LogStore log = broker.store().log();
        ByteBuf bytes = PooledByteBufAllocator.DEFAULT.directBuffer(1024);
        try {
            long position = segment.position();
            for (int i = 0; i < MAX_RECORDS_LOOKED_AT; i++) {
                if (position + LogRecord.HEADER_BYTES > segment.endPosition()) {
                    return UNKNOWN;
                }
                log.read(position, LogRecord.HEADER_BYTES, bytes.clear());
                int length = LogRecord.length(bytes, 0);
                if (bytes.getInt(0) != LogRecord.MAGIC || !LogRecord.plausibleLength(length)) {
                    return UNKNOWN;
                }
                if (LogRecord.kind(bytes, 0) == BrokerEntry.MESSAGES) {
                    return storedMs(log, position + LogRecord.HEADER_BYTES, length - LogRecord.HEADER_BYTES, bytes);
                }
                position = log.addressing().endOf(position, length);
            }
            return UNKNOWN;
        } catch (StoreException failure) {
            LOG.warn("cannot tell the age of the segment at {}: {}", segment.position(), failure.getMessage());
            return UNKNOWN;
        } finally {
            bytes.release();
        }
    }

    private static long storedMs(LogStore log, long position, int length, ByteBuf bytes) throws StoreException {
        if (length < MessageView.FIXED_BYTES) {
            return UNKNOWN;
        }
        log.read(position, Integer.BYTES, bytes.clear());
        int size = bytes.getInt(0);
        if (size < MessageView.FIXED_BYTES || size > length) {
            return UNKNOWN;
        }
        log.read(position + Integer.BYTES, size - Integer.BYTES, bytes);
        MessageView view = new MessageView();
        return view.wrap(bytes, 0, size) == null ? view.storeTimestamp() : UNKNOWN;
    }
}
