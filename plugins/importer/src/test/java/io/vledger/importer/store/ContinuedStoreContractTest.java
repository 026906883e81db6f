package io.vledger.importer.store;

import io.vledger.api.disk.Disk;
import io.vledger.api.origin.InitialState;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider;
import io.vledger.importer.manifest.LocalPlacement;
import io.vledger.importer.manifest.OriginManifest;
import io.vledger.store.mmap.MmapStoreProvider;
import io.vledger.testkit.DamageContract;
import io.vledger.testkit.KeyIndexContract;
import io.vledger.testkit.LogStoreContract;
import io.vledger.testkit.QueueIndexContract;
import io.vledger.testkit.RecoveryContract;
import io.vledger.testkit.SimDisk;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** A store behind an old log that is empty is what every store is. */
class ContinuedStoreContractTest {
    @TempDir
    static Path origins;

    /** The mmap store behind nothing. */
    private static final class Continued implements StoreProvider {
        private final StoreProvider own = new MmapStoreProvider();

        @Override
        public GroupStore open(StoreSpec spec) throws StoreException {
            return continued(own.open(spec));
        }

        @Override
        public GroupStore open(StoreSpec spec, Disk disk) throws StoreException {
            return continued(own.open(spec, disk));
        }

        private static GroupStore continued(GroupStore own) throws StoreException {
            InitialState nothing = new InitialState(List.of(), List.of(), List.of(), Map.of());
            OriginManifest manifest = new OriginManifest(
                    "group",
                    "n0",
                    new TreeMap<>(),
                    new OriginManifest.Log(0, 0, List.of()),
                    List.of(),
                    nothing,
                    List.of());
            return new ContinuedStore(
                    manifest,
                    new LocalPlacement(Map.of(), Map.of(), List.of()),
                    origins,
                    new OriginSettings(0, ""),
                    PeerCopies.NONE,
                    own,
                    1);
        }
    }

    @Nested
    class Log extends LogStoreContract {
        @Override
        protected StoreProvider provider() {
            return new Continued();
        }
    }

    @Nested
    class Recovery extends RecoveryContract {
        @Override
        protected StoreProvider provider() {
            return new Continued();
        }

        @Override
        protected int crashingHistories() {
            return 30;
        }
    }

    @Nested
    class Damage extends DamageContract {
        @Override
        protected StoreProvider provider() {
            return new Continued();
        }

        @Override
        protected String fileOf(SimDisk disk, long segment) {
            return String.format(Locale.ROOT, "log/%020d", segment);
        }
    }

    @Nested
    class Queues extends QueueIndexContract {
        @Override
        protected StoreProvider provider() {
            return new Continued();
        }
    }

    @Nested
    class Keys extends KeyIndexContract {
        @Override
        protected StoreProvider provider() {
            return new Continued();
        }
    }
}
