package io.vledger.store.mmap;

import io.vledger.api.disk.Disk;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider;
import io.vledger.store.common.DirectoryLock;
import java.io.IOException;

/** Opens stores of this backend, on real files or over a caller's disk. Has no settings of its own. */
public final class MmapStoreProvider implements StoreProvider {
    /** A provider; has no state. */
    public MmapStoreProvider() {}

    @Override
    public GroupStore open(StoreSpec spec) throws StoreException {
        String owner = "node " + spec.node() + ", group " + spec.group() + ", process "
                + ProcessHandle.current().pid();
        NioDisk disk;
        try {
            disk = new NioDisk(spec.directory());
        } catch (IOException e) {
            throw Failures.of("opening the directory", spec.directory().toString(), e);
        }
        DirectoryLock lock = DirectoryLock.take(spec.directory(), owner);
        return MmapGroupStore.open(spec, disk, lock, System::nanoTime);
    }

    @Override
    public GroupStore open(StoreSpec spec, Disk disk) throws StoreException {
        return MmapGroupStore.open(spec, disk, () -> {}, null);
    }
}
