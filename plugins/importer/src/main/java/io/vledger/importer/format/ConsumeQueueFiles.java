package io.vledger.importer.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * One consume queue of an old broker: units of 20 bytes (position 8, size 4, tags code 8), the unit's number being the queue
 * offset. Files are made at full size, so units behind the last one are zeros, and a queue that began above its file's first
 * number has fillers in front. Both are found by bisection: a look at a queue costs a few reads whatever its length.
 */
public final class ConsumeQueueFiles {
    /** Bytes of a unit. */
    public static final int UNIT_BYTES = 20;

    private static final int FILLER_SIZE = Integer.MAX_VALUE;
    /**
     * Tags codes below this are addresses in the extension of the queue ({@code enableConsumeQueueExt}), by the rule of RocketMQ's
     * {@code ConsumeQueueExt}: a tag's code is a hash of 32 bits, and a time of delivery is positive.
     */
    private static final long LEAST_TAGS_CODE = Integer.MIN_VALUE;

    private static final int BLOCK_UNITS = 1 << 13;

    private final SegmentFiles files;

    /**
     * One unit.
     *
     * @param position physical offset of the message
     * @param size bytes of the message
     * @param tagsCode hash of its tag, or deliver time for a delayed one; or an address, see {@link #extended}
     */
    public record Unit(long position, int size, long tagsCode) {
        /** Position behind its message. */
        public long end() {
            return position + size;
        }

        /** Whether the tags code is an address in the queue's extension, which has the code: it says nothing by itself. */
        public boolean extended() {
            return tagsCode < LEAST_TAGS_CODE;
        }

        /** Whether a message was ever put here. */
        boolean written() {
            return position >= 0 && size > 0;
        }

        /** Whether it only fills the file up to the queue's first message. */
        boolean filler() {
            return position == 0 && size == FILLER_SIZE;
        }
    }

    /** A queue in these files. */
    public ConsumeQueueFiles(SegmentFiles files) throws OriginFileException {
        this.files = files;
        if (files.fileBytes() % UNIT_BYTES != 0) {
            throw new OriginFileException(
                    files.directory(),
                    "its files have " + files.fileBytes() + " bytes, which is no multiple of " + UNIT_BYTES
                            + "; it can be left out, it is rebuilt from the commit log");
        }
    }

    /**
     * Finds the extent.
     *
     * @param logFirst position of the first byte that the commit log still has
     * @param logEnd the commit log's true end: units that point behind it do not count
     */
    public QueueExtent extent(long logFirst, long logEnd) throws OriginFileException {
        long first = files.firstPosition() / UNIT_BYTES;
        long bound = files.endPosition() / UNIT_BYTES;
        try (Units units = new Units()) {
            long max = bisect(first, bound, n -> {
                Unit unit = units.at(n);
                return unit.written() && (unit.filler() || unit.position() + unit.size() <= logEnd);
            });
            long min = bisect(first, max, n -> {
                Unit unit = units.at(n);
                return unit.filler() || unit.position() < logFirst;
            });
            return new QueueExtent(min, max);
        }
    }

    /** Queue offset of the first unit in the files. */
    public long first() {
        return files.firstPosition() / UNIT_BYTES;
    }

    /** One more than the queue offset of the last unit that the files have room for. */
    public long end() {
        return files.endPosition() / UNIT_BYTES;
    }

    /**
     * How far its units point, whatever the log has.
     *
     * @param max one more than the queue offset of the last unit
     * @param position position behind the message of the last unit; 0 if there is none
     */
    public record UnitEnd(long max, long position) {}

    /** Finds how far its units point. */
    public UnitEnd unitEnd() throws OriginFileException {
        long first = files.firstPosition() / UNIT_BYTES;
        long bound = files.endPosition() / UNIT_BYTES;
        try (Units units = new Units()) {
            long max = bisect(first, bound, n -> units.at(n).written());
            Unit last = max > first ? units.at(max - 1) : new Unit(0, 0, 0);
            return new UnitEnd(max, last.filler() ? 0 : last.position() + last.size());
        }
    }

