package io.vledger.importer.format;

import io.netty.buffer.ByteBuf;
import io.vledger.importer.format.SegmentFiles.SegmentFile;
import io.vledger.protocol.message.MessageView;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Walks the messages of a commit log or of a DLedger group's data in the order of their positions, checks each, and finds the
 * true end.
 *
 * <p>A message counts if its magic, its lengths, its own position and the checksum of its body are right; an entry of DLedger
 * if its header agrees with its place and follows the one before by index and term. The walk ends at the first byte that is no
 * such thing. What lies behind the end decides what that means: nothing but zeros is a clean end, a whole message anywhere behind
 * it is damage in the middle, and other bytes are what an unfinished write left. Entries of DLedger that are of an earlier term
 * than the last one before them are no damage: a member that truncates leaves them where they are.
 */
public final class SegmentWalk {
    /** Bound of one record: RocketMQ's own bound of a message is a few MiB. */
    public static final int MAX_RECORD_BYTES = 64 << 20;

    /** Queues that one topic may have. */
    public static final int MAX_QUEUES = 65_536;

    /** Magic of what fills a file behind its last message. */
    public static final int BLANK_MAGIC = 0xCBD43194;

    private static final int BLANK_BYTES = 8;
    private static final int DLEDGER_BLANK = -1;
    /** RocketMQ keeps 31 bits of a checksum. */
    public static final int CRC_MASK = 0x7FFFFFFF;

    private final SegmentFiles files;
    private final Framing framing;
    private final MessageView view = new MessageView();
    private final CRC32 crc = new CRC32();

    private long messages;
    private long bytes;
    private long lastIndex = -1;
    private long lastTerm = -1;
    private long newestMs = -1;

