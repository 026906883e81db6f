package io.vledger.store.mmap;

import io.vledger.api.store.StoreProvider;
import io.vledger.testkit.CrashContract;

class MmapCrashTest extends CrashContract {
    @Override
    protected StoreProvider provider() {
        return new MmapStoreProvider();
    }
}
