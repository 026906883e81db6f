package io.vledger.store.rocksdb;

import io.vledger.api.disk.Disk;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Room on the file system of a group. Records, checkpoints and snapshots are refused before the last of it is used: a database
 * that runs into the end of the disk stops flushing and compacting, and could not even give space back.
 */
final class FreeSpace {
    /** Asks the operating system. */
    @FunctionalInterface
    interface Probe {
        /** The room there is now. */
        Disk.Space now() throws IOException;
    }

    private static final long ASK_AGAIN_BYTES = 1 << 20;

    private final Path directory;
    private final Probe probe;
    private final long reserveBytes;
    private long grantedBytes;

    FreeSpace(Path directory, Probe probe, long reserveBytes) {
        this.directory = directory;
        this.probe = probe;
        this.reserveBytes = reserveBytes;
    }

    /** Room of the file system that a directory is on. */
    static Probe of(Path directory) throws IOException {
        FileStore volume = Files.getFileStore(directory);
        return () -> Disk.Space.of(volume);
    }

    Disk.Space now() throws StoreException {
        try {
            return probe.now();
        } catch (IOException e) {
            throw new StoreException(directory + ": cannot ask for free space: " + e, e);
        }
    }

    /** Refuses to write so many bytes if that would touch the reserve. Lane only; asks the system about once a mebibyte. */
    void need(long bytes, String doing) throws StoreException {
        if (grantedBytes < bytes) {
            long usable = now().usableBytes();
            if (usable - bytes < reserveBytes) {
                throw new StoreException.DiskFull(
                        directory + ": no room left while " + doing + ": " + usable + " bytes are free and "
                                + reserveBytes + " are kept back (reserveBytes); free space on this file system,"
                                + " writing resumes by itself",
                        new FileSystemException(directory.toString(), null, "the reserve is reached"));
            }
            grantedBytes = Math.min(usable - reserveBytes, bytes + ASK_AGAIN_BYTES);
        }
        grantedBytes -= bytes;
    }
}
