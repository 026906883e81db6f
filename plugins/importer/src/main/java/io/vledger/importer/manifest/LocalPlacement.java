package io.vledger.importer.manifest;

import io.vledger.importer.inspect.QueueChecksums;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Where this node has what a {@link OriginManifest} names. Files in the old broker's directories are only read, and deleted when they
 * expire; what was copied or rebuilt lies in the origin's own directory.
 *
 * @param log path of each file of the old log by its position
 * @param queues by queue key where its units are, in order of queue offsets, without a gap from the queue's min to its max
 * @param keyFiles RocketMQ's index files, oldest first
 */
public record LocalPlacement(Map<Long, Path> log, Map<Long, List<Units>> queues, List<Path> keyFiles) {

    /** Copies the collections. */
    public LocalPlacement {
        log = Map.copyOf(log);
        queues = Map.copyOf(queues);
        keyFiles = List.copyOf(keyFiles);
    }

    /** Whether all units have checksums; a version before this one kept none. */
    public boolean verifiable() {
        return queues.values().stream().flatMap(List::stream).allMatch(Units::verifiable);
    }

    /**
     * A run of queue units in RocketMQ's format: 20 bytes each, big-endian long position, int size, long tags code.
     *
     * @param file where they are
     * @param first queue offset of the file's first unit
     * @param from queue offset of the first unit to use
     * @param to one more than the queue offset of the last unit to use
     * @param checksums CRC32C of each chunk's bytes, eight hexadecimal digits each; a chunk begins at a multiple of {@link
     *     QueueChecksums#CHUNK_UNITS} or with the run, and ends before the next one
     */
    public record Units(Path file, long first, long from, long to, String checksums) {
        private static final int CHUNK = QueueChecksums.CHUNK_UNITS;
        private static final int DIGITS = 8;

        boolean verifiable() {
            return checksums.length() == DIGITS * ((to - 1) / CHUNK - from / CHUNK + 1);
        }

        /** Queue offset of the first unit in the chunk of a queue offset. */
        public long chunkFrom(long queueOffset) {
            return Math.max(from, queueOffset / CHUNK * CHUNK);
        }

        /** One more than the queue offset of the last unit in the chunk of a queue offset. */
        public long chunkTo(long queueOffset) {
            return Math.min(to, queueOffset / CHUNK * CHUNK + CHUNK);
        }

        /** Checksum of the chunk of a queue offset. */
        public int checksum(long queueOffset) {
            int at = (int) (queueOffset / CHUNK - from / CHUNK) * DIGITS;
            return Integer.parseUnsignedInt(checksums, at, at + DIGITS, 16);
        }
    }
}
