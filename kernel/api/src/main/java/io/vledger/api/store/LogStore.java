package io.vledger.api.store;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.function.Consumer;

/** The log of one group. See the package for threads. */
public interface LogStore {
    /** The addressing of this log. */
    Addressing addressing();

    /** What lies before the first entry. */
    LogBase base();

    /** Index of the last entry written; equals the base's index if there is none. */
    long lastIndex();

    /** Where the log ends: end of the last record, or the base's position. */
    long endPosition();

    /** The terms in the log: each run is a first index and its term, ascending, the base first. */
    List<TermRun> terms();

    /** What opening the store found. */
    Recovery recovery();

    /**
     * Writes a batch that follows the log's end: its position is that end, or the start of the next segment if its writer chose
     * to leave the rest of a segment empty. Lane only. On return readers see it; it is durable after {@link #sync}.
     *
     * @throws StoreException.DiskFull if there was no room; the log is as before
     */
    void append(LogBatch batch) throws StoreException;

    /** Makes everything written durable. Lane only. A failure is final: the store must not be written again. */
    void sync() throws StoreException;

    /** Removes the entries from {@code index} on, durably. Lane only. */
    void truncateSuffix(long index) throws StoreException;

    /** Removes whole segments of which all entries are below {@code index}, durably. Lane only. */
    void dropPrefix(long index) throws StoreException;

    /** Removes everything and continues from a base, durably. Lane only. */
    void reset(LogBase base) throws StoreException;

    /**
     * Sets damaged segments aside under other names, so that the log ends before the damage and can be filled from peers. Does
     * nothing if there is no damage. Lane only.
     */
    void setDamageAside() throws StoreException;

    /**
     * Sets aside what a reader found damaged, and everything behind it, so that the log ends before. For a log that cannot be used
     * without these entries. Lane only.
     *
     * @throws StoreException.NotRepairable if this backend cannot
     */
    void setDamageAside(DamagedRun run) throws StoreException;

    /**
     * Reads records from {@code index} on, verified, as many whole ones as {@code maxBytes} allows, at least one, all of one
     * segment. The caller releases the batch.
     *
     * @throws StoreException.OutOfRange if the entry is not in the log
     */
    LogBatch readBatch(long index, int maxBytes) throws StoreException;

    /**
     * Appends bytes of the log to {@code target}. Positions in holes read as zeros. The bytes are what was written: a record that
     * this process did not write a moment ago is verified by its checksum. On failure nothing was appended.
     *
     * @throws StoreException.OutOfRange if the range is not within written segments
     * @throws StoreException.Damaged if a record in the range is not intact
     */
    void read(long position, int length, ByteBuf target) throws StoreException;

    /**
     * Shows bytes of the log where they are in memory, without a copy: for who needs little of many bytes. They are what {@link #read} would
     * append. Any thread; what shortens or closes the log waits meanwhile, so {@code viewer} neither blocks nor takes long.
     *
     * @param viewer called once at most, on the caller's thread. The buffer starts at {@code position}, is read-only and valid until the viewer
     *     returns
     * @return whether they were shown. If not, they have to be verified or put together first: {@link #read} does that, and what
     *     the viewer found, if it was called, is void
     * @throws StoreException.OutOfRange if the range is not within written segments, and this backend shows any
     */
    default boolean show(long position, int length, Consumer<ByteBuf> viewer) throws StoreException {
        return false;
    }

    /**
     * Sets whom to tell of damage that any way of reading finds; before there are readers. Called on the thread of the reader, each
     * time the damage is met.
     */
    void onDamage(Consumer<DamagedRun> listener);

    /**
     * Puts back entries that are damaged here, durably and in place, from a member that has them intact. Entries that are intact
     * here stay as they are. Lane only.
     *
     * @param entries exactly the entries of a {@link DamagedRun}
     * @return how many were not intact
     * @throws StoreException.Damaged if they are not the entries that this log had; nothing was changed
     * @throws StoreException.NotRepairable if this backend cannot rewrite a part of its log
     */
    int repair(LogBatch entries) throws StoreException;

    /** Position of the first byte that can still be read, that of an older log included. Any thread. */
    default long firstPosition() {
        List<SegmentInfo> segments = segments();
        return segments.isEmpty() ? base().position() : segments.get(0).position();
    }

    /** Reading at or above this position does not wait for the disk, most likely. */
    long hotPosition();

    /** The segments, oldest first. */
    List<SegmentInfo> segments();

    /**
     * A run of entries of one term.
     *
     * @param firstIndex first index of the run
     * @param term its term
     */
    record TermRun(long firstIndex, long term) {}

    /**
     * One segment.
     *
     * @param position where it starts
     * @param firstIndex index of its first entry
     * @param endPosition end of its last record
     */
    record SegmentInfo(long position, long firstIndex, long endPosition) {}

    /**
     * Entries that lie together, at least one of which is not what was written.
     *
     * @param firstIndex index of the first
     * @param lastIndex index of the last
     * @param what file, position and what is wrong there
     */
    record DamagedRun(long firstIndex, long lastIndex, String what) {}

    /**
     * What opening found.
     *
     * @param fresh nothing had ever been stored here
     * @param tornBytes bytes cut from the end because their write had not been finished
     * @param damage what is wrong with bytes that had been durable, or an empty string; the log then ends before it
     * @param scannedBytes how much had to be read to recover
     */
    record Recovery(boolean fresh, long tornBytes, String damage, long scannedBytes) {}
}
