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
     * Positions of messages with a key, newest first.
     *
     * @param fromMs least store timestamp, inclusive; runs of keys outside the span are skipped, single ones may remain
     * @param toMs greatest store timestamp, inclusive
     */
    long[] find(long keyHash, long fromMs, long toMs, int max) throws StoreException;

    /**
     * Positions in an older log of messages with a key, newest first, under the rules of {@link #find}. May wait for the disk;
     * any thread.
     *
     * @param key a key or the unique id of the message, as the client gave it
     */
    default long[] findOlder(String topic, String key, long fromMs, long toMs, int max) throws StoreException {
        return new long[0];
    }
}
