package io.vledger.testkit;

import io.vertx.core.json.JsonObject;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider;
import io.vledger.api.store.StoreProvider.StoreSpec;
import java.nio.file.Path;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** What all contracts share: how to open a store of the backend under test. */
public abstract class StoreContract {
    /** Small, so that short histories have many segments. */
    protected static final long SEGMENT_BYTES = 16 << 10;

    @TempDir
    @Nullable
    Path directory;

    /** The backend under test. */
    protected abstract StoreProvider provider();

    /** Whether it runs over a {@link SimDisk}; if not, contracts that need one are skipped. */
    protected boolean supportsDisk() {
        return true;
    }

    /** An empty place for a store, with crashes: a simulated disk unless the backend needs real files. */
    protected StoreMedium medium() {
        return new SimMedium(provider(), spec(LogBase.EMPTY));
    }

    /** How many seeds to run where {@code simulated} are right on a simulated disk; real files are slower. */
    protected int seeds(int simulated) {
        return simulated;
    }

    /** What to open. */
    protected StoreSpec spec(LogBase base) {
        Path at = directory == null ? Path.of("simulated") : directory.resolve("group");
        return new StoreSpec(at, "group", "n0", SEGMENT_BYTES, base, new JsonObject());
    }

    /** Opens a store over a simulated disk. */
    protected GroupStore open(SimDisk disk) throws StoreException {
        return provider().open(spec(LogBase.EMPTY), disk);
    }

    /** Opens a store in the test's directory, on real files. */
    protected GroupStore openReal() throws StoreException {
        return provider().open(spec(LogBase.EMPTY));
    }

    /** Appends random entries to store and model. */
    protected static void append(LogStore log, LogModel model, Random random, long term, int records, int bytes)
            throws StoreException {
        LogBatch batch = model.next(random, term, records, bytes);
        try {
            log.append(batch);
            model.append(batch);
        } finally {
            batch.release();
        }
    }
}
