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
    /** The newest message of a file of unknown age; such a file never expires. */
    static final long UNKNOWN = Long.MAX_VALUE;

    /** Copies the list. */
    RetainedLog {
        files = List.copyOf(files);
    }

    /**
     * One file.
     *
     * @param name for people
     * @param bytes bytes that it takes
     * @param newestMs no message in it was stored later, milliseconds since the epoch, or {@link #UNKNOWN}
     */
    record LogFile(String name, long bytes, long newestMs) {}

    /** How many may be deleted at all: all but the newest. */
    int candidates() {
        return Math.max(0, files.size() - 1);
    }

    /** Bytes of those that may be deleted at all. */
    long candidateBytes() {
        return bytes(candidates());
    }

    /** Bytes of the first {@code count} files. */
    long bytes(int count) {
        long bytes = 0;
        for (LogFile file : files.subList(0, count)) {
            bytes += file.bytes();
        }
        return bytes;
    }
}
