package io.vledger.store.rocksdb;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** The column families. */
enum Family {
    /** Everything small. */
    META("default"),
    /** Epoch and position to a piece of a record. */
    ENTRIES("entries"),
    /** Epoch and index to a position. */
    INDEXES("indexes"),
    /** Where the units of queues are. */
    CHUNKS("chunks"),
    /** The units themselves. */
    UNITS("units"),
    /** Keys of messages. */
    KEYS("keys"),
    /** Snapshots by index. */
    SNAPSHOTS("snapshots");

    /** What the database of the log has. */
    static final List<Family> LOG = List.of(META, ENTRIES, INDEXES, SNAPSHOTS);
    /** What the database of the queue index has. */
    static final List<Family> QUEUE_INDEX = List.of(META, CHUNKS, UNITS);
    /** What the database of the key index has. */
    static final List<Family> KEY_INDEX = List.of(META, KEYS);
    /** What the database of the log had as well, before the indexes had their own. */
    static final List<Family> FORMERLY_IN_LOG = List.of(CHUNKS, UNITS, KEYS);

    private final String label;

    Family(String label) {
        this.label = label;
    }

    byte[] bytes() {
        return label.getBytes(StandardCharsets.US_ASCII);
    }

    String label() {
        return label;
    }
}
