package io.vledger.store.mmap;

import io.vledger.api.store.StoreProvider;
import io.vledger.testkit.LogStoreContract;

class MmapLogStoreTest extends LogStoreContract {
    @Override
    protected StoreProvider provider() {
        return new MmapStoreProvider();
    }
}
