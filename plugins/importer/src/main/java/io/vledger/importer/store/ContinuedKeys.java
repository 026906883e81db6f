package io.vledger.importer.store;

import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.TimeSpan;

/** The group's own key index, and the old one for those who ask for it. */
final class ContinuedKeys extends ForwardingIndex<KeyIndex> implements KeyIndex {
    private final OriginKeys old;

    ContinuedKeys(KeyIndex own, OriginKeys old) {
        super(own);
        this.old = old;
    }

    @Override
    public void add(long keyHash, long position, long storeTimestamp) {
        own.add(keyHash, position, storeTimestamp);
    }

    @Override
    public long[] find(long keyHash, TimeSpan stored, long before, int max) throws StoreException {
        return own.find(keyHash, stored, before, max);
    }

    @Override
    public long[] findInOrigin(String topic, String key, TimeSpan stored, int max) {
        return old.find(topic, key, stored, max);
    }
}
