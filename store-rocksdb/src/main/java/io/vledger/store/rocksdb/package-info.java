/**
 * A store on RocksDB: one database for the log of each group, and one for each of its indexes.
 *
 * <p><b>Where things are.</b> The directory of a group holds the log's database in {@code rocksdb/}, {@code durable}, which
 * remembers how much of it was synced, the databases of the indexes in {@code queues-<n>/} and {@code keys-<n>/}, and {@code lock}.
 * The module's README has every family and key.
 *
 * <p><b>Threads.</b> The lane writes; anyone reads. Every native call runs inside {@link io.vledger.store.rocksdb.Database},
 * which keeps callers out once it is closed: RocksDB answers a late call with the death of the process.
 *
 * <p><b>Invariants.</b> An append is one write to the write-ahead log, a sync one sync of it. What lies below the base, or
 * belongs to an older epoch, may come back when RocksDB drops files, so nothing ever looks there.
 */
@NullMarked
package io.vledger.store.rocksdb;

import org.jspecify.annotations.NullMarked;
