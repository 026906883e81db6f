package io.vledger.remoting.wire;

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
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RpcServer;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket and its connections. The socket lives on the loop of the first who listened, in a context of its own, so
 * that it can outlast him; connections are served on the loop of the {@link Lease} that holds it now.
 */
final class WireServer implements Connection.Listener {
    /** How long a suspended server waits for somebody to take it over. */
    static final long SUSPENDED_MS = 10_000;

    private static final long TICK_MS = 1000;
    private static final long FREED_MS = 1;
    private static final int BACKLOG = 1024;

    private final VertxInternal vertx;
    private final Limits limits;
    private final QuietLog log;
    private final String address;
    private final Runnable closedTold;
    private final ContextInternal socketContext;
    private final NetServer net;
    private final Map<Connection, Inlet> connections = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable Future<Void>> ended = new AtomicReference<>();
    private volatile Lease lease;
    private volatile boolean closing;
    /** Completes when a closing server has no connections any more, or has waited for long enough. */
    private final Promise<Void> left = Promise.promise();

    /** The holder's loop while it is suspended; connections of the next holder are not. */
    private volatile @Nullable Loop suspended;

    private long tickTimer = -1;

    /** @param closed told once, when the server has closed or could not be opened */
    WireServer(ContextInternal context, Loop loop, Handlers handlers, QuietLog log, String address, Runnable closed) {
        this.vertx = context.owner();
        this.limits = loop.limits;
        this.log = log;
        this.address = address;
        this.closedTold = closed;
        this.lease = new Lease(loop, handlers);
        this.socketContext = vertx.contextBuilder()
                .withEventLoop(context.nettyEventLoop())
                .withClassLoader(WireServer.class.getClassLoader())
                .build();
        this.net = inSocketContext(() -> vertx.createNetServer(
                        new NetServerOptions().setTcpNoDelay(true).setAcceptBacklog(BACKLOG))
                .connectHandler(this::accept));
    }

    private <T> T inSocketContext(java.util.function.Supplier<T> task) {
        ContextInternal outer = socketContext.beginDispatch();
        try {
            return task.get();
        } finally {
            socketContext.endDispatch(outer);
        }
    }

    Future<RpcServer> listen(String host, int port) {
        Lease first = lease;
        Promise<RpcServer> listening = first.loop.context().promise();
        inSocketContext(() -> net.listen(port, host)).onComplete(bound -> {
            if (bound.failed()) {
                closedTold.run();
                net.close(); // lets the context forget it: somebody may try every moment for as long as the port
                // is taken
                listening.fail(new IOException(
                        "cannot listen on " + address + ": " + bound.cause().getMessage(), bound.cause()));
                return;
            }
            if (!first.loop.context().closeFuture().add(first)) {
                closing = true;
                net.close()
                        .onComplete(v -> whenFreed(() -> {
                            closedTold.run();
                            listening.fail(gone());
                        }));
                return;
            }
            tickTimer = inSocketContext(() -> vertx.setPeriodic(TICK_MS, id -> tick()));
            listening.complete(first);
        });
        return listening.future();
    }

    private IOException gone() {
        return new IOException("cannot listen on " + address + ": the one who wanted to has stopped meanwhile");
    }

    private void accept(NetSocket socket) {
        ChannelHandlerContext channel = ((NetSocketInternal) socket).channelHandlerContext();
        if (closing) {
            Farewell.reset(channel.channel());
            return;
        }
        if (connections.size() >= limits.maxConnections()) {
            log.warn("refusing a connection from " + socket.remoteAddress() + " to " + address
                    + ": there are as many as plugins.remoting.maxConnections allows, " + limits.maxConnections());
            socket.close();
            return;
        }
        Lease holder = lease;
        Connection connection = new Connection(holder.loop, holder.handlers, this);
        Inlet inlet = new Inlet(connection, holder.loop.context().nettyEventLoop());
        connections.put(connection, inlet);
        channel.pipeline().addBefore("handler", "rpc", inlet);
    }

