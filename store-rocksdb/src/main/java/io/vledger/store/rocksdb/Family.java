package io.vledger.store.rocksdb;

import java.nio.charset.StandardCharsets;

/** The column families, in the order in which they are opened. */
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
