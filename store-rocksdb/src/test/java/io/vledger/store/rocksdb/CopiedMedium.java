package io.vledger.store.rocksdb;

import io.vertx.core.json.JsonObject;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.testkit.StoreMedium;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * Real directories. A crash is a copy of all files at that moment; for a loss of power the write-ahead logs, the only files that
 * hold anything unsynced that counts, are cut at random between what was synced and what was written.
 */
final class CopiedMedium implements StoreMedium {
    private final Path root;
    private final StoreSpec like;
    private final RocksStoreProvider provider;
    private final Map<Path, Long> syncedBytes = new HashMap<>();
    private int copies;

    CopiedMedium(Path root, StoreSpec like) {
        this.root = root;
        this.like = like;
        this.provider = new RocksStoreProvider(TestMemory.shared(), this::synced, null);
    }

    Path directory() {
        return root.resolve("copy-" + copies);
    }

    @Override
    public GroupStore open() throws StoreException {
        return provider.open(new StoreSpec(
                directory(), like.group(), like.node(), like.segmentBytes(), like.base(), new JsonObject()));
    }

    /** Called after each sync, before anything else is written. */
    private void synced() {
        for (Path database : databases(directory())) {
            logsOf(database).forEach(log -> syncedBytes.put(log, length(log)));
        }
    }

    @Override
    public void damage(String index, Random random) throws IOException {
        Path database = indexDatabase(directory(), index);
        List<Path> tables = tablesOf(database, index.equals("keys") ? Family.KEYS : Family.UNITS);
        Path table = tables.get(random.nextInt(tables.size()));
        try (RandomAccessFile bytes = new RandomAccessFile(table.toFile(), "rw")) {
            // In its data blocks.
            long at = random.nextLong(bytes.length() / 2);
            bytes.seek(at);
            int was = bytes.read();
            bytes.seek(at);
            bytes.write(was ^ (1 << random.nextInt(8)));
        }
    }

    /** The one database of a derived index. */
    static Path indexDatabase(Path directory, String index) {
        return databases(directory).stream()
                .filter(path -> path.getFileName().toString().startsWith(index + "-"))
                .findFirst()
                .orElseThrow();
    }

    /** Brings everything of an index into table files; returns those of one family. */
    static List<Path> tablesOf(Path database, Family family) {
        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        for (Family each : family == Family.KEYS ? Family.KEY_INDEX : Family.QUEUE_INDEX) {
            descriptors.add(new ColumnFamilyDescriptor(each.bytes()));
        }
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try (DBOptions options = new DBOptions();
                RocksDB db = RocksDB.open(options, database.toString(), descriptors, handles);
                FlushOptions flush = new FlushOptions()) {
            db.flush(flush, handles);
            List<Path> tables = db.getLiveFilesMetaData().stream()
                    .filter(file -> Arrays.equals(file.columnFamilyName(), family.bytes()))
                    .map(file -> Path.of(database.toString(), file.fileName()))
                    .toList();
            handles.forEach(ColumnFamilyHandle::close);
            return tables;
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void crash(Random random) {
        Path from = directory();
        copy();
        for (Path database : databases(directory())) {
            List<Path> logs = logsOf(database);
            if (!logs.isEmpty()) {
                Path newest = logs.get(logs.size() - 1);
                Path original = from.resolve(directory().relativize(newest).toString());
                long synced = syncedBytes.getOrDefault(original, 0L);
                long written = length(newest);
                if (written > synced) {
                    cut(newest, synced + random.nextLong(written - synced + 1));
                }
            }
        }
    }

    @Override
    public void processDeath() {
        copy();
    }

    /** All files as they are at one moment: again if RocksDB replaced some in the background meanwhile. */
    private void copy() {
        Path from = directory();
        List<String> before;
        do {
            copies++;
            before = state(from);
            copyTree(from, directory());
        } while (!state(from).equals(before));
    }

    /** By names alone: a walk of the tree asks for each file's attributes, and fails when one has gone. */
    static void copyTree(Path from, Path to) {
        try (Stream<Path> files = Files.list(from)) {
            Files.createDirectories(to);
            for (Path file : files.toList()) {
                Path target = to.resolve(file.getFileName());
                if (Files.isDirectory(file)) {
                    copyTree(file, target);
                } else {
                    copyUnlessGone(file, target);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Which files there are, and how far the manifests have come. */
    static List<String> state(Path directory) {
        List<String> state = new ArrayList<>();
        for (Path database : databases(directory)) {
            try (Stream<Path> files = Files.list(database)) {
                files.map(file -> file
                                + (file.toString().contains("MANIFEST")
                                        ? " " + file.toFile().length()
                                        : ""))
                        .sorted()
                        .forEach(state::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return state;
    }

    /** The databases of a group. */
    static List<Path> databases(Path directory) {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(Files::isDirectory).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Files that RocksDB has just replaced are deleted in the background. */
    private static void copyUnlessGone(Path file, Path to) throws IOException {
        try {
            Files.copy(file, to);
        } catch (NoSuchFileException e) {
            Files.deleteIfExists(to);
        }
    }

    /** Write-ahead logs of the log's database, oldest first. */
    static List<Path> logs(Path directory) {
        return logsOf(directory.resolve(RocksStoreProvider.DATABASE));
    }

    private static List<Path> logsOf(Path database) {
        try (Stream<Path> files = Files.list(database)) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long length(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void cut(Path file, long length) {
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.setLength(length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
