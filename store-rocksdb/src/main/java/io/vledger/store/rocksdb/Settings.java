package io.vledger.store.rocksdb;

import io.vertx.core.json.JsonObject;
import io.vledger.api.store.StoreException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Settings of one group's database, from {@code groups[].store.settings}.
 *
 * @param writeBufferBytes bytes of records kept in memory before they are written to a table file
 * @param writeBuffers most buffers of that size, the one being filled included
 * @param maxWalBytes bytes of write-ahead log above which buffers are written out early; bounds what opening replays
 * @param reserveBytes room on the file system that appends leave for votes, compaction and retention
 */
record Settings(long writeBufferBytes, int writeBuffers, long maxWalBytes, long reserveBytes) {
    static final Settings DEFAULT = new Settings(16L << 20, 3, 96L << 20, 64L << 20);

    static Settings from(JsonObject json) throws StoreException {
        Map<String, Long> given = numbers("groups[].store.settings", json);
        Settings settings = new Settings(
                take(given, "writeBufferBytes", DEFAULT.writeBufferBytes, 64 << 10, 1L << 30),
                (int) take(given, "writeBuffers", DEFAULT.writeBuffers, 2, 16),
                take(given, "maxWalBytes", DEFAULT.maxWalBytes, 1 << 20, 16L << 30),
                take(given, "reserveBytes", DEFAULT.reserveBytes, 0, 1L << 40));
        nothingLeft("groups[].store.settings", given, "writeBufferBytes, writeBuffers, maxWalBytes, reserveBytes");
        return settings;
    }

    /** All values of a section, which must be whole numbers. */
    static Map<String, Long> numbers(String where, JsonObject json) throws StoreException {
        Map<String, Long> given = new TreeMap<>();
        for (Map.Entry<String, Object> entry : json) {
            if (!(entry.getValue() instanceof Integer || entry.getValue() instanceof Long)) {
                throw new StoreException(
                        where + "." + entry.getKey() + ": must be a whole number, not " + entry.getValue());
            }
            given.put(entry.getKey(), ((Number) entry.getValue()).longValue());
        }
        return given;
    }

    /** Takes one value out of a section. */
    static long take(Map<String, Long> given, String name, long absent, long least, long most) throws StoreException {
        Long value = given.remove(name);
        if (value == null) {
            return absent;
        }
        if (value < least || value > most) {
            throw new StoreException(name + ": must be from " + least + " to " + most + ", not " + value);
        }
        return value;
    }

    /** Refuses names that are not settings. */
    static void nothingLeft(String where, Map<String, Long> given, String known) throws StoreException {
        if (!given.isEmpty()) {
            throw new StoreException(
                    where + ": the rocksdb store does not know " + given.keySet() + "; it knows " + known);
        }
    }
}
