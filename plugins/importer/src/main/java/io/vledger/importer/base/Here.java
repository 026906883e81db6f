package io.vledger.importer.base;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Where this node has what a {@link Base} names. Files in the old broker's directories are only read, and deleted when they
 * expire; what was copied or made again lies in the origin's own directory.
 *
 * @param log path of each file of the old log by its position
 * @param queues by queue key where its units are, in order of queue offsets, without a gap from the queue's min to its max
 * @param keyFiles RocketMQ's index files, oldest first
 */
public record Here(Map<Long, Path> log, Map<Long, List<Units>> queues, List<Path> keyFiles) {

    /** Copies the collections. */
    public Here {
        log = Map.copyOf(log);
        queues = Map.copyOf(queues);
        keyFiles = List.copyOf(keyFiles);
    }

    /**
     * A run of queue units in RocketMQ's format: 20 bytes each, big-endian long position, int size, long tags code.
     *
     * @param file where they are
     * @param first queue offset of the file's first unit
     * @param from queue offset of the first unit to use
     * @param to one more than the queue offset of the last unit to use
     */
    public record Units(Path file, long first, long from, long to) {}
}
