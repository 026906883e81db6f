package io.vledger.importer;

import io.vertx.core.Future;
import io.vledger.api.net.PeerTransport;
import io.vledger.api.origin.Origins;
import io.vledger.api.plugin.PluginVerticle;
import io.vledger.importer.agree.OriginService;
import org.jspecify.annotations.Nullable;

/** The plugin: prepares the origin of groups. */
public final class ImporterPlugin extends PluginVerticle {
    private @Nullable OriginService preparations;

    /** Made by the kernel. */
    public ImporterPlugin() {}

    @Override
    public Future<?> start() {
        OriginService offered = new OriginService(
                vertx,
                plugin().service(PeerTransport.class, ""),
                plugin().node().id());
        preparations = offered;
        plugin().provide(Origins.class, "", offered);
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        OriginService offered = preparations;
        return offered == null ? Future.succeededFuture() : offered.close();
    }
}
