package io.vledger.store.rocksdb;

import io.vledger.api.store.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.LiveFileMetaData;

/**
 * The table files of records that may hold a range of positions, and the keys that they span.
 *
 * @param files the files
 * @param firstKey smallest key of all
 * @param lastKey largest key of all
 * @param firstPosition first position of the log among the keys
 * @param lastPosition last position of the log among the keys
 */
record TableRange(
        List<LiveFileMetaData> files, byte[] firstKey, byte[] lastKey, long firstPosition, long lastPosition) {
    /** The files that may hold positions from {@code start} to before {@code end}; null if none does. */
    static @Nullable TableRange holding(Database database, LogView view, long start, long end) throws StoreException {
        byte[] from = Keys.of(view.epoch(), start);
        byte[] until = Keys.of(view.epoch(), end);
        List<LiveFileMetaData> files = new ArrayList<>();
        byte[] first = from;
        byte[] last = from;
        for (LiveFileMetaData file : database.tables(Family.ENTRIES)) {
            if (Arrays.compareUnsigned(file.largestKey(), from) >= 0
                    && Arrays.compareUnsigned(file.smallestKey(), until) < 0) {
                files.add(file);
                first = Arrays.compareUnsigned(file.smallestKey(), first) < 0 ? file.smallestKey() : first;
                last = Arrays.compareUnsigned(file.largestKey(), last) > 0 ? file.largestKey() : last;
            }
        }
        if (files.isEmpty()) {
            return null;
        }
        long low = view.base().position();
        long high = Math.max(low, view.end() - 1);
        return new TableRange(
                List.copyOf(files), first, last, position(view, first, low, high), position(view, last, low, high));
    }

    /** The position of a key; the nearest one of the log if it is not of its epoch. */
    private static long position(LogView view, byte[] key, long low, long high) {
        byte[] whole = Arrays.copyOf(key, 2 * Long.BYTES);
        long epoch = ByteBuffer.wrap(whole).getLong();
        if (epoch != view.epoch()) {
            return epoch < view.epoch() ? low : high;
        }
        return Math.max(low, Math.min(high, ByteBuffer.wrap(whole).getLong(Long.BYTES)));
    }
}
