package io.vledger.api.disk;

import java.io.IOException;
import java.nio.file.FileStore;
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

    /** How full the file system is. */
    Space space() throws IOException;

    /**
     * Room on the file system.
     *
     * @param usableBytes still free for this process: without what is reserved for root
     * @param unallocatedBytes not allocated to anybody: with what is reserved for root
     * @param totalBytes size of the file system
     */
    record Space(long usableBytes, long unallocatedBytes, long totalBytes) {
        /** Of a file system that reserves nothing. */
        public Space(long usableBytes, long totalBytes) {
            this(usableBytes, usableBytes, totalBytes);
        }

        /** Asks a file system. */
        public static Space of(FileStore volume) throws IOException {
            return new Space(volume.getUsableSpace(), volume.getUnallocatedSpace(), volume.getTotalSpace());
        }

        /** Bytes allocated to all files, also those of other processes. */
        public long usedBytes() {
            return Math.max(0, totalBytes - unallocatedBytes);
        }

        /**
         * Share in use, percent from 0 to 100, rounded up: used of used and usable. Blocks that are reserved for root are neither,
         * as for {@code df} and for RocketMQ ({@code UtilAll.getDiskPartitionSpaceUsedPercent}).
         */
        public int usedPercent() {
            long counted = usedBytes() + usableBytes;
            return counted <= 0 ? 0 : (int) ((usedBytes() * 100 + counted - 1) / counted);
        }

        /** What {@link #usedPercent} would be if so many bytes were given back. */
        public int usedPercentWithout(long bytes) {
            long freed = Math.min(Math.max(0, bytes), usedBytes());
            return new Space(usableBytes + freed, unallocatedBytes + freed, totalBytes).usedPercent();
        }
    }
}
