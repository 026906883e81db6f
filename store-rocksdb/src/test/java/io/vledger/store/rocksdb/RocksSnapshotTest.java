package io.vledger.store.rocksdb;

import io.vledger.api.store.LogBase;
import io.vledger.api.store.SnapshotStore.Snapshot;
import io.vledger.api.store.StoreProvider;
import io.vledger.testkit.SimDisk;
import io.vledger.testkit.SnapshotContract;
import io.vledger.testkit.StoreMedium;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class RocksSnapshotTest extends SnapshotContract {
    @TempDir
    Path files;

    @Override
    protected StoreProvider provider() {
        return new RocksStoreProvider(TestMemory.shared());
    }

    @Override
    protected boolean supportsDisk() {
        return false;
    }

    @Override
    protected int seeds(int simulated) {
        return Math.max(4, simulated / 10);
    }

    @Override
    protected StoreMedium medium() {
        try {
            return new CopiedMedium(Files.createTempDirectory(files, "medium"), spec(LogBase.EMPTY));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected String snapshotFile(SimDisk disk, Snapshot snapshot) {
        throw new UnsupportedOperationException("there is no simulated disk");
    }
}
