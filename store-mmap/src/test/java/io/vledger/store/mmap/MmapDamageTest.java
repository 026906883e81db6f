package io.vledger.store.mmap;

import io.vledger.api.store.StoreProvider;
import io.vledger.testkit.DamageContract;
import io.vledger.testkit.SimDisk;

class MmapDamageTest extends DamageContract {
    @Override
    protected StoreProvider provider() {
        return new MmapStoreProvider();
    }

    @Override
    protected String fileOf(SimDisk disk, long segment) {
        return Segment.fileOf(segment);
    }
}
