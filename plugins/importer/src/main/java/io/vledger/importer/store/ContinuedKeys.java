package io.vledger.importer.store;

import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.TimeSpan;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The group's own key index, and the old one for those who ask for it. */
final class ContinuedKeys implements KeyIndex {
    private final KeyIndex own;
    private final OriginKeys old;

    ContinuedKeys(KeyIndex own, OriginKeys old) {
        this.own = own;
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

    @Override
    public void onDamage(Consumer<DamagedPart> listener) {
        own.onDamage(listener);
    }

    @Override
    public @Nullable Rebuild rebuild(long segment) {
        return own.rebuild(segment);
    }

    @Override
    public Flush prepareFlush() {
        return own.prepareFlush();
    }

    @Override
    public void rewind(byte[] mark) throws StoreException {
        own.rewind(mark);
    }

    @Override
    public void dropBefore(long position) {
        own.dropBefore(position);
    }
}
