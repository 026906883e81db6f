package io.vledger.store.rocksdb;

import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database of one derived index, apart from that of the log: whatever happens to it, it can be given up as a whole and filled
 * again from the log.
 *
 * <p>Each has a number, which the log's database remembers durably before it is created, so that a mark of one is never taken for a
 * mark of another. While a damaged one is being replaced the old one is still read, as far as it can be; marks of the new one count
 * from the flush on that found everything in it.
 */
final class IndexDatabase {
    private static final Logger LOG = LoggerFactory.getLogger(IndexDatabase.class);
    /** Number of the last flush that was written. */
    private static final byte[] LAST_FLUSH = Keys.text("flush");
    /** The first flush whose mark counts. */
    private static final byte[] FIRST_FLUSH = Keys.text("first-flush");

    private final Path directory;
    private final String name;
    private final List<Family> families;
    private final Database log;
    private final Opener opener;
    private volatile @Nullable Instance current;
    private volatile @Nullable Instance previous;
    private volatile @Nullable String damage;

    /** Opens the database in a directory, or creates it there. */
    @FunctionalInterface
    interface Opener {
        /** Opens it with these families. */
        Database open(Path at, List<Family> families, boolean create) throws StoreException;
    }

    private record Instance(long number, Path path, Database database) {}

    private IndexDatabase(Path directory, String name, List<Family> families, Database log, Opener opener) {
        this.directory = directory;
        this.name = name;
        this.families = families;
        this.log = log;
        this.opener = opener;
    }

    /**
     * Opens what there is. A database that is damaged or not all there is removed: it holds nothing that the log has not.
     *
     * @param directory of the group
     * @param name of the index, by which its directories are called
     * @param log knows the number of the one that counts
     */
    static IndexDatabase open(Path directory, String name, List<Family> families, Database log, Opener opener)
            throws StoreException {
        IndexDatabase index = new IndexDatabase(directory, name, families, log, opener);
        long number = index.storedNumber();
        try (Stream<Path> all = Files.list(directory)) {
            for (Path each : all.filter(index::isOurs).toList()) {
                if (!each.equals(index.pathOf(number))) {
                    DatabaseFiles.remove(each);
                }
            }
            Path path = index.pathOf(number);
            if (Files.isDirectory(path)) {
                try {
                    DatabaseFiles.checkWhole(path);
                    index.current = new Instance(number, path, opener.open(path, families, false));
                } catch (StoreException.Damaged e) {
                    LOG.warn("{}; it is removed and rebuilt from the log", e.getMessage());
                    DatabaseFiles.remove(path);
                }
            }
            return index;
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException(directory + ": the index of " + name + " cannot be opened: " + e, e);
        }
    }

    private Path pathOf(long number) {
        return directory.resolve(name + "-" + number);
    }

    private boolean isOurs(Path path) {
        String file = path.getFileName().toString();
        return file.matches(name + "-[0-9]{1,18}");
    }

    private long storedNumber() throws StoreException {
        return numberIn(log, Keys.numberOf(name));
    }

    private static long numberIn(Database database, byte[] key) throws StoreException {
        byte[] stored = database.get(Family.META, key);
        return stored == null || stored.length != Long.BYTES
                ? 0
                : ByteBuffer.wrap(stored).getLong();
    }

    /** Names it in messages. */
    String name() {
        return directory + ": index of " + name;
    }

    /** Number of the database that is written now; 0 if there is none. Any thread. */
    long number() {
        Instance now = current;
        return now == null ? 0 : now.number;
    }

    /** Whether what a database with this number has must be written again. Any thread. */
    boolean isLost(long number) {
        return damage != null || number != number();
    }

    /** Whether another database is being filled with what one that is damaged had, or is about to be. Any thread. */
    boolean isReplaced() {
        return damage != null || previous != null;
    }

    /** What is wrong with the database that is written now; null if nothing is known to be. Any thread. */
    @Nullable
    String damage() {
        return damage;
    }

    /** Reading has shown that it is damaged. Any thread. */
    void damaged(String what) {
        if (damage == null) {
            damage = what;
        }
    }

    /** A database to read from: the one that is written now, or the one that it replaces. */
    Database at(long number) throws StoreException {
        for (Instance each : new Instance[] {current, previous}) {
            if (each != null && each.number == number) {
                return each.database;
            }
        }
        throw new StoreException.Damaged(name() + ": what it had is being rebuilt from the log");
    }

    /** The database to write to: a new one if there is none or it is damaged. Lane only. */
    Database writable() throws StoreException {
        Instance now = current;
        if (now == null) {
            return create(0).database;
        }
        String what = damage;
        if (what == null) {
            return now.database;
        }
        LOG.warn("{}: is replaced by a new database, which is filled from the log: {}", name(), what);
        Instance old = previous;
        if (old != null) {
            discard(old);
        }
        previous = now;
        Instance made = create(Long.MAX_VALUE);
        damage = null;
        return made.database;
    }

    /** Notes with the changes of a flush that it was written. */
    void flushed(Database database, org.rocksdb.WriteBatch batch, long generation) throws org.rocksdb.RocksDBException {
        batch.put(database.family(Family.META), LAST_FLUSH, Keys.of(generation));
    }

    /** Everything is in the database that is written now, a flush included: the one before is not needed any more. Lane only. */
    void complete(long generation) throws StoreException {
        Instance old = previous;
        Instance now = current;
        if (old == null || now == null) {
            return;
        }
        now.database.writeDurably(
                "noting that it is whole",
                batch -> batch.put(now.database.family(Family.META), FIRST_FLUSH, Keys.of(generation)));
        previous = null;
        discard(old);
    }

    /** Begins again with an empty one. */
    void empty() throws StoreException {
        close();
        create(0);
        damage = null;
    }

    /** Refuses a mark that describes another database, or more than this one has. */
    void check(IndexMark mark) throws StoreException {
        Instance now = current;
        if (now == null
                || now.number != mark.number()
                || damage != null
                || numberIn(now.database, LAST_FLUSH) < mark.generation()
                || numberIn(now.database, FIRST_FLUSH) > mark.generation()) {
            throw new StoreException.Damaged(
                    name()
                            + ": what the checkpoint describes was damaged, removed or never finished; it must be rebuilt from the log");
        }
    }

    private Instance create(long firstFlush) throws StoreException {
        long number = Math.max(storedNumber(), number()) + 1;
        log.writeDurably(
                "noting the number of an index",
                batch -> batch.put(log.family(Family.META), Keys.numberOf(name), Keys.of(number)));
        Path path = pathOf(number);
        try {
            DatabaseFiles.remove(path);
            Files.createDirectories(path);
        } catch (IOException e) {
            throw new StoreException(path + ": cannot be created: " + e, e);
        }
        Instance made = new Instance(number, path, opener.open(path, families, true));
        made.database.writeDurably(
                "creating it", batch -> batch.put(made.database.family(Family.META), FIRST_FLUSH, Keys.of(firstFlush)));
        current = made;
        return made;
    }

    private void discard(Instance gone) {
        try {
            gone.database.close();
            DatabaseFiles.remove(gone.path);
        } catch (IOException e) {
            LOG.warn("{}: cannot be removed: {}; the next start does it", gone.path, e.toString());
        }
    }

    /** Closes it; what it has stays. */
    void close() throws StoreException {
        Instance now = current;
        Instance old = previous;
        current = null;
        previous = null;
        try {
            if (old != null) {
                old.database.close();
            }
            if (now != null) {
                now.database.close();
            }
        } catch (IOException e) {
            throw new StoreException(name() + ": failed while closing it: " + e, e);
        }
    }
}
