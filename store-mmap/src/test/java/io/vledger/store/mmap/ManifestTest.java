package io.vledger.store.mmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.testkit.Seeds;
import io.vledger.testkit.SimDisk;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ManifestTest {
    private static final StoreSpec SPEC =
            new StoreSpec(Path.of("simulated"), "group", "n0", 4096, LogBase.EMPTY, new JsonObject());

    @Test
    void oneFlippedBitIsHarmless() throws Exception {
        Seeds.run(50, random -> {
            SimDisk disk = new SimDisk();
            new MmapStoreProvider().open(SPEC, disk).close();
            disk.flipBit(Manifest.FILE, random.nextInt(8192), random.nextInt(8));
            try (GroupStore store = new MmapStoreProvider().open(SPEC, disk)) {
                assertThat(store.log().recovery().fresh()).isFalse();
            }
        });
    }

    @Test
    void aManifestOfWhichNoCopyIsIntactIsRefused() throws Exception {
        SimDisk disk = new SimDisk();
        new MmapStoreProvider().open(SPEC, disk).close();
        disk.flipBit(Manifest.FILE, 100, 1);
        disk.flipBit(Manifest.FILE, 5000, 1);
        assertThatThrownBy(() -> new MmapStoreProvider().open(SPEC, disk))
                .isInstanceOf(StoreException.Damaged.class)
                .hasMessageContaining("manifest")
                .hasMessageContaining("move the directory away");
    }

    @Test
    void aLogWithoutAManifestIsNotTakenForANewOne() throws Exception {
        SimDisk disk = new SimDisk();
        GroupStore store = new MmapStoreProvider().open(SPEC, disk);
        store.close();
        disk.open("log/00000000000000000000", 0).close();
        disk.delete(Manifest.FILE);
        assertThatThrownBy(() -> new MmapStoreProvider().open(SPEC, disk)).isInstanceOf(StoreException.Damaged.class);
    }
}
