package io.vledger.remoting.connection;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.vertx.core.Closeable;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vledger.api.net.AddressCounts;
import io.vledger.api.rpc.RpcServer;
import io.vledger.api.timer.AlignedTimers;
import io.vledger.api.tls.TlsDetector;
import io.vledger.remoting.stranger.ProxyHeaderHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket and its connections. The socket lives on the loop of its first owner, in a context of its own, so
 * that it outlives that owner; connections are served on the loop of the current one, see {@link OwnedServer}.
 */
final class RemotingServer implements Connection.Listener {
    /** How long a suspended server waits for another owner to take it over. */
    static final long SUSPENDED_MS = 10_000;

    private static final long TICK_MS = 1000;
    private static final long FREED_MS = 1;
    private static final int BACKLOG = 1024;

    private final VertxInternal vertx;
    private final Limits limits;
    private final QuietLog log;
    private final String address;
    private final Runnable onClosed;
    private final ContextInternal socketContext;
    private final NetServer net;
    private final Map<Connection, InboundHandler> connections = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable Future<Void>> ended = new AtomicReference<>();
    private volatile OwnedServer owned;
    private volatile boolean closing;
    private final AddressCounts byAddress;
    /** Connections from load balancers that have not said for whom they are. */
    private final Set<Channel> proxied = ConcurrentHashMap.newKeySet();
    /** Completes when a closing server has no connections any more, or has waited for long enough. */
    private final Promise<Void> left = Promise.promise();

    /** The owner's loop while it is suspended; connections of the next owner are not. */
    private volatile @Nullable LoopState suspended;

    private long tickTimer = -1;

    /** @param onClosed called once, when the server has closed or could not be opened */
    RemotingServer(LoopState loop, RequestRouting routing, String address, Runnable onClosed) {
        ContextInternal context = loop.context();
        this.vertx = context.owner();
        this.limits = loop.limits;
        this.log = loop.log;
        this.byAddress = new AddressCounts(loop.strangers.limits.connectionsPerAddress());
        this.address = address;
        this.onClosed = onClosed;
        this.owned = new OwnedServer(loop, routing);
        this.socketContext = vertx.contextBuilder()
                .withEventLoop(context.nettyEventLoop())
                .withClassLoader(RemotingServer.class.getClassLoader())
                .build();
        this.net = inSocketContext(() -> vertx.createNetServer(
                        new NetServerOptions().setTcpNoDelay(true).setAcceptBacklog(BACKLOG))
                .connectHandler(this::accept));
    }

    private <T> T inSocketContext(Supplier<T> task) {
        ContextInternal outer = socketContext.beginDispatch();
        try {
            return task.get();
        } finally {
            socketContext.endDispatch(outer);
        }
    }

    Future<RpcServer> listen(String host, int port) {
        OwnedServer first = owned;
        Promise<RpcServer> listening = first.loop.context().promise();
        inSocketContext(() -> net.listen(port, host)).onComplete(bound -> {
            if (bound.failed()) {
                onClosed.run();
                net.close(); // has the context forget it, for a port that is taken is tried again and again
                listening.fail(new IOException(
                        "cannot listen on " + address + ": " + bound.cause().getMessage(), bound.cause()));
                return;
            }
            if (!first.loop.context().closeFuture().add(first)) {
                closing = true;
                net.close()
                        .onComplete(v -> whenFreed(() -> {
                            onClosed.run();
                            listening.fail(gone());
                        }));
                return;
            }
            tickTimer = inSocketContext(() -> AlignedTimers.setPeriodic(vertx, TICK_MS, this::tick));
            listening.complete(first);
        });
        return listening.future();
    }

    private IOException gone() {
        return new IOException("cannot listen on " + address + ": its owner has stopped meanwhile");
    }