    /** Is given each message, in order. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * A message.
         *
         * @param message valid during the call
         * @param position its physical offset
         * @param index DLedger's index of its entry; -1 in a classic log
         * @param term DLedger's term of its entry; -1 in a classic log
         */
        void message(MessageView message, long position, long index, long term);
    }

    /**
     * The result of a walk.
     *
     * @param end position behind the last good message
     * @param messages messages visited
     * @param bytes bytes read
     * @param strayBytes bytes between the end and the end of its file that are not zero: what a torn write left
     * @param why why the walk ended, in words; empty if the files were full to the end
     * @param damage whole messages that follow behind the end; null if there are none
     * @param newest what is known of the newest message
     */
    public record End(
            long end, long messages, long bytes, long strayBytes, String why, @Nullable Damage damage, Newest newest) {}

    /**
     * What is known of the newest message of a log.
     *
     * @param index DLedger's last index; -1 if there is none
     * @param term DLedger's last term; -1 if there is none
     * @param storedMs the latest time at which any message was stored, milliseconds since the epoch; -1 if there is none
     */
    public record Newest(long index, long term, long storedMs) {}

    /** A walk through these files. */
    public SegmentWalk(SegmentFiles files, Framing framing) {
        this.files = files;
        this.framing = framing;
    }

    /**
     * Walks from the start of the file that holds {@code position}.
     *
     * @throws OriginFileException if a file cannot be read
     */
    public End from(long position, Visitor visitor) throws OriginFileException {
        List<SegmentFile> rest = files.from(position);
        long end = rest.isEmpty() ? files.endPosition() : rest.get(0).position();
        for (int i = 0; i < rest.size(); i++) {
            SegmentFile file = rest.get(i);
            try (FileWindow window = new FileWindow(file)) {
                Stop stop = walk(file, window, 0, visitor);
                bytes += stop.at();
                end = file.position() + stop.at();
                if (stop.why() != null) {
                    long stray = strayBytes(file, window, stop.at());
                    return ended(end, stray, stop.why(), behind(rest.subList(i, rest.size()), end));
                }
                end = file.end();
            }
        }
        return ended(end, 0, "", null);
    }

    private End ended(long end, long stray, String why, @Nullable Damage damage) {
        return new End(end, messages, bytes, stray, why, damage, new Newest(lastIndex, lastTerm, newestMs));
    }

    private @Nullable Damage behind(List<SegmentFile> rest, long end) throws OriginFileException {
        SegmentWalk walk = new SegmentWalk(files, framing);
        walk.lastTerm = lastTerm;
        return new DamageScan(framing, walk::behind).scan(rest, end);
    }

    /** Continues behind damage, where nothing is known of the entry before. */
    private long behind(SegmentFile file, FileWindow window, long from, Visitor visitor) throws OriginFileException {
        lastIndex = -1;
        return walk(file, window, from, visitor).at();
    }

    /**
     * Where a file's walk ended.
     *
     * @param at place in the file
     * @param why null if the file was walked to its end
     */
    private record Stop(long at, @Nullable String why) {}

    private Stop walk(SegmentFile file, FileWindow window, long from, Visitor visitor) throws OriginFileException {
        long at = from;
        while (file.length() - at >= BLANK_BYTES) {
            ByteBuf head = window.at(at, BLANK_BYTES);
            int first = head.getInt(head.readerIndex());
            int second = head.getInt(head.readerIndex() + Integer.BYTES);
            if (second == BLANK_MAGIC || (framing == Framing.DLEDGER && first == DLEDGER_BLANK)) {
                return new Stop(at, blankFault(file, at, second == BLANK_MAGIC ? first : second));
            }
            long size = framing == Framing.CLASSIC ? first : second;
            if (first == 0 && second == 0) {
                return new Stop(at, "nothing was written from here on");
            }
            if (size < framing.headerBytes() + MessageView.FIXED_BYTES
                    || size > Math.min(MAX_RECORD_BYTES, file.length() - at)) {
                return new Stop(at, "a record of " + size + " bytes cannot be");
            }
            String fault = record(file, at, window.at(at, (int) size), (int) size, visitor);
            if (fault != null) {
                return new Stop(at, fault);
            }
            at += size;
        }
        return new Stop(file.length(), null);
    }

    /** A blank fills the file; in a DLedger group's first file after a reset it may stand at the start. */
    private static @Nullable String blankFault(SegmentFile file, long at, int length) {
        return at + length == file.length() ? null : "a blank of " + length + " bytes does not end with its file";
    }

    private @Nullable String record(SegmentFile file, long at, ByteBuf record, int size, Visitor visitor) {
        int start = record.readerIndex();
        long position = file.position() + at;
        long index = -1;
        long term = -1;
        if (framing == Framing.DLEDGER) {
            index = record.getLong(start + 8);
            term = record.getLong(start + 16);
            String fault = entryFault(record, start, size, position, index, term);
            if (fault != null) {
                return fault;
            }
        }
        int header = framing.headerBytes();
        String wrong = view.wrap(record, start + header, size - header);
        if (wrong != null) {
            return wrong;
        }
        if (view.totalSize() != size - header) {
            return "a message of " + view.totalSize() + " bytes in a record of " + size;
        }
        if (view.physicalOffset() != position + header) {
            return "a message that says it lies at " + view.physicalOffset() + "; stale bytes of an earlier life";
        }
        if (view.queueId() < 0 || view.queueId() >= MAX_QUEUES || view.queueOffset() < 0) {
            // No checksum covers these, and lists are as long as the highest queue.
            return "a message of queue " + view.queueId() + " and queue offset " + view.queueOffset()
                    + ", which cannot be";
        }
        if (view.bodyCrc() != bodyCrc(record)) {
            return "the body of the message does not match its checksum";
        }
        lastIndex = index;
        lastTerm = term;
        newestMs = Math.max(newestMs, view.storeTimestamp());
        messages++;
        visitor.message(view, position + header, index, term);
        return null;
    }

    private @Nullable String entryFault(ByteBuf entry, int start, int size, long position, long index, long term) {
        if (entry.getInt(start) != 1) {
            return "an entry with magic " + entry.getInt(start) + " instead of 1";
        }
        if (entry.getLong(start + 24) != position) {
            return "an entry that says it lies at " + entry.getLong(start + 24);
        }
        if (entry.getInt(start + 44) != size - Framing.DLEDGER.headerBytes()) {
            return "an entry whose body length " + entry.getInt(start + 44) + " does not fit its size " + size;
        }
        if (lastIndex >= 0 && index != lastIndex + 1) {
            return "entry " + index + " follows entry " + lastIndex;
        }
        return term < lastTerm ? "an entry of term " + term + " follows one of term " + lastTerm : null;
    }

    private int bodyCrc(ByteBuf record) {
        if (view.bodyLength() == 0) {
            return view.bodyCrc();
        }
        crc.reset();
        crc.update(record.nioBuffer(view.bodyAt(), view.bodyLength()));
        return (int) crc.getValue() & CRC_MASK;
    }

    /** Bytes from {@code at} to the last one in the file that is not zero. */
    private static long strayBytes(SegmentFile file, FileWindow window, long at) throws OriginFileException {
        long last = at;
        int step = 1 << 20;
        for (long from = at; from < file.length(); from += step) {
            int length = (int) Math.min(step, file.length() - from);
            ByteBuf bytes = window.at(from, length);
            int start = bytes.readerIndex();
            for (int i = length - 1; i >= 0; i--) {
                if (bytes.getByte(start + i) != 0) {
                    last = from + i + 1;
                    break;
                }
            }
        }
        return last - at;
    }
}
