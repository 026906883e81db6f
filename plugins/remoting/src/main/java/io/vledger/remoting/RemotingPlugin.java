package io.vledger.remoting;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vledger.api.audit.AuditLog;
import io.vledger.api.health.Health;
import io.vledger.api.plugin.PluginVerticle;
import io.vledger.api.rpc.RequestFilter;
import io.vledger.api.rpc.RequestSigner;
import io.vledger.api.rpc.Rpc;
import io.vledger.api.tls.TlsContexts;
import io.vledger.api.tls.TlsSettings;
import io.vledger.remoting.connection.Limits;
import io.vledger.remoting.connection.RemotingRpc;
import io.vledger.remoting.stranger.StrangerLimits;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Offers {@link Rpc}. Servers and clients live on the loops of those who make them; what is left is closed at the end. */
public final class RemotingPlugin extends PluginVerticle {
    private @Nullable RemotingRpc rpc;
    private @Nullable TlsContexts tls;

    /** Made by the kernel. */
    public RemotingPlugin() {}

    @Override
    public Future<?> start() {
        TlsContexts contexts =
                new TlsContexts(vertx, TlsSettings.of(plugin().config().getJsonObject("tls")));
        tls = contexts;
        RemotingRpc made = new RemotingRpc(vertx, Limits.of(plugin().config()), contexts, HandlerTable::new)
                .guarded(StrangerLimits.of(plugin().config()))
                .audited(plugin().services(AuditLog.class).getOrDefault("", AuditLog.NONE));
        rpc = made;
        return contexts.load().onSuccess(loaded -> offer(made));
    }

    private void offer(RemotingRpc made) {
        plugin().provide(Rpc.class, "", made);
        plugin().watch(RequestFilter.class, made.filters()::set);
        plugin().watch(RequestSigner.class, byName -> made.signer(byName.get("")));
        plugin().health()
                .register(
                        "connections",
                        () -> Health.up(new JsonObject()
                                .put("listening", made.listening())
                                .put("connections", made.connections())
                                .put(
                                        "filterFailures",
                                        new JsonObject(
                                                new TreeMap<>(made.filters().failures())))));
    }

    @Override
    public Future<?> stop() {
        RemotingRpc made = rpc;
        TlsContexts contexts = tls;
        if (contexts != null) {
            contexts.close();
        }
        return made == null ? Future.succeededFuture() : made.close();
    }
}
