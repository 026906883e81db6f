package io.vledger.store.rocksdb;

import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreProvider;
import io.vledger.testkit.HardStateContract;
import io.vledger.testkit.SimDisk;
import io.vledger.testkit.StoreMedium;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class RocksHardStateTest extends HardStateContract {
    @TempDir
    Path files;

    @Override
    protected StoreProvider provider() {
        return RocksBackend.provider();
    }

    @Override
    protected boolean supportsDisk() {
        return false;
    }

    @Override
    protected int seeds(int simulated) {
        return RocksBackend.seeds(simulated);
    }

    @Override
    protected StoreMedium medium() {
        return RocksBackend.medium(files, spec(LogBase.EMPTY));
    }

    @Override
    protected String hardStateFile(SimDisk disk) {
        throw new UnsupportedOperationException("there is no simulated disk");
    }
}
