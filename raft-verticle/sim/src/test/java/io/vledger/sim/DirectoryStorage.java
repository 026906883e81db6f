package io.vledger.sim;

import io.vledger.api.store.GroupStore;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.testkit.StoreMedium;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A node's data in real directories, for a store that does its own I/O: crashes are copies of them. */
final class DirectoryStorage implements NodeStorage, AutoCloseable {
    private final Function<StoreSpec, StoreMedium> disks;
    private @Nullable StoreMedium medium;
    private @Nullable GroupStore open;

    /** @param disks makes an empty place for a store */
    DirectoryStorage(Function<StoreSpec, StoreMedium> disks) {
        this.disks = disks;
    }

    @Override
    public GroupStore open(StoreSpec spec) throws StoreException {
        StoreMedium files = medium;
        if (files == null) {
            files = disks.apply(spec);
            medium = files;
        }
        GroupStore opened = files.open();
        open = opened;
        return opened;
    }

    @Override
    public void processDied() {
        StoreMedium files = medium;
        if (files != null && open != null) {
            files.processDeath();
        }
        close();
    }

    @Override
    public void powerLost(Random random) {
        StoreMedium files = medium;
        if (files != null && open != null) {
            files.crash(random);
        }
        close();
    }

    @Override
    public void replaced() {
        close();
        medium = null;
    }

    @Override
    public void close() {
        GroupStore store = open;
        open = null;
        if (store != null) {
            try {
                store.close();
            } catch (StoreException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
