package io.vledger.testkit;

import io.vledger.api.store.GroupStore;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider;
import io.vledger.api.store.StoreProvider.StoreSpec;
import java.util.Random;

/** A {@link SimDisk} as a medium. */
final class SimMedium implements StoreMedium {
    private final StoreProvider provider;
    private final StoreSpec spec;
    private final SimDisk disk = new SimDisk();

    SimMedium(StoreProvider provider, StoreSpec spec) {
        this.provider = provider;
        this.spec = spec;
    }

    @Override
    public GroupStore open() throws StoreException {
        return provider.open(spec, disk);
    }

    @Override
    public void crash(Random random) {
        disk.crash(random);
    }

    @Override
    public void processDeath() {
        disk.processDeath();
    }
}
