package io.vledger.store.rocksdb;

import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreProvider;
import io.vledger.testkit.KeyIndexContract;
import io.vledger.testkit.StoreMedium;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class RocksKeyIndexTest extends KeyIndexContract {
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
}
