package io.vledger.store.rocksdb;

import io.vledger.api.store.GroupStore;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.sim.NodeStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A node of the simulator on this store: real directories, crashes as copies of them. */
final class SimulatedNode implements NodeStorage, AutoCloseable {
    private final Path root;
    private @Nullable CopiedMedium medium;
    private @Nullable GroupStore open;

    SimulatedNode(Path root) {
        this.root = root;
    }

    @Override
    public GroupStore open(StoreSpec spec) throws StoreException {
        CopiedMedium files = medium;
        if (files == null) {
            try {
                files = new CopiedMedium(Files.createTempDirectory(root, "disk"), spec);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            medium = files;
        }
        GroupStore opened = files.open();
        open = opened;
        return opened;
    }

    @Override
    public void processDied() {
        CopiedMedium files = medium;
        if (files != null && open != null) {
            files.processDeath();
        }
        close();
    }

    @Override
    public void powerLost(Random random) {
        CopiedMedium files = medium;
        if (files != null && open != null) {
            files.crash(random);
        }
        close();
    }

    @Override
    public void replaced() {
        close();
        medium = null;
    }

    @Override
    public void close() {
        GroupStore store = open;
        open = null;
        if (store != null) {
            try {
                store.close();
            } catch (StoreException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
