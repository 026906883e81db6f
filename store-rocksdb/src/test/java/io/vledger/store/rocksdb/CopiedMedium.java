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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

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
        logs(directory()).forEach(log -> syncedBytes.put(log, length(log)));
    }

    @Override
    public void crash(Random random) {
        Path from = directory();
        copy();
        List<Path> logs = logs(from);
        for (Path log : logs) {
            long synced = syncedBytes.getOrDefault(log, 0L);
            Path copied = directory().resolve(RocksStoreProvider.DATABASE).resolve(log.getFileName());
            long written = length(copied);
            boolean newest = log.equals(logs.get(logs.size() - 1));
            if (newest && written > synced) {
                cut(copied, synced + random.nextLong(written - synced + 1));
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

    /** Which files there are, and how far the manifest has come. */
    static List<String> state(Path directory) {
        try (Stream<Path> files = Files.list(directory.resolve(RocksStoreProvider.DATABASE))) {
            return files.map(file -> file
                            + (file.toString().contains("MANIFEST")
                                    ? " " + file.toFile().length()
                                    : ""))
                    .sorted()
                    .toList();
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

    /** Write-ahead logs, oldest first. */
    static List<Path> logs(Path directory) {
        Path database = directory.resolve(RocksStoreProvider.DATABASE);
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
