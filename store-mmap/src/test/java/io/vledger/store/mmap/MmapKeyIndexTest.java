package io.vledger.store.mmap;

import io.vledger.api.store.StoreProvider;
import io.vledger.testkit.KeyIndexContract;

class MmapKeyIndexTest extends KeyIndexContract {
    @Override
    protected StoreProvider provider() {
        return new MmapStoreProvider();
    }
}
