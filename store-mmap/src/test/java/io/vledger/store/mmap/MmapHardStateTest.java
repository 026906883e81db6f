package io.vledger.store.mmap;

import io.vledger.api.store.StoreProvider;
import io.vledger.testkit.HardStateContract;
import io.vledger.testkit.SimDisk;

class MmapHardStateTest extends HardStateContract {
    @Override
    protected StoreProvider provider() {
        return new MmapStoreProvider();
    }

    @Override
    protected String hardStateFile(SimDisk disk) {
        return MmapHardStateStore.FILE;
    }
}
