package io.vledger.store.rocksdb;

import io.vledger.api.disk.Disk;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** Opens stores of this backend in real directories; what is in one decides whether it is opened, made or refused. */
final class RocksStoreProvider implements StoreProvider, AutoCloseable {
    static final String DATABASE = "rocksdb";

    private static final int MANIFEST_NAME_MAX = 64;
    private static final String UNFINISHED = "rocksdb.new";
    private static final String MEND =
            "; move the group's directory away: the node then starts with an empty one and is filled by its peers";

    private final SharedMemory memory;
    private final Runnable onSync;
    private final FreeSpace.@Nullable Probe probe;

    RocksStoreProvider(SharedMemory memory) {
        this(memory, () -> {}, null);
    }

    /**
     * A provider with seams for tests.
     *
     * @param onSync called after each sync of any database
     * @param probe free space; null to ask the system
     */
    RocksStoreProvider(SharedMemory memory, Runnable onSync, FreeSpace.@Nullable Probe probe) {
        this.memory = memory;
        this.onSync = onSync;
        this.probe = probe;
    }

    @Override
    public GroupStore open(StoreSpec spec, Disk disk) {
        throw new UnsupportedOperationException("RocksDB does its own I/O, on real files only");
    }

    @Override
    public GroupStore open(StoreSpec spec) throws StoreException {
        Settings settings = Settings.from(spec.settings());
        String owner = "node " + spec.node() + ", group " + spec.group() + ", process "
                + ProcessHandle.current().pid();
        DirectoryLock lock = DirectoryLock.take(spec.directory(), owner);
        Database database = null;
        DurableMark durable = null;
        boolean done = false;
        try {
            boolean fresh = prepare(spec, settings);
            Path at = spec.directory().resolve(DATABASE);
            checkFamilies(at);
            durable = openMark(spec.directory());
            long walBytes = walBytes(at);
            database = Database.open(at, new Tuning(settings, memory), false, durable, onSync);
            check(database, spec);
            FreeSpace space = new FreeSpace(
                    spec.directory(), probe == null ? FreeSpace.of(spec.directory()) : probe, settings.reserveBytes());
            RocksLogStore log = RocksLogStore.open(
                    database, new Addressing(spec.segmentBytes()), space, fresh, walBytes, settings.writeBufferBytes());
            GroupStore store = new RocksGroupStore(database, lock, space, log);
            done = true;
            return store;
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException(spec.directory() + ": failed while opening the store: " + e, e);
        } finally {
            if (!done) {
                closeAll(database, durable, lock);
            }
        }
    }

    private static void closeAll(@Nullable Database database, @Nullable DurableMark durable, DirectoryLock lock)
            throws StoreException {
        try (lock;
                durable) {
            if (database != null) {
                database.close();
            }
        } catch (IOException e) {
            throw new StoreException("failed while closing a store that could not be opened: " + e, e);
        }
    }

    /** Makes the database if the directory has none; returns whether it did. */
    private boolean prepare(StoreSpec spec, Settings settings) throws IOException {
        Path directory = spec.directory();
        for (String other : List.of("manifest", "hardstate", "log")) {
            if (Files.exists(directory.resolve(other))) {
                throw new StoreException.Foreign(
                        directory + " holds a store on plain files (" + other
                                + "): it was written with store type mmap; set store.type back, or configure another directory");
            }
        }
        Path database = directory.resolve(DATABASE);
        if (Files.isDirectory(database)) {
            for (String needed : List.of("CURRENT", "IDENTITY")) {
                if (!Files.exists(database.resolve(needed))) {
                    throw new StoreException.Damaged(database + ": " + needed + " is missing" + MEND);
                }
            }
            checkManifest(database);
            if (!Files.exists(directory.resolve(DurableMark.FILE))) {
                throw foreignOrIncomplete(directory, database);
            }
            return false;
        }
        if (Files.exists(directory.resolve("CURRENT"))) {
            throw Marker.foreign(directory.toString());
        }
        if (Files.exists(directory.resolve(DurableMark.FILE)) && !Files.exists(directory.resolve(UNFINISHED))) {
            throw new StoreException.Damaged(
                    directory + ": there is " + DurableMark.FILE + ", but no " + DATABASE + MEND);
        }
        create(spec, settings, database);
        return true;
    }

