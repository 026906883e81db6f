package io.vledger.remoting.connection;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vledger.api.audit.AuditLog;
import io.vledger.api.net.HostPort;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestSigner;
import io.vledger.api.rpc.Rpc;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.rpc.RpcRelay;
import io.vledger.api.rpc.RpcServer;
import io.vledger.api.tls.TlsContexts;
import io.vledger.api.tls.TlsSettings;
import io.vledger.remoting.stranger.StrangerLimits;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes servers and clients, and closes those that are left. Safe for use by any thread. */
public final class RemotingRpc implements Rpc {
    private static final String GROUP_OWNER = "broker/";

    private final Vertx vertx;
    private final Limits limits;
    private final Supplier<Handlers> tables;
    private final QuietLog log = new QuietLog();
    private final NetClient net;
    private final Set<RemotingServer> servers = ConcurrentHashMap.newKeySet();
    private final Set<RemotingClient> clients = ConcurrentHashMap.newKeySet();
    private final Set<String> addresses = ConcurrentHashMap.newKeySet();
    /** Servers that can be taken over, by owner and address. */
    private final Map<String, RemotingServer> owned = new ConcurrentHashMap<>();

    private final Filters filters;
    private final Filters unfiltered;
    private final UnsentBudget unsent;
    private final TlsContexts tls;
    private volatile Strangers strangers = new Strangers(StrangerLimits.STANDARD);
    private volatile AuditLog audit = AuditLog.NONE;
    private volatile @Nullable RequestSigner signer;

    /**
     * Made inside the context to whose end its client sockets are bound.
     *
     * @param tls the certificates of servers, and of connections to other members; loaded by their maker
     * @param tables makes empty handler tables
     */
    public RemotingRpc(Vertx vertx, Limits limits, TlsContexts tls, Supplier<Handlers> tables) {
        this.tls = tls;
        this.vertx = vertx;
        this.limits = limits;
        this.unsent = new UnsentBudget(limits.maxUnsentTotalBytes());
        this.tables = tables;
        this.filters = new Filters(log);
        this.unfiltered = new Filters(log);
        this.net = vertx.createNetClient(
                new NetClientOptions().setTcpNoDelay(true).setConnectTimeout(limits.connectTimeoutMs()));
    }

    /** As the other constructor, without TLS. */
    public RemotingRpc(Vertx vertx, Limits limits, Supplier<Handlers> tables) {
        this(vertx, limits, new TlsContexts(vertx, TlsSettings.NONE), tables);
    }

    /** Bounds what strangers may do, at listeners that begin after this call. */
    public RemotingRpc guarded(StrangerLimits bounds) {
        strangers = new Strangers(bounds);
        return this;
    }

    /** Records what requests change from now on, of listeners that begin after this call. */
    public RemotingRpc audited(AuditLog log) {
        audit = log;
        return this;
    }

    /** Bytes that all connections have unsent. */
    long unsentBytes() {
        return unsent.unsentBytes();
    }

    @Override
    public Future<RpcServer> listen(String owner, String host, int port, Handlers handlers) {
        String address = host + ":" + port;
        ContextInternal context;
        try {
            context = eventLoop();
        } catch (IllegalStateException e) {
            return Future.failedFuture(e);
        }
        LoopState loop = new LoopState(context, limits, unsent, log, tls, strangers);
        RequestRouting routing = new RequestRouting(handlers, filters, audit, groupOf(owner));
        RemotingServer existing = owner.isEmpty() ? null : owned.get(key(owner, host, port));
        if (existing != null) {
            return existing.takeOver(loop, routing);
        }
        // Vert.x lets two servers of one process share a port; here that is an address in use like any other.
        if (port > 0 && !addresses.add(address)) {
            return context.failedFuture(
                    new IOException("cannot listen on " + address + ": this process listens there already"));
        }
        RemotingServer[] self = new RemotingServer[1];
        RemotingServer server = new RemotingServer(loop, routing, address, () -> {
            addresses.remove(address);
            servers.remove(self[0]);
            owned.values().remove(self[0]);
        });
        self[0] = server;
        servers.add(server);
        return server.listen(host, port).onSuccess(listening -> {
            if (!owner.isEmpty() && servers.contains(server)) {
                owned.put(key(owner, host, port), server);
            }
        });
    }

    @Override
    public boolean listening(String owner, String host, int port) {
        return owned.containsKey(key(owner, host, port));
    }

    private static String key(String owner, String host, int port) {
        return owner + " " + host + ":" + port;
    }

    private static String groupOf(String owner) {
        return owner.startsWith(GROUP_OWNER) ? owner.substring(GROUP_OWNER.length()) : "";
    }

    /** The filters of all servers. */
    public Filters filters() {
        return filters;
    }

    @Override
    public RpcClient client(String address) {
        return newClient(address, false, tables.get());
    }

    @Override
    public RpcClient client(String address, Handlers handlers) {
        return newClient(address, false, handlers);
    }

    @Override
    public RpcClient memberClient(String address) {
        return memberClient(address, tables.get());
    }

    @Override
    public RpcClient memberClient(String address, Handlers handlers) {
        return new SignedClient(newClient(address, true, handlers), () -> signer);
    }

    @Override
    public RpcRelay relay(String address) {
        return new RequestRelay(newClient(address, true, tables.get()));
    }

    /** Signs requests of {@link #memberClient}s from now on; null for nobody. */
    public void signer(@Nullable RequestSigner newSigner) {
        signer = newSigner;
    }

    private RemotingClient newClient(String address, boolean member, Handlers handlers) {
        LoopState loop = newLoop();
        return newClient(
                loop,
                new SocketDialer(net, HostPort.of(address), member ? tls::member : () -> null),
                handlers,
                address);
    }

    @Override
    public RpcClient inProcess(String owner, HostPort listener, InetSocketAddress client, Handlers handlers) {
        LoopState loop = newLoop();
        String key = key(owner, listener.host(), listener.port());
        return newClient(loop, new InProcessDialer(loop, () -> owned.get(key), client), handlers, key);
    }

    private LoopState newLoop() {
        return new LoopState(eventLoop(), limits, unsent, log, tls);
    }

    private RemotingClient newClient(LoopState loop, Dialer dialer, Handlers handlers, String address) {
        RemotingClient client = new RemotingClient(
                loop, dialer, new RequestRouting(handlers, unfiltered, AuditLog.NONE, ""), address, clients::remove);
        clients.add(client);
        return client;
    }

    @Override
    public Handlers newHandlers() {
        return tables.get();
    }

    /** Connections to all servers now. */
    public int connections() {
        return servers.stream().mapToInt(RemotingServer::connections).sum();
    }

    /** Servers that listen now. */
    public int listening() {
        return servers.size();
    }

    /** Closes every server and client that is still open. */
    public Future<Void> close() {
        clients.forEach(RemotingClient::closeSoon);
        List<Future<Void>> closing = servers.stream().map(RemotingServer::close).toList();
        return Future.join(closing).compose(done -> net.close(), failure -> net.close());
    }

    private ContextInternal eventLoop() {
        Context current = vertx.getOrCreateContext();
        if (!current.isEventLoopContext()) {
            throw new IllegalStateException("servers and clients of the protocol need an event loop, not a worker");
        }
        return ((ContextInternal) current).unwrap();
    }
}
