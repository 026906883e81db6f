package io.vledger.store.mmap;

import io.vertx.core.Future;
import io.vledger.api.plugin.PluginVerticle;
import io.vledger.api.store.StoreProvider;

/** Offers this backend under the name {@code mmap}. */
public final class MmapStorePlugin extends PluginVerticle {
    /** For the kernel. */
    public MmapStorePlugin() {}

    @Override
    public Future<?> start() {
        plugin().provide(StoreProvider.class, "mmap", new MmapStoreProvider());
        return Future.succeededFuture();
    }
}
