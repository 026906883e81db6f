package io.vledger.testkit;

import io.vledger.api.disk.DiskFile;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider;
import io.vledger.api.store.StoreProvider.StoreSpec;
import java.io.IOException;
import java.util.List;
import java.util.Random;

/** A {@link SimDisk} as a medium. */
final class SimMedium implements StoreMedium {
    private final StoreProvider provider;
    private final StoreSpec spec;
    private final SimDisk disk = new SimDisk();

    SimMedium(StoreProvider provider, StoreSpec spec) {
        this.provider = provider;
        this.spec = spec;
    }

    @Override
    public GroupStore open() throws StoreException {
        return provider.open(spec, disk);
    }

    @Override
    public void crash(Random random) {
        disk.crash(random);
    }

    @Override
    public void processDeath() {
        disk.processDeath();
    }

    @Override
    public void damage(String index, Random random) throws IOException {
        disk.processDeath();
        List<String> files = disk.names().stream()
                .filter(name -> name.startsWith(index + "/"))
                .toList();
        String file = files.get(random.nextInt(files.size()));
        long length;
        try (DiskFile opened = disk.open(file, 0)) {
            length = opened.length();
        }
        disk.flipBit(file, random.nextInt((int) length), random.nextInt(8));
    }
}
