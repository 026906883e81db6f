package io.vledger.broker.retention;

import io.vledger.api.disk.Disk;
import java.util.List;

/**
 * A log as retention sees it.
 *
 * @param files oldest first
 * @param disk how full the disk is on which they lie
 */
record RetainedLog(List<LogFile> files, Disk.Space disk) {
    /** The newest message of a file whose age cannot be told; it never becomes old. */
    static final long UNKNOWN = Long.MAX_VALUE;

    /** Copies the list. */
    RetainedLog {
        files = List.copyOf(files);
    }

    /**
     * One file.
     *
     * @param name for people
     * @param bytes room that it takes
     * @param newestMs no message in it was stored later, milliseconds since the epoch, or {@link #UNKNOWN}
     */
    record LogFile(String name, long bytes, long newestMs) {}

    /** How many may go at all: all but the newest. */
    int candidates() {
        return Math.max(0, files.size() - 1);
    }

    /** Room that those take that may go at all. */
    long candidateBytes() {
        return bytes(candidates());
    }

    /** Room of the first {@code count} files. */
    long bytes(int count) {
        long bytes = 0;
        for (LogFile file : files.subList(0, count)) {
            bytes += file.bytes();
        }
        return bytes;
    }
}