    /** The address that clients of this process are connected to. */
    InetSocketAddress localAddress() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), Math.max(0, net.actualPort()));
    }

    /** Serves the server's end of a connection of this process. Any thread. */
    void acceptInProcess(InProcessChannel channel) {
        var unused = socketContext.nettyEventLoop().register(channel).addListener(done -> {
            if (closing || !done.isSuccess()) {
                channel.unsafe().closeForcibly();
                return;
            }
            OwnedServer owner = owned;
            Connection connection = new Connection(owner.loop, owner.routing, this);
            InboundHandler inbound = new InboundHandler(connection, owner.eventLoop());
            connections.put(connection, inbound);
            channel.pipeline().addLast("rpc", inbound);
        });
    }

    private void accept(NetSocket socket) {
        ChannelHandlerContext channel = ((NetSocketInternal) socket).channelHandlerContext();
        if (closing) {
            Goodbye.reset(channel.channel());
            return;
        }
        if (!(channel.channel().remoteAddress() instanceof InetSocketAddress remote)) {
            socket.close(); // it was reset before anything could be asked of it
            return;
        }
        if (connections.size() + proxied.size() >= limits.maxConnections()) {
            log.warn("refusing a connection from " + remote + " to " + address
                    + ": there are as many as plugins.remoting.maxConnections allows, " + limits.maxConnections());
            socket.close();
        } else if (owned.loop.strangers.limits.proxy(remote)) {
            Channel accepted = channel.channel();
            proxied.add(accepted);
            accepted.closeFuture().addListener(closed -> proxied.remove(accepted));
            channel.pipeline()
                    .addFirst(
                            "proxy-header",
                            new ProxyHeaderHandler(
                                    client -> {
                                        proxied.remove(accepted);
                                        begin(accepted, client == null ? remote : client);
                                    },
                                    why -> closing(remote, why)));
        } else {
            begin(channel.channel(), remote);
        }
    }

    private void closing(InetSocketAddress remote, String why) {
        log.warn("closing a connection from " + remote + " to " + address + ": " + why);
    }

    /** Serves a connection of a client at this address. */
    private void begin(Channel channel, InetSocketAddress client) {
        if (!byAddress.add(client.getAddress())) {
            log.warn("refusing a connection from " + client + " to " + address + ": that address has as many as"
                    + " plugins.remoting.maxConnectionsPerAddress allows, "
                    + owned.loop.strangers.limits.connectionsPerAddress());
            var unused = channel.close();
            return;
        }
        channel.closeFuture().addListener(closed -> byAddress.remove(client.getAddress()));
        OwnedServer owner = owned;
        Connection connection = new Connection(owner.loop, owner.routing, this);
        connection.appearsFrom(client);
        InboundHandler inbound = new InboundHandler(connection, owner.eventLoop());
        connections.put(connection, inbound);
        channel.pipeline().addBefore("handler", "rpc", inbound);
        channel.pipeline()
                .addBefore("rpc", "tls-detector", new TlsDetector(owner.loop.tls, why -> closing(client, why)));
    }

    @Override
    public void opened(Connection connection) {
        if (connection.loop() == suspended) {
            connection.suspend();
        }
        if (closing) {
            connection.sayGoodbye(); // those that were open before have been sent theirs
        }
    }

    @Override
    public void closed(Connection connection) {
        connections.remove(connection);
        if (closing && connections.isEmpty()) {
            left.tryComplete();
        }
    }

    private void tick() {
        if (suspended == null && !connections.isEmpty()) {
            owned.eventLoop().execute(() -> connections
                    .keySet()
                    .forEach(connection -> connection.tick(limits.idleSeconds(), limits.congestedSeconds())));
        }
    }

    int connections() {
        return connections.size();
    }

    /**
     * Serves for another owner, on its loop, from now on, and forgets the one before.
     *
     * @return fails if the server has been closed
     */
    Future<RpcServer> takeOver(LoopState loop, RequestRouting routing) {
        Promise<RpcServer> taken = loop.context().promise();
        socketContext.runOnContext(v -> {
            if (closing) {
                taken.fail(new IOException("the listener on " + address + " was closed just now"));
                return;
            }
            OwnedServer old = owned;
            OwnedServer next = new OwnedServer(loop, routing);
            if (!loop.context().closeFuture().add(next)) {
                taken.fail(gone());
                return;
            }
            ListenerMove move =
                    new ListenerMove(Map.copyOf(connections), loop, routing, socketContext.nettyEventLoop());
            owned = next;
            old.loop.context().removeCloseHook(old);
            move.begin(old.eventLoop(), () -> suspended = null, () -> taken.complete(next));
        });
        return taken.future();
    }

    private Future<Void> suspendFor(OwnedServer owner) {
        Promise<Void> done = Promise.promise();
        owner.eventLoop().execute(() -> {
            if (owner == owned && !closing) {
                suspended = owner.loop;
                connections.keySet().forEach(Connection::suspend);
                inSocketContext(() -> vertx.setTimer(SUSPENDED_MS, id -> {
                    if (owner == owned) {
                        log.warn("closing the listener on " + address + ": no other owner has taken it over");
                        closeFor(owner);
                    }
                }));
            }
            done.complete();
        });
        return done.future();
    }

    private Future<Void> closeFor(OwnedServer owner) {
        if (owner != owned) {
            return Future.succeededFuture();
        }
        return close();
    }

    Future<Void> close() {
        closing = true;
        Promise<Void> done = Promise.promise();
        Future<Void> before = ended.compareAndExchange(null, done.future());
        if (before != null) {
            return before;
        }
        OwnedServer owner = owned;
        owner.eventLoop().execute(() -> {
            owner.loop.context().removeCloseHook(owner);
            vertx.cancelTimer(tickTimer);
            // It stops listening first: a client that comes back after the goodbye is refused, and tries elsewhere at
            // once. Had it
            // been accepted and reset, a client of 4.9 could miss that, and wait for an answer.
            Future<Void> ended = inSocketContext(() -> net.shutdown(Goodbye.PATIENCE_MS, TimeUnit.MILLISECONDS));
            whenFreed(() -> owner.eventLoop().execute(() -> {
                connections.keySet().forEach(Connection::sayGoodbye);
                if (connections.isEmpty()) {
                    left.tryComplete();
                } else {
                    inSocketContext(() -> vertx.setTimer(Goodbye.PATIENCE_MS, id -> left.tryComplete()));
                }
            }));
            Future.join(ended, left.future())
                    .onComplete(gone -> whenFreed(() -> {
                        onClosed.run();
                        done.complete();
                    }));
        });
        return done.future();
    }

    /**
     * Goes on when the system has the port back: a listening socket that is closed while it is registered with a selector ends
     * no sooner than that selector's next look, which lies between now and a timer of the same loop.
     */
    private void whenFreed(Runnable then) {
        try {
            var unused = vertx.acceptorEventLoopGroup().next().schedule(then, FREED_MS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException vertxCloses) {
            then.run();
        }
    }

    /** The server as one owner sees it; does nothing once another owner has taken it over. */
    final class OwnedServer implements RpcServer, Closeable {
        private final LoopState loop;
        private final RequestRouting routing;

        OwnedServer(LoopState loop, RequestRouting routing) {
            this.loop = loop;
            this.routing = routing;
        }

        EventLoop eventLoop() {
            return loop.eventLoop();
        }

        @Override
        public int port() {
            return net.actualPort();
        }

        @Override
        public int connections() {
            return RemotingServer.this.connections();
        }

        @Override
        public Future<Void> suspend() {
            return suspendFor(this);
        }

        @Override
        public Future<Void> close() {
            return closeFor(this);
        }

        /** The owner's context is being closed. A suspended server waits for the next owner. */
        @Override
        public void close(Completable<Void> completion) {
            if (suspended == loop) {
                completion.succeed();
            } else {
                closeFor(this).onComplete(completion);
            }
        }
    }
}
