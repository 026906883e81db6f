package io.vledger.api.disk;

import java.io.IOException;
import java.util.List;

/** The files of one group. Safe for use by several threads on different files. */
public interface Disk {
    /**
     * Opens a file for reading and writing, creating it (and its directories) if it does not exist.
     *
     * @param mapped how many bytes from the start readers will use often, so that they may be memory mapped; 0 for none
     */
    DiskFile open(String name, long mapped) throws IOException;

    /** Whether the file exists. */
    boolean exists(String name) throws IOException;

    /** Names (without the directory) of the plain files in a directory, sorted; empty if there is no such directory. */
    List<String> list(String directory) throws IOException;

    /** Deletes a file if it exists. */
    void delete(String name) throws IOException;

    /** Renames atomically, replacing the target. Durable only after {@link #syncDirectory}. */
    void rename(String from, String to) throws IOException;

    /** Makes creations, renames and deletions in a directory durable; {@code ""} is the group's directory. */
    void syncDirectory(String directory) throws IOException;

    /** Bytes that can still be written, and the size of the whole file system. */
    Space space() throws IOException;

    /**
     * Room on the file system.
     *
     * @param usableBytes still free for us
     * @param totalBytes size of the file system
     */
    record Space(long usableBytes, long totalBytes) {
        /** Share in use, percent from 0 to 100. */
        public int usedPercent() {
            return totalBytes <= 0 ? 0 : (int) ((totalBytes - usableBytes) * 100 / totalBytes);
        }
    }
}