    @Override
    public void opened(Connection connection) {
        if (connection.loop() == suspended) {
            connection.suspend();
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
        if (suspended == null) {
            lease.home().execute(() -> connections
                    .keySet()
                    .forEach(connection -> connection.tick(limits.idleSeconds(), limits.congestedSeconds())));
        }
    }

    int connections() {
        return connections.size();
    }

    /**
     * Serves with these handlers on this loop from now on, and forgets the one who listened before.
     *
     * @return fails if the server has been closed
     */
    Future<RpcServer> takeOver(Loop loop, Handlers handlers) {
        Promise<RpcServer> taken = loop.context().promise();
        socketContext.runOnContext(v -> {
            if (closing) {
                taken.fail(new IOException("the listener on " + address + " was closed just now"));
                return;
            }
            Lease old = lease;
            Lease next = new Lease(loop, handlers);
            if (!loop.context().closeFuture().add(next)) {
                taken.fail(gone());
                return;
            }
            List<Map.Entry<Connection, Inlet>> moving = List.copyOf(connections.entrySet());
            lease = next;
            old.loop.context().removeCloseHook(old);
            if (old.home() == next.home() && next.home() == socketContext.nettyEventLoop()) {
                suspended = null;
                moving.forEach(each -> each.getKey().leave(loop));
                moving.forEach(each -> each.getKey().resume(handlers));
                taken.complete(next);
            } else {
                moving.forEach(each -> each.getValue().hold());
                move(old, next, moving, taken);
            }
        });
        return taken.future();
    }

    /** Each connection is left on its old loop behind what it still has to do there, and then goes on on the new one. */
    private void move(Lease old, Lease next, List<Map.Entry<Connection, Inlet>> moving, Promise<RpcServer> taken) {
        old.home().execute(() -> {
            moving.forEach(each -> each.getKey().leave(next.loop));
            next.home().execute(() -> {
                suspended = null;
                moving.forEach(each -> each.getKey().resume(next.handlers));
                socketContext.nettyEventLoop().execute(() -> {
                    moving.forEach(each -> each.getValue().release(next.home()));
                    taken.complete(next);
                });
            });
        });
    }

    private Future<Void> suspendFor(Lease holder) {
        Promise<Void> done = Promise.promise();
        holder.home().execute(() -> {
            if (holder == lease && !closing) {
                suspended = holder.loop;
                connections.keySet().forEach(Connection::suspend);
                inSocketContext(() -> vertx.setTimer(SUSPENDED_MS, id -> {
                    if (holder == lease) {
                        log.warn("closing the listener on " + address + ": nobody has taken it over");
                        closeFor(holder);
                    }
                }));
            }
            done.complete();
        });
        return done.future();
    }

    private Future<Void> closeFor(Lease holder) {
        if (holder != lease) {
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
        Lease holder = lease;
        holder.home().execute(() -> {
            holder.loop.context().removeCloseHook(holder);
            vertx.cancelTimer(tickTimer);
            connections.keySet().forEach(Connection::farewell);
            if (connections.isEmpty()) {
                left.tryComplete();
            } else {
                inSocketContext(() -> vertx.setTimer(Farewell.PATIENCE_MS, id -> left.tryComplete()));
            }
            left.future().onComplete(gone -> net.close()
                    .onComplete(v -> whenFreed(() -> {
                        closedTold.run();
                        done.complete();
                    })));
        });
        return done.future();
    }

    /**
     * Goes on when the system has the port back: a listening socket that is closed while it is registered with a selector ends
     * no sooner than that selector's next look, which lies between now and a timer of the same loop.
     */
    private void whenFreed(Runnable then) {
        try {
            vertx.acceptorEventLoopGroup().next().schedule(then, FREED_MS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException vertxCloses) {
            then.run();
        }
    }

    /** The server for as long as one owner holds it. */
    final class Lease implements RpcServer, Closeable {
        private final Loop loop;
        private final Handlers handlers;

        Lease(Loop loop, Handlers handlers) {
            this.loop = loop;
            this.handlers = handlers;
        }

        EventLoop home() {
            return loop.context().nettyEventLoop();
        }

        @Override
        public int port() {
            return net.actualPort();
        }

        @Override
        public int connections() {
            return WireServer.this.connections();
        }

        @Override
        public Future<Void> suspend() {
            return suspendFor(this);
        }

        @Override
        public Future<Void> close() {
            return closeFor(this);
        }

        /** The context of the one who listens is being closed. A suspended server waits for the next one. */
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
