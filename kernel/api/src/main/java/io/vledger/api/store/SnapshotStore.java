package io.vledger.api.store;

import io.netty.buffer.ByteBuf;
import java.util.List;

/** Keeps snapshots of the state machine. Lane only, but for {@link #list}. */
public interface SnapshotStore {
    /** Saves atomically and durably. {@code data} is not released. */
    void save(Snapshot snapshot, ByteBuf data) throws StoreException;

    /** The snapshots' descriptions, ascending by index. The last one is intact; of the others loading says whether they are. */
    List<Snapshot> list();

    /** The data, verified; the caller releases it. */
    ByteBuf load(Snapshot snapshot) throws StoreException;

    /** Deletes one. */
    void delete(Snapshot snapshot) throws StoreException;

    /**
     * Describes a snapshot: the state after applying {@code index}.
     *
     * @param index index of the last entry in it
     * @param term its term
     * @param position where the next record may start
     */
    record Snapshot(long index, long term, long position) {}
}
