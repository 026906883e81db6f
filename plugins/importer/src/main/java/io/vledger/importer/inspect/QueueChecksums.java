package io.vledger.importer.inspect;

import io.vledger.importer.format.ConsumeQueueFiles;
import io.vledger.importer.format.MessageQueues;
import io.vledger.importer.format.OriginFileException;
import io.vledger.importer.format.TagsCodes;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Checksums of the consume queue units that a log says there must be, so that the old broker's own units can be verified without
 * reading the log again: four bytes for {@link #CHUNK_UNITS} units. A chunk begins at a multiple of that number, or with the queue's
 * first message in the log. Times of delivery are left out of the checksums. One thread.
 */
public final class QueueChecksums {
    /** Queue offsets that one checksum covers. */
    public static final int CHUNK_UNITS = 512;

    private final Map<QueueId, Queue> queues = new HashMap<>();
    private final TagsCodes tagsCodes;
    private final boolean light;

    /**
     * For one log.
     *
     * @param light whether light queues count
     */
    public QueueChecksums(TagsCodes tagsCodes, boolean light) {
        this.tagsCodes = tagsCodes;
        this.light = light;
    }

    /** One queue: it reaches from {@code first} to {@code next}. */
    private static final class Queue {
        private final Chunk chunk = new Chunk();
        private long first = -1;
        private long next = -1;
        private int[] full = new int[1];
        private int fullCount;

        void add(long queueOffset, long position, int size, long tagsCode) {
            if (queueOffset < next && queueOffset > 0) {
                // DLedger brokers write a queue offset twice after a time-out; the first message counts.
                return;
            }
            if (queueOffset != next) {
                first = queueOffset;
                fullCount = 0;
                chunk.reset();
            }
            next = queueOffset + 1;
            chunk.add(position, size, tagsCode);
            if (next % CHUNK_UNITS == 0) {
                if (fullCount == full.length) {
                    full = Arrays.copyOf(full, 2 * fullCount);
                }
                full[fullCount++] = chunk.end();
            }
        }

        int of(long queueOffset) {
            int chunkNumber = (int) (queueOffset / CHUNK_UNITS - first / CHUNK_UNITS);
            return chunkNumber < fullCount ? full[chunkNumber] : chunk.value();
        }
    }

    private static final class Chunk {
        private final CRC32C crc = new CRC32C();
        private final ByteBuffer unit = ByteBuffer.allocate(ConsumeQueueFiles.UNIT_BYTES);

        void add(long position, int size, long tagsCode) {
            crc.update(unit.clear()
                    .putLong(position)
                    .putInt(size)
                    .putLong(tagsCode)
                    .flip());
        }

        int value() {
            return (int) crc.getValue();
        }

        int end() {
            int value = value();
            reset();
            return value;
        }

        void reset() {
            crc.reset();
        }
    }

    /** Takes every message of the log that is in a queue, in its order. */
    public void add(MessageView message, long position) {
        int size = message.totalSize();
        long tagsCode = TagsCodes.delayed(message) ? 0 : tagsCodes.of(message);
        MessageQueues.of(message, light, (topic, queue, queueOffset) -> queues.computeIfAbsent(
                        new QueueId(topic, queue), id -> new Queue())
                .add(queueOffset, position, size, tagsCode));
    }

    /**
     * How far the units of a consume queue are what the log says, in whole chunks.
     *
     * @param units holds the range
     * @return the first queue offset from {@code from} on that lies in a chunk of which that is not known; {@code to} if it is known
     *     of all
     */
    public long firstUnconfirmed(QueueId id, ConsumeQueueFiles units, long from, long to) throws OriginFileException {
        @Nullable Queue queue = queues.get(id);
        if (queue == null || queue.first > from) {
            return from;
        }
        long begin = Math.max(queue.first, from / CHUNK_UNITS * CHUNK_UNITS);
        long end = Math.min(queue.next, (to + CHUNK_UNITS - 1) / CHUNK_UNITS * CHUNK_UNITS);
        if (begin < units.first()) {
            return from;
        }
        boolean delayed = id.topic().equals(TopicNames.SCHEDULE);
        Chunk chunk = new Chunk();
        long[] confirmed = {begin};
        units.firstUnlike(begin, Math.min(end, units.end()), (queueOffset, unit) -> {
            chunk.add(unit.position(), unit.size(), delayed ? 0 : unit.tagsCode());
            boolean last = (queueOffset + 1) % CHUNK_UNITS == 0 || queueOffset + 1 == queue.next;
            if (last && chunk.end() == queue.of(queueOffset)) {
                confirmed[0] = queueOffset + 1;
                return true;
            }
            return !last;
        });
        return Math.max(from, Math.min(confirmed[0], to));
    }
}
