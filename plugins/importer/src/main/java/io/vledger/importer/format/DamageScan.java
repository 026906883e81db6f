package io.vledger.importer.format;

import io.netty.buffer.ByteBuf;
import io.vledger.importer.format.Damage.Range;
import io.vledger.importer.format.SegmentFiles.SegmentFile;
import io.vledger.protocol.message.MessageView;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Looks for whole messages behind the end of a log, byte by byte, since nothing says where the next one begins once a length is
 * not to be believed. A message counts only if all of it is right, its own position included.
 */
final class DamageScan {
    private static final int STEP_BYTES = 1 << 20;
    private static final int MAGIC_AT = 4;
    private static final int MAX_QUEUES = 100_000;

    private final int header;
    private final WalkOn walkOn;
    private final List<Range> unreadable = new ArrayList<>();
    private final SortedMap<String, Long> queues = new TreeMap<>();
    private boolean scattered;
    private long first;
    private long reach;
    private long messages;

    /** Walks on from a place where a record may begin. */
    @FunctionalInterface
    interface WalkOn {
        /** Place in the file where it ended; {@code from} if no record begins there. */
        long walk(SegmentFile file, FileWindow window, long from, SegmentWalk.Visitor visitor)
                throws OriginFileException;
    }

    DamageScan(Framing framing, WalkOn walkOn) {
        this.header = framing.headerBytes();
        this.walkOn = walkOn;
    }

    /**
     * Scans.
     *
     * @param files the file in which the log ends, and all behind it
     * @param end position where the log ends
     * @return null if no whole message is there
     */
    @Nullable
    Damage scan(List<SegmentFile> files, long end) throws OriginFileException {
        long readTo = end;
        for (SegmentFile file : files) {
            try (FileWindow window = new FileWindow(file)) {
                long from = Math.max(0, end - file.position());
                for (long at = next(file, window, from); at >= 0; at = next(file, window, from)) {
                    long before = messages;
                    from = walkOn.walk(file, window, at, (message, position, index, term) -> {
                        first = messages++ == 0 ? position : first;
                        reach = position + message.totalSize();
                        count(message.topic() + "/" + message.queueId());
                    });
                    if (messages == before) {
                        from = at + 1;
                        continue;
                    }
                    unreadable(readTo, file.position() + at);
                    readTo = reach;
                }
            }
        }
        return messages == 0 ? null : new Damage(unreadable, scattered, first, reach, messages, queues);
    }

    private void count(String queue) {
        if (queues.size() < MAX_QUEUES || queues.containsKey(queue)) {
            queues.merge(queue, 1L, Long::sum);
        }
    }

    private void unreadable(long from, long to) {
        if (unreadable.size() == Damage.MAX_NAMED) {
            scattered = true;
        } else if (from < to) {
            unreadable.add(new Range(from, to));
        }
    }

    /** Place in the file of the next record that may be one, from {@code from} on; -1 if there is none. */
    private long next(SegmentFile file, FileWindow window, long from) throws OriginFileException {
        int ahead = header + MAGIC_AT + Integer.BYTES;
        for (long at = from; at + ahead <= file.length(); at += STEP_BYTES) {
            int length = (int) Math.min(STEP_BYTES + ahead - 1L, file.length() - at);
            int found = magic(window.at(at, length), header + MAGIC_AT, length);
            if (found >= 0) {
                return at + found - MAGIC_AT - header;
            }
        }
        return -1;
    }

    private static int magic(ByteBuf bytes, int from, int to) {
        int start = bytes.readerIndex();
        int i = from;
        while (i <= to - Integer.BYTES) {
            if (i <= to - Long.BYTES && bytes.getLong(start + i) == 0) {
                // A magic has no zero byte in it.
                i += Long.BYTES;
                continue;
            }
            int word = bytes.getInt(start + i);
            if (word == MessageView.MAGIC_V1 || word == MessageView.MAGIC_V2) {
                return i;
            }
            i++;
        }
        return -1;
    }
}
