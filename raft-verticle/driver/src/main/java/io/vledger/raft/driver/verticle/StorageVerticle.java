package io.vledger.raft.driver.verticle;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vledger.api.origin.Origin;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.raft.driver.Recovered;
import io.vledger.raft.driver.ReplicaSettings;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens and recovers the store of one group, off the event loop. The replica closes it, after its last checkpoint. */
final class StorageVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(StorageVerticle.class);

    private final StoreProvider provider;
    private final GroupConfig config;
    private final ReplicaSettings settings;
    private final @Nullable Origin origin;
    private final OpenProgress progress;
    private @Nullable GroupStore store;
    private @Nullable Recovered recovered;

    StorageVerticle(
            StoreProvider provider,
            GroupConfig config,
            ReplicaSettings settings,
            @Nullable Origin origin,
            OpenProgress progress) {
        this.progress = progress;
        this.origin = origin;
        this.provider = provider;
        this.config = config;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        return vertx.executeBlocking(
                () -> {
                    long begin = System.nanoTime();
                    progress.working("opening and recovering its store");
                    LogBase base = origin == null ? LogBase.EMPTY : origin.base();
                    GroupStore own = provider.open(new StoreSpec(
                            config.directory(),
                            config.name(),
                            settings.node(),
                            config.segmentBytes(),
                            base,
                            config.store()));
                    GroupStore opened = own;
                    try {
                        requireOrigin(own.log().base(), base);
                        if (origin != null) {
                            opened = origin.continuedBy(own);
                        }
                        recovered = Recovered.from(opened, base, settings, new DirectoryIdentity(config.directory()));
                    } catch (Exception e) {
                        opened.close();
                        throw e;
                    } finally {
                        progress.idle();
                    }
                    store = opened;
                    LOG.info(
                            "{}: storage {} open after {} ms, entries {} to {}, {} torn bytes cut",
                            config.name(),
                            config.storeType(),
                            (System.nanoTime() - begin) / 1_000_000,
                            opened.log().base().index() + 1,
                            opened.log().lastIndex(),
                            opened.log().recovery().tornBytes());
                    return true;
                },
                false);
    }

    /** A log of which nothing was dropped must begin where its origin ends: else the old data is missing or is not its own. */
    private void requireOrigin(LogBase found, LogBase base) throws StoreException {
        if (found.index() == 0 && !found.equals(base)) {
            throw new StoreException("group " + config.name() + ": the log in " + config.directory()
                    + " begins at position " + found.position() + ", but "
                    + (origin == null
                            ? "nothing is known of the old data before it; is the importer plugin there, and the directory "
                                    + config.directory() + "-origin?"
                            : "the old data ends at " + base.position() + "; was " + config.directory()
                                    + "-origin rebuilt? Put it back, or empty both to start again from the other"
                                    + " members"));
        }
    }

    GroupStore store() {
        GroupStore opened = store;
        if (opened == null) {
            throw new IllegalStateException("the store is not open");
        }
        return opened;
    }

    Recovered recovered() {
        Recovered found = recovered;
        if (found == null) {
            throw new IllegalStateException("the store is not open");
        }
        return found;
    }
}