    private static void checkManifest(Path database) throws IOException {
        Path current = database.resolve("CURRENT");
        String manifest = Files.size(current) > MANIFEST_NAME_MAX
                ? ""
                : Files.readString(current).strip();
        if (!manifest.startsWith("MANIFEST-") || !Files.exists(database.resolve(manifest))) {
            throw new StoreException.Damaged(
                    database + ": CURRENT names \"" + manifest + "\", and there is no such MANIFEST file" + MEND);
        }
    }

    private static StoreException foreignOrIncomplete(Path directory, Path database) throws StoreException {
        checkFamilies(database);
        return new StoreException.Damaged(directory.resolve(DurableMark.FILE)
                + " is missing, so nobody knows how much of the database must be there" + MEND);
    }

    /** Makes it under another name, so that one that is there is whole. */
    private void create(StoreSpec spec, Settings settings, Path database) throws IOException {
        long segmentBytes = new Addressing(spec.segmentBytes()).segmentBytes();
        LogBase base = spec.base();
        if (base.position() % segmentBytes != 0) {
            throw new IllegalArgumentException(
                    "a log cannot begin at position " + base.position() + " in segments of " + segmentBytes);
        }
        Path unfinished = spec.directory().resolve(UNFINISHED);
        remove(unfinished);
        Files.createDirectories(unfinished);
        DurableMark.create(spec.directory().resolve(DurableMark.FILE));
        DurableMark durable = openMark(spec.directory());
        Database made;
        try {
            made = Database.open(unfinished, new Tuning(settings, memory), true, durable, () -> {});
        } catch (StoreException e) {
            durable.close();
            throw e;
        }
        try {
            made.writeDurably("making it", batch -> {
                batch.put(
                        made.family(Family.META),
                        Keys.MARKER,
                        new Marker(spec.node(), spec.group(), segmentBytes).encode());
                batch.put(made.family(Family.META), Keys.BASE, RocksLogStore.encodeBase(1, base));
            });
            made.checkpoint();
        } finally {
            made.close();
        }
        Files.move(unfinished, database, StandardCopyOption.ATOMIC_MOVE);
        force(spec.directory());
    }

    private static void remove(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            try (Stream<Path> files = Files.list(directory)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(directory);
        }
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static DurableMark openMark(Path directory) throws IOException {
        return DurableMark.open(directory.resolve(DurableMark.FILE));
    }

    /** Refuses a database whose families are not ours, without opening it. */
    private static void checkFamilies(Path database) throws StoreException {
        try (Options options = new Options()) {
            List<String> found = RocksDB.listColumnFamilies(options, database.toString()).stream()
                    .map(name -> new String(name, java.nio.charset.StandardCharsets.US_ASCII))
                    .sorted()
                    .toList();
            List<String> ours =
                    Stream.of(Family.values()).map(Family::label).sorted().toList();
            List<String> derived = Stream.of(Family.CHUNKS, Family.UNITS, Family.KEYS)
                    .map(Family::label)
                    .toList();
            boolean known = ours.containsAll(found)
                    && ours.stream().allMatch(label -> found.contains(label) || derived.contains(label));
            if (!known) {
                throw Marker.foreign(database.toString());
            }
        } catch (RocksDBException e) {
            throw Failures.of("reading its manifest", database.toString(), e);
        }
    }

    private static void check(Database database, StoreSpec spec) throws StoreException {
        database.checkNothingDurableIsGone();
        byte[] marker = database.get(Family.META, Keys.MARKER);
        if (marker == null) {
            throw Marker.foreign(database.name());
        }
        Marker.decode(database.name(), marker)
                .check(spec.directory().toString(), spec.node(), spec.group(), spec.segmentBytes());
    }

    private static long walBytes(Path database) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(database)) {
            for (Path file : files.toList()) {
                if (file.toString().endsWith(".log")) {
                    bytes += Files.size(file);
                }
            }
        }
        return bytes;
    }

    @Override
    public void close() {
        memory.close();
    }
}
