package io.vledger.store.rocksdb;

import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogStore.DamagedRun;
import io.vledger.api.store.StoreException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds which entries a reader could not have because of damage. A block of a table file holds many records and is damaged as a
 * whole, and a file is replaced as a whole, so the run reaches from the first to the last damaged entry of the table files that hold
 * the one that was met, as far as they are in one segment. Any thread.
 */
final class DamageSearch {
    /** Where to look. */
    @FunctionalInterface
    interface Question {
        /** The run, or null if no record is damaged. */
        @Nullable
        DamagedRun ask(DamageSearch search) throws StoreException;
    }

    private final Database database;
    private final Addressing addressing;
    private final Set<Long> received;
    private final LogView view;
    private final LogReader reader;
    private final @Nullable DamagedRun known;

    /** A search that needs not look again for a run that was found before. */
    DamageSearch(
            Database database, Addressing addressing, LogView view, @Nullable DamagedRun known, Set<Long> received) {
        this.received = received;
        this.addressing = addressing;
        this.database = database;
        this.view = view;
        this.reader = new LogReader(database, addressing, view);
        this.known = known;
    }

    /** The run; null if it is not records that are damaged, or where they are cannot be read. */
    @Nullable
    DamagedRun run(Question where) {
        try {
            return where.ask(this);
        } catch (StoreException e) {
            return null;
        }
    }

    /** Damage met by a reader of a batch. */
    @Nullable
    DamagedRun runFrom(long index, int maxBytes) throws StoreException {
        return runIn(reader.positionOf(index), Math.max(1, maxBytes));
    }

    /** Damage met by a reader of a range of positions, whose iterator also touches the records before and behind. */
    @Nullable
    DamagedRun runIn(long position, int length) throws StoreException {
        long last = Math.min(view.lastIndex(), reader.indexAt(position + length) + 1);
        for (long index = Math.max(first(), reader.indexAt(position) - 1); index <= last; index++) {
            if (received.contains(index) || reader.intactRecord(index) == null) {
                boolean again = known != null && index >= known.firstIndex() && index <= known.lastIndex();
                return again ? known : runAround(index);
            }
        }
        return null;
    }

    private long first() {
        return view.base().index() + 1;
    }

    private boolean damaged(long index) throws StoreException {
        return !received.contains(index) && reader.intactRecord(index) == null;
    }

    private @Nullable DamagedRun runAround(long met) throws StoreException {
        long start = reader.positionOf(met);
        TableRange tables = TableRange.holding(database, view, start, reader.endOf(met, start));
        long from = tables == null ? met : Math.min(met, reader.indexAt(tables.firstPosition()));
        long to = tables == null ? met : Math.max(met, reader.indexAt(tables.lastPosition()));
        while (from <= to && !damaged(from)) {
            from++;
        }
        if (from > to) {
            return null;
        }
        long position = reader.positionOf(from);
        // What a peer sends is of one segment.
        long segmentEnd = addressing.segmentStart(position) + addressing.segmentBytes();
        while (to > from && (reader.positionOf(to) >= segmentEnd || !damaged(to))) {
            to--;
        }
        return new DamagedRun(
                from,
                to,
                database.name() + ": index " + from + ", position " + position
                        + ": the record is not what was written");
    }
}
