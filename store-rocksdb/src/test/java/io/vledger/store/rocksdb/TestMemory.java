package io.vledger.store.rocksdb;

import io.vertx.core.json.JsonObject;
import io.vledger.api.store.StoreException;
import java.nio.file.Path;

/** The native memory that all tests of this process share; it lives as long as the process. */
final class TestMemory {
    private static final SharedMemory SHARED = load();

    private TestMemory() {}

    static SharedMemory shared() {
        return SHARED;
    }

    private static SharedMemory load() {
        try {
            NativeLibrary.load(Path.of(
                    "target", "native-for-tests-" + ProcessHandle.current().pid()));
            return SharedMemory.from(new JsonObject());
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }
}
