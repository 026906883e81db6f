package io.vledger.api.group;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.IndexSink;
import org.jspecify.annotations.Nullable;

/**
 * What a group replicates. Deterministic: every replica that has applied the same entries is in the same state. No I/O but
 * appending to the derived indexes it was given, no clock, no randomness. Loop only.
 */
public interface StateMachine {
    /** Makes a state machine for a member. */
    @FunctionalInterface
    interface Factory {
        /** Called once, on the group's loop, before anything else. */
        StateMachine create(Group group, GroupStore store);
    }

    /**
     * Applies a committed entry. Called once an entry, in order; again from the last snapshot after a restart.
     *
     * @param kind kind of the entry, {@link EntryKind#FIRST_APPLICATION_KIND} or above
     * @param payloadVersion version of the payload's format
     * @param position log position of the payload's first byte
     * @param payload valid during the call only
     * @throws ContradictionException if a part of the entry contradicts the state. That part and what follows it in the entry has changed nothing; the next call is
     *     about the same entry, and goes on with that part, unless {@link #restore} comes before
     */
    void apply(long index, byte kind, short payloadVersion, long position, ByteBuf payload);

    /**
     * As {@link #apply}, but parts of the entry that contradict the state are left out: they change nothing on any member, since all have the same
     * state then.
     *
     * @throws ContradictionException after the rest was applied, if anything was left out
     */
    default void applyWhatFits(long index, byte kind, short payloadVersion, long position, ByteBuf payload) {
        apply(index, kind, payloadVersion, position, payload);
    }

    /** How many parts of entries were left out since the group began: part of the state, so the same on members that have applied the same. */
    default long leftOut() {
        return 0;
    }

    /**
     * Repeats what applying an entry appended to the derived indexes, to rebuild a damaged one. Changes no state. What belongs to
     * deleted queues may be left out. Parameters as of {@link #apply}; the entry was applied.
     */
    default void index(byte kind, short payloadVersion, long position, ByteBuf payload, IndexSink sink) {}

    /**
     * Why no leader of this version can have proposed an entry, whatever the state: asked before a follower takes it from another member,
     * which is not believed. Changes nothing. Parameters as of {@link #apply}.
     *
     * @return null if it can be read; else what is wrong with it
     */
    default @Nullable String unreadable(byte kind, short payloadVersion, long position, ByteBuf payload) {
        return null;
    }

    /**
     * Why {@link #restore} cannot read a snapshot: asked before a follower takes one from another member. Changes nothing.
     *
     * @return null if it can be read; else what is wrong with it
     */
    default @Nullable String unreadable(ByteBuf snapshot) {
        return null;
    }

    /** Called after a run of entries was applied, to wake waiting requests. */
    default void applied(long index) {}

    /** Appends the whole state to {@code target}, quickly; the derived indexes are saved by the replica. */
    void snapshot(ByteBuf target);

    /** Replaces the state with a snapshot's. An empty buffer means the initial state. The indexes are rewound already. */
    void restore(ByteBuf snapshot);

    /** The start of the log was dropped: positions below are gone, from the derived indexes too. */
    default void prefixDropped(long position) {}

    /**
     * The role changed. {@link GroupRole#LEADER} comes after everything of earlier terms was applied; from then on proposals
     * are taken until the role changes again.
     */
    void roleChanged(GroupRole role, long term);
}
