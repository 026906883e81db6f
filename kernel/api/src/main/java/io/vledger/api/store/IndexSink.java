package io.vledger.api.store;

/** Receives what entries of the log put into the derived indexes. */
public interface IndexSink {
    /** A unit of a queue; parameters as of {@link QueueIndex.QueueLog#append}. */
    void unit(long queueKey, long queueOffset, long position, int size, long tagsCode);

    /**
     * A unit that is the next one of its queue, where the entries do not say its queue offset: all units of such a queue are given in this
     * way, in the order in which they were appended.
     */
    void next(long queueKey, long position, int size, long tagsCode);

    /** A key of a message; parameters as of {@link KeyIndex#add}. */
    void key(long keyHash, long position, long storeTimestamp);
}