    /** The unit of a queue offset that lies within the files. */
    public Unit unit(long queueOffset) throws OriginFileException {
        try (Units units = new Units()) {
            return units.at(queueOffset);
        }
    }

    /** Asked about units one after another. */
    public interface UnitTest {
        /** Whether the unit of a queue offset is as it should be. */
        boolean holds(long queueOffset, Unit unit);
    }

    /**
     * Reads a range of units in their order, as long as a test holds.
     *
     * @param to exclusive
     * @return the first queue offset for which it does not hold; {@code to} if it holds for all
     */
    public long firstUnlike(long from, long to, UnitTest test) throws OriginFileException {
        ByteBuffer block = ByteBuffer.allocate(BLOCK_UNITS * UNIT_BYTES);
        for (SegmentFiles.SegmentFile file : files.from(from * UNIT_BYTES)) {
            long next = Math.max(from, file.position() / UNIT_BYTES);
            long end = Math.min(to, file.end() / UNIT_BYTES);
            if (next >= end) {
                continue;
            }
            try (FileChannel channel = FileChannel.open(file.path(), StandardOpenOption.READ)) {
                while (next < end) {
                    block.clear().limit((int) Math.min(BLOCK_UNITS, end - next) * UNIT_BYTES);
                    read(channel, file, next * UNIT_BYTES - file.position(), block);
                    for (block.flip(); block.hasRemaining(); next++) {
                        Unit unit = new Unit(block.getLong(), block.getInt(), block.getLong());
                        if (!test.holds(next, unit)) {
                            return next;
                        }
                    }
                }
            } catch (IOException e) {
                throw new OriginFileException(file.path(), "cannot be read: " + e.getMessage(), e);
            }
        }
        return to;
    }

    private static void read(FileChannel channel, SegmentFiles.SegmentFile file, long at, ByteBuffer block)
            throws IOException, OriginFileException {
        while (block.hasRemaining()) {
            if (channel.read(block, at + block.position()) < 0) {
                throw new OriginFileException(file.path(), "became shorter while it was read");
            }
        }
    }

    private interface Test {
        boolean holds(long number) throws OriginFileException;
    }

    /** The first number in the range for which the test does not hold; it holds for all before that. */
    private static long bisect(long from, long to, Test test) throws OriginFileException {
        long low = from;
        long high = to;
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (test.holds(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Reads single units; keeps the file of the last one open. */
    private final class Units implements AutoCloseable {
        private final ByteBuffer bytes = ByteBuffer.allocate(UNIT_BYTES);
        private long openAt = -1;
        private @Nullable FileChannel channel;

        Unit at(long number) throws OriginFileException {
            long place = number * UNIT_BYTES;
            SegmentFiles.SegmentFile file =
                    files.files().get((int) ((place - files.firstPosition()) / files.fileBytes()));
            try {
                FileChannel open = channel;
                if (open == null || openAt != file.position()) {
                    close();
                    open = FileChannel.open(file.path(), StandardOpenOption.READ);
                    channel = open;
                    openAt = file.position();
                }
                bytes.clear();
                while (bytes.hasRemaining()) {
                    if (open.read(bytes, place - file.position() + bytes.position()) < 0) {
                        throw new OriginFileException(file.path(), "became shorter while it was read");
                    }
                }
                return new Unit(bytes.getLong(0), bytes.getInt(8), bytes.getLong(12));
            } catch (IOException e) {
                throw new OriginFileException(file.path(), "cannot be read: " + e.getMessage(), e);
            }
        }

        @Override
        public void close() throws OriginFileException {
            if (channel != null) {
                try {
                    channel.close();
                } catch (IOException e) {
                    throw new OriginFileException(files.directory(), "cannot be closed: " + e.getMessage(), e);
                }
                channel = null;
            }
        }
    }
}
