package io.vledger.importer.store;

import io.vledger.api.store.DerivedIndex;
import io.vledger.api.store.StoreException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Passes on to the group's own index what the old one has no part in: it is never written to, and rebuilt in another way. */
abstract class ForwardingIndex<T extends DerivedIndex> implements DerivedIndex {
    final T own;

    ForwardingIndex(T own) {
        this.own = own;
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
