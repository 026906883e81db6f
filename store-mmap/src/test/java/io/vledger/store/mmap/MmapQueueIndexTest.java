package io.vledger.store.mmap;

import io.vledger.api.store.StoreProvider;
import io.vledger.testkit.QueueIndexContract;

class MmapQueueIndexTest extends QueueIndexContract {
    @Override
    protected StoreProvider provider() {
        return new MmapStoreProvider();
    }
}
