package io.vledger.api.store;

/** For each queue, where its messages are: RocketMQ's consume queue. Loop only unless said otherwise. */
public interface QueueIndex extends DerivedIndex {
    /**
     * The queue with this number.
     *
     * @param queueKey a number that the state machine gives a queue once and never again
     */
    QueueLog queue(long queueKey);

    /** Forgets a queue for good. */
    void remove(long queueKey);

    /** One queue. Units are dense: each append continues the one before. */
    interface QueueLog {
        /**
         * Appends a unit.
         *
         * @param queueOffset must equal {@link #maxOffset}, or be anything on a queue that has no unit yet
         * @param position physical offset of the message
         * @param size bytes of the message
         * @param tagsCode hash of its tag, or deliver time for a delayed one
         */
        void append(long queueOffset, long position, int size, long tagsCode);

        /** Queue offset of the first unit that is there; equals {@link #maxOffset} if there is none. */
        long minOffset();

        /** One more than the queue offset of the last unit; 0 if there never was one. */
        long maxOffset();

        /**
         * Visits units from {@code queueOffset} on, until the visitor or {@code maxUnits} ends it.
         *
         * @return how many were visited
         * @throws StoreException if they cannot be read
         */
        int read(long queueOffset, int maxUnits, UnitVisitor visitor) throws StoreException;
    }

    /** Receives units. */
    @FunctionalInterface
    interface UnitVisitor {
        /** Returns false to stop after this unit. */
        boolean visit(long queueOffset, long position, int size, long tagsCode);
    }
}
