package io.vledger.store.mmap;

import io.vledger.api.store.StoreProvider;
import io.vledger.testkit.RecoveryContract;

class MmapRecoveryTest extends RecoveryContract {
    @Override
    protected StoreProvider provider() {
        return new MmapStoreProvider();
    }
}
