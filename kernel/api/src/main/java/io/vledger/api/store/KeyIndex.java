package io.vledger.api.store;

/** Finds messages by key. Loop only. Keys are hashes: a caller checks what it finds. */
public interface KeyIndex extends DerivedIndex {
    /**
     * Adds one key of a message.
     *
     * @param keyHash 64-bit hash of topic and key
     * @param position physical offset of the message
     * @param storeTimestamp milliseconds since the epoch
     */
    void add(long keyHash, long position, long storeTimestamp);

    /**
     * Positions of messages with a key, newest first. All with a store timestamp in the span are found; others may be among
     * them, so a caller that looks at the timestamps asks on from the last position until it has enough.
     *
     * @param before only positions below this one
     */
    long[] find(long keyHash, TimeSpan stored, long before, int max) throws StoreException;

    /** The same, from the newest on. */
    default long[] find(long keyHash, TimeSpan stored, int max) throws StoreException {
        return find(keyHash, stored, Long.MAX_VALUE, max);
    }

    /**
     * Positions in an older log of messages with a key, newest first, where one may be named twice; all with a store timestamp
     * in the span are found, others may be among them. May wait for the disk; any thread.
     *
     * @param key a key or the unique id of the message, as the client gave it
     */
    default long[] findInOrigin(String topic, String key, TimeSpan stored, int max) throws StoreException {
        return new long[0];
    }
}
