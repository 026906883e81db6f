package io.vledger.store.rocksdb;

import io.vledger.api.store.StoreProvider;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.testkit.StoreMedium;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** This backend as the contracts test it: on real files, with fewer seeds than run on a simulated disk. */
public final class RocksBackend {
    private RocksBackend() {}

    static StoreProvider provider() {
        return new RocksStoreProvider(TestMemory.shared());
    }

    static int seeds(int simulated) {
        return Math.max(4, simulated / 10);
    }

    /** A place for a store in a directory of its own below {@code files}. */
    public static StoreMedium medium(Path files, StoreSpec spec) {
        try {
            return new CopiedMedium(Files.createTempDirectory(files, "medium"), spec);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
