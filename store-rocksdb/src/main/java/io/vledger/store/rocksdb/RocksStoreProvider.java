package io.vledger.store.rocksdb;

import io.vledger.api.disk.Disk;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider;
import io.vledger.store.common.DirectoryLock;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens stores of this backend in real directories; what is in one decides whether it is opened, created or refused. */
final class RocksStoreProvider implements StoreProvider, AutoCloseable {
    static final String DATABASE = "rocksdb";

    private static final Logger LOG = LoggerFactory.getLogger(RocksStoreProvider.class);

    private static final String UNFINISHED = "rocksdb.new";
    private static final String REMEDY =
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
        List<Closeable> opened = new ArrayList<>();
        opened.add(DirectoryLock.take(spec.directory(), owner));
        boolean done = false;
        try {
            GroupStore store = open(spec, settings, opened);
            done = true;
            return store;
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException(spec.directory() + ": failed while opening the store: " + e, e);
        } finally {
            if (!done) {
                closeQuietly(opened);
            }
        }
    }

    private GroupStore open(StoreSpec spec, Settings settings, List<Closeable> opened) throws IOException {
        boolean fresh = prepare(spec, settings);
        Path at = spec.directory().resolve(DATABASE);
        List<Family> former = checkFamilies(at);
        DurableMark durable = openMark(spec.directory());
        opened.add(durable);
        long walBytes = DatabaseFiles.walBytes(at);
        Database database = openLog(at, settings, durable, former);
        opened.add(database::close);
        check(database, spec);
        database.drop(former);
        FreeSpace space = new FreeSpace(
                spec.directory(), probe == null ? FreeSpace.of(spec.directory()) : probe, settings.reserveBytes());
        RocksLogStore log = RocksLogStore.open(
                database, new Addressing(spec.segmentBytes()), space, fresh, walBytes, settings.writeBufferBytes());
        IndexDatabase queues = index(spec, settings, "queues", Family.QUEUE_INDEX, database);
        opened.add(queues::close);
        IndexDatabase keys = index(spec, settings, "keys", Family.KEY_INDEX, database);
        opened.add(keys::close);
        return new RocksGroupStore(database, opened, space, log, queues, keys);
    }

    private static void closeQuietly(List<Closeable> opened) {
        try {
            Resources.close(opened);
        } catch (IOException e) {
            LOG.warn("a store that could not be opened could not be closed: {}", e.toString());
        }
    }

    /** Opens the database of the log, with the families of indexes that an earlier version kept in it. */
    private Database openLog(Path at, Settings settings, DurableMark durable, List<Family> former)
            throws StoreException {
        List<Family> families = new ArrayList<>(Family.LOG);
        families.addAll(former);
        return Database.open(
                at, new Database.Spec(new Tuning(settings, memory), families, false, durable, REMEDY, onSync));
    }

    private IndexDatabase index(StoreSpec spec, Settings settings, String name, List<Family> ofIndex, Database log)
            throws StoreException {
        return IndexDatabase.open(
                spec.directory(),
                name,
                ofIndex,
                log,
                (path, families, create) -> Database.open(
                        path,
                        new Database.Spec(
                                new Tuning(settings, memory),
                                families,
                                create,
                                null,
                                "; the index must be rebuilt from the log",
                                onSync)));
    }

    /** Creates the database if the directory has none; returns whether it did. */
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
            try {
                DatabaseFiles.checkWhole(database);
            } catch (StoreException.Damaged e) {
                throw new StoreException.Damaged(e.getMessage() + REMEDY);
            }
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
                    directory + ": there is " + DurableMark.FILE + ", but no " + DATABASE + REMEDY);
        }
        create(spec, settings, database);
        return true;
    }

    private static StoreException foreignOrIncomplete(Path directory, Path database) throws StoreException {
        checkFamilies(database);
        return new StoreException.Damaged(directory.resolve(DurableMark.FILE)
                + " is missing, so it is not known how much of the database must be there" + REMEDY);
    }

    /** Creates it under another name, so that one that exists is complete. */
    private void create(StoreSpec spec, Settings settings, Path database) throws IOException {
        long segmentBytes = new Addressing(spec.segmentBytes()).segmentBytes();
        LogBase base = spec.base();
        if (base.position() % segmentBytes != 0) {
            throw new IllegalArgumentException(
                    "a log cannot begin at position " + base.position() + " in segments of " + segmentBytes);
        }
        Path unfinished = spec.directory().resolve(UNFINISHED);
        DatabaseFiles.remove(unfinished);
        Files.createDirectories(unfinished);
        DurableMark.create(spec.directory().resolve(DurableMark.FILE));
        DurableMark durable = openMark(spec.directory());
        Database made;
        try {
            made = Database.open(
                    unfinished,
                    new Database.Spec(new Tuning(settings, memory), Family.LOG, true, durable, REMEDY, () -> {}));
        } catch (StoreException e) {
            durable.close();
            throw e;
        }
        try {
            made.writeDurably("creating it", batch -> {
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

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static DurableMark openMark(Path directory) throws IOException {
        return DurableMark.open(directory.resolve(DurableMark.FILE));
    }

    /** Refuses a database whose families are not ours, without opening it; returns those that are no longer its own. */
    private static List<Family> checkFamilies(Path database) throws StoreException {
        try (Options options = new Options()) {
            List<String> found = RocksDB.listColumnFamilies(options, database.toString()).stream()
                    .map(name -> new String(name, StandardCharsets.US_ASCII))
                    .toList();
            List<Family> former = Family.FORMERLY_IN_LOG.stream()
                    .filter(family -> found.contains(family.label()))
                    .toList();
            boolean known = Family.LOG.stream().allMatch(family -> found.contains(family.label()))
                    && found.size() == Family.LOG.size() + former.size();
            if (!known) {
                throw Marker.foreign(database.toString());
            }
            return former;
        } catch (RocksDBException e) {
            throw Failures.of("reading its manifest", database.toString(), e, REMEDY);
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

    @Override
    public void close() {
        memory.close();
    }
}
