package io.vledger.store.rocksdb;

import io.vledger.api.disk.NoSpace;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractImmutableNativeReference;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * One open database and everything native that belongs to it. Calls run while it is held open; after {@link #close} they fail
 * with a {@link StoreException} instead of killing the process. Knows what was synced.
 */
final class Database {
    /** A native call. */
    @FunctionalInterface
    interface Call<T> {
        /** Runs it. */
        T run(RocksDB db) throws RocksDBException, StoreException;
    }

    /** Puts changes into a batch. */
    @FunctionalInterface
    interface Change {
        /** Adds them. */
        void to(WriteBatch batch) throws RocksDBException, StoreException;
    }

    /** Several changes, one after the other. */
    @FunctionalInterface
    interface Changes {
        /** Makes them. */
        void make() throws StoreException;
    }

    private final String name;
    private final RocksDB db;
    private final Map<Family, ColumnFamilyHandle> families = new EnumMap<>(Family.class);
    private final List<AbstractImmutableNativeReference> options;
    private final Spec spec;
    private final WriteOptions unsynced = new WriteOptions();
    private final WriteOptions synced = new WriteOptions().setSync(true);
    private final ReadOptions reads = new ReadOptions();
    private final ReentrantReadWriteLock open = new ReentrantReadWriteLock();
    private boolean closed;
    private volatile @Nullable StoreException broken;

    /**
     * What to open.
     *
     * @param tuning RocksDB's options
     * @param families of the database, each of which must exist unless the database is created
     * @param create whether to create it
     * @param durable remembers how much was synced; closed with the database, not if opening fails; null for a database that can be
     *     filled again
     * @param remedy what helps if it turns out damaged; the end of a message
     * @param onSync called after each sync, for tests that want to know what a loss of power leaves
     */
    record Spec(
            Tuning tuning,
            List<Family> families,
            boolean create,
            @Nullable DurableMark durable,
            String remedy,
            Runnable onSync) {}

    private Database(
            String name,
            RocksDB db,
            List<ColumnFamilyHandle> handles,
            List<AbstractImmutableNativeReference> options,
            Spec spec) {
        this.name = name;
        this.db = db;
        int next = 0;
        for (Family family : spec.families) {
            families.put(family, handles.get(next++));
        }
        this.options = options;
        this.spec = spec;
    }

    /** Opens a database, or creates it. */
    static Database open(Path directory, Spec spec) throws StoreException {
        List<AbstractImmutableNativeReference> options = new ArrayList<>();
        List<ColumnFamilyDescriptor> descriptors = spec.tuning.families(spec.families, options);
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        boolean done = false;
        try {
            DBOptions dbOptions = spec.tuning.database(options, spec.create);
            RocksDB db = RocksDB.open(dbOptions, directory.toString(), descriptors, handles);
            done = true;
            return new Database(directory.toString(), db, handles, options, spec);
        } catch (RocksDBException e) {
            throw Failures.of("opening it", directory.toString(), e, spec.remedy);
        } finally {
            if (!done) {
                closeAll(options);
            }
        }
    }

    private static void closeAll(List<AbstractImmutableNativeReference> options) {
        for (int i = options.size() - 1; i >= 0; i--) {
            options.get(i).close();
        }
    }

    /** Names it in messages. */
    String name() {
        return name;
    }

    ColumnFamilyHandle family(Family family) {
        return Objects.requireNonNull(families.get(family));
    }

    /** Options of plain reads. */
    ReadOptions reads() {
        return reads;
    }

    /** Runs native calls that read. Any thread. */
    <T> T read(String doing, Call<T> call) throws StoreException {
        try {
            return run(call);
        } catch (RocksDBException e) {
            throw Failures.ofReading(doing, name, e, spec.remedy);
        }
    }

    /** Runs native calls that change something. */
    private <T> T change(String doing, Call<T> call) throws StoreException {
        try {
            return run(call);
        } catch (RocksDBException e) {
            throw Failures.of(doing, name, e, spec.remedy);
        }
    }

    private <T> T run(Call<T> call) throws RocksDBException, StoreException {
        open.readLock().lock();
        try {
            if (closed) {
                throw new StoreException(name + ": is closed");
            }
            return call.run(db);
        } finally {
            open.readLock().unlock();
        }
    }

    byte @Nullable [] get(Family family, byte[] key) throws StoreException {
        return this.<byte @Nullable []>read("reading", db -> db.get(family(family), reads, key));
    }

    /** Writes a batch of changes as one; durable with the next {@link #sync}. */
    void write(String doing, Change change) throws StoreException {
        write(doing, change, unsynced);
    }

    /** Writes a batch of changes as one; durable on return, with everything before. */
    void writeDurably(String doing, Change change) throws StoreException {
        long sequence = write(doing, change, synced);
        markDurable(sequence);
    }

    private long write(String doing, Change change, WriteOptions how) throws StoreException {
        checkWritable();
        try {
            return change(doing, db -> {
                try (WriteBatch batch = new WriteBatch()) {
                    change.to(batch);
                    db.write(how, batch);
                }
                return db.getLatestSequenceNumber();
            });
        } catch (StoreException.DiskFull e) {
            throw e;
        } catch (StoreException e) {
            throw broken(e);
        }
    }

    /** Makes all writes that returned durable. A failure is final. */
    void sync() throws StoreException {
        checkWritable();
        long sequence;
        try {
            sequence = change("syncing the write-ahead log", db -> {
                long before = db.getLatestSequenceNumber();
                db.syncWal();
                return before;
            });
        } catch (StoreException e) {
            // Also of a full disk: what the failed sync has dropped is not known.
            throw broken(new StoreException(
                    name + ": could not be synced (" + e.getMessage() + "); check the disk, then restart this node",
                    e));
        }
        markDurable(sequence);
    }

    /** The mark may lag behind what is durable: where it finds no room, what was asked can be asked again. */
    private void markDurable(long sequence) throws StoreException {
        DurableMark durable = spec.durable;
        if (durable != null) {
            try {
                durable.raise(sequence);
            } catch (IOException e) {
                throw fullOrBroken("writing", e);
            }
        }
        spec.onSync.run();
    }

    private StoreException fullOrBroken(String doing, IOException e) {
        String file = name + ": " + DurableMark.FILE;
        if (NoSpace.isCause(e)) {
            return new StoreException.DiskFull(
                    file + ": no room left while " + doing
                            + " it; free space on this file system, writing resumes by itself",
                    e);
        }
        return broken(new StoreException(file + ": failed while " + doing + " it: " + e, e));
    }

    /** Syncs, and what says that it was synced too. */
    void checkpoint() throws StoreException {
        sync();
        DurableMark durable = spec.durable;
        if (durable != null) {
            try {
                durable.sync();
            } catch (IOException e) {
                throw fullOrBroken("syncing", e);
            }
        }
    }

    /**
     * Gives the room of keys in a range back: whole files at once, the rest when files are compacted. The caller never looks there
     * again, since a dropped file may hold the removal of what another still has. Lane only.
     */
    void free(Family family, byte[] from, byte[] until) throws StoreException {
        write("removing what is no longer needed", batch -> batch.deleteRange(family(family), from, until));
        change("dropping files", db -> {
            db.deleteFilesInRanges(family(family), List.of(from, until), false);
            return true;
        });
    }

    /** Gives the room of what an index has of positions below one back: its keys begin with a segment. Lane only. */
    void freeBelow(long position, Family... which) throws StoreException {
        if (position > 0) {
            for (Family family : which) {
                free(family, Keys.of(0), Keys.of(position));
            }
        }
    }

    /** The table files of a family. */
    List<LiveFileMetaData> tables(Family family) throws StoreException {
        byte[] name = family.bytes();
        return read("listing table files", db -> db.getLiveFilesMetaData().stream()
                .filter(table -> Arrays.equals(table.columnFamilyName(), name))
                .toList());
    }

    /** Drops the table files, but for the newest ones, whose keys all lie in a range, both ends included, without reading them. */
    void dropTables(Family family, byte[] first, byte[] last) throws StoreException {
        change("dropping files", db -> {
            db.deleteFilesInRanges(family(family), List.of(first, last), true);
            return true;
        });
    }

    /** Makes changes while no other thread reads or writes. If they fail half way, nothing is written until the next start. */
    void exclusively(Changes changes) throws StoreException {
        open.writeLock().lock();
        try {
            changes.make();
        } catch (StoreException e) {
            throw broken(e);
        } finally {
            open.writeLock().unlock();
        }
    }

    /** Removes families with what is in them, unread. Before anybody uses them. */
    void drop(List<Family> which) throws StoreException {
        change("removing " + which, db -> {
            for (Family family : which) {
                ColumnFamilyHandle gone = families.remove(family);
                if (gone != null) {
                    db.dropColumnFamily(gone);
                    gone.close();
                }
            }
            return true;
        });
    }

    /** Refuses a database that has lost what was durable. */
    void checkNothingDurableIsGone() throws StoreException {
        DurableMark durable = spec.durable;
        long there = read("asking for the sequence number", RocksDB::getLatestSequenceNumber);
        if (durable != null && there < durable.sequence()) {
            throw new StoreException.Damaged(name + ": ends with sequence number " + there + ", but up to "
                    + durable.sequence() + " was durable: the end of its write-ahead log is gone" + spec.remedy);
        }
    }

    void checkWritable() throws StoreException {
        StoreException failure = broken;
        if (failure != null) {
            throw failure;
        }
    }

    private StoreException broken(StoreException e) {
        if (broken == null) {
            String message = e.getMessage() + "; the database takes no more writes until the node is restarted";
            broken = e instanceof StoreException.Damaged
                    ? new StoreException.Damaged(message)
                    : new StoreException(message, e);
        }
        return e;
    }

    /** Closes everything native, after calls that are under way; what was not synced stays in the page cache. */
    void close() throws IOException {
        open.writeLock().lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            families.values().forEach(AbstractImmutableNativeReference::close);
            db.close();
            reads.close();
            synced.close();
            unsynced.close();
            closeAll(options);
        } finally {
            open.writeLock().unlock();
            DurableMark durable = spec.durable;
            if (durable != null) {
                durable.close();
            }
        }
    }
}
