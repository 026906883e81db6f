package io.vledger.store.rocksdb;

import io.vledger.api.origin.OldDatabases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Reads RocksDB databases of an earlier broker, from copies: RocksDB writes into a directory even when it only reads. The copy may hold
 * passwords; it is readable by the node's user alone, and gone afterwards. Any thread; blocks.
 */
final class CopiedDatabases implements OldDatabases {
    private static final String PREFIX = "old-database-";
    /** The defaults of what is read here are 64 MiB of memory. */
    private static final long MAX_COPIED_BYTES = 512L << 20;

    private final Path home;

    /** @param home below which copies are made */
    CopiedDatabases(Path home) {
        this.home = home;
    }

    @Override
    public List<OldRecord> read(Path directory) throws IOException {
        if (!Files.isRegularFile(directory.resolve("CURRENT"))) {
            throw new IOException(directory + " is no database of RocksDB: it has no file CURRENT");
        }
        // Mode 700, by Java's rule for such directories.
        Path copy = Files.createTempDirectory(Files.createDirectories(home), PREFIX);
        try {
            copy(directory, copy);
            return records(directory, copy);
        } finally {
            remove(copy);
        }
    }

    private static void copy(Path directory, Path to) throws IOException {
        long bytes = 0;
        for (Path file : list(directory)) {
            if (Files.isRegularFile(file)) {
                bytes += Files.size(file);
                if (bytes > MAX_COPIED_BYTES) {
                    throw new IOException(directory + " has more than " + (MAX_COPIED_BYTES >> 20)
                            + " MiB, which no broker's users or policies have");
                }
                Files.copy(file, to.resolve(String.valueOf(file.getFileName())));
            }
        }
    }

    private static List<OldRecord> records(Path directory, Path copy) throws IOException {
        List<OldRecord> records = new ArrayList<>();
        long bytes = 0;
        try (Options options = new Options();
                RocksDB database = RocksDB.openReadOnly(options, copy.toString());
                RocksIterator all = database.newIterator()) {
            for (all.seekToFirst(); all.isValid(); all.next()) {
                OldRecord record = new OldRecord(all.key(), all.value());
                bytes += record.key().length + record.value().length;
                if (bytes > MAX_BYTES) {
                    throw new IOException(directory + " holds more than " + (MAX_BYTES >> 20) + " MiB");
                }
                records.add(record);
            }
            all.status();
            return records;
        } catch (RocksDBException unreadable) {
            throw new IOException(
                    directory + " cannot be read: " + unreadable.getMessage() + "; has the old broker ended?",
                    unreadable);
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    private static void remove(Path copy) throws IOException {
        for (Path file : list(copy)) {
            Files.deleteIfExists(file);
        }
        Files.deleteIfExists(copy);
    }
}
