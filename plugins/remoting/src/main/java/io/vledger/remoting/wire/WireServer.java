package io.vledger.remoting.wire;

import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.Closeable;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RpcServer;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A listening socket and its connections, all on the event loop of the context that asked for it. */
final class WireServer implements RpcServer, Connection.Listener, Closeable {
    private static final long TICK_MS = 1000;
    private static final int BACKLOG = 1024;

    private final ContextInternal context;
    private final Loop loop;
    private final Handlers handlers;
    private final String address;
    private final Runnable closed;
    private final NetServer net;
    private final Set<Connection> connections = new HashSet<>();
    private volatile int connectionCount;
    private volatile boolean closing;
    private long timer = -1;
    private @Nullable Future<Void> ended;

    /** @param closed told once, when the server has closed or could not be opened */
    WireServer(
            ContextInternal context, Limits limits, QuietLog log, Handlers handlers, String address, Runnable closed) {
        this.context = context;
        this.loop = new Loop(context, limits, log);
        this.handlers = handlers;
        this.address = address;
        this.closed = closed;
        this.net = context.owner()
                .createNetServer(new NetServerOptions().setTcpNoDelay(true).setAcceptBacklog(BACKLOG))
                .connectHandler(this::accept);
    }

    Future<RpcServer> listen(String host, int port) {
        Promise<RpcServer> listening = context.promise();
        net.listen(port, host).onComplete(bound -> {
            if (bound.failed()) {
                closed.run();
                net.close(); // lets the context forget it: somebody may try every moment for as long as the port
                // is taken
                listening.fail(new IOException(
                        "cannot listen on " + address + ": " + bound.cause().getMessage(), bound.cause()));
                return;
            }
            context.addCloseHook(this);
            timer = context.owner().setPeriodic(TICK_MS, id -> tick());
            listening.complete(this);
        });
        return listening.future();
    }

    private void accept(NetSocket socket) {
        ChannelHandlerContext channel = ((NetSocketInternal) socket).channelHandlerContext();
        if (closing || connections.size() >= loop.limits.maxConnections()) {
            if (!closing) {
                loop.log.warn("refusing a connection from " + socket.remoteAddress() + " to " + address
                        + ": there are as many as plugins.remoting.maxConnections allows, "
                        + loop.limits.maxConnections());
            }
            socket.close();
            return;
        }
        channel.pipeline().addBefore("handler", "rpc", new Connection(loop, handlers, this));
    }

    @Override
    public void opened(Connection connection) {
        connections.add(connection);
        connectionCount = connections.size();
    }

    @Override
    public void closed(Connection connection) {
        connections.remove(connection);
        connectionCount = connections.size();
    }

    private void tick() {
        for (Connection connection : List.copyOf(connections)) {
            connection.tick(loop.limits.idleSeconds(), loop.limits.congestedSeconds());
        }
    }

    @Override
    public int port() {
        return net.actualPort();
    }

    @Override
    public int connections() {
        return connectionCount;
    }

    @Override
    public Future<Void> close() {
        closing = true;
        Promise<Void> done = Promise.promise();
        context.runOnContext(v -> closeOnLoop().onComplete(done));
        return done.future();
    }

    /** The context that the server lives on is being closed. */
    @Override
    public void close(Completable<Void> completion) {
        close().onComplete(completion);
    }

    private Future<Void> closeOnLoop() {
        if (ended == null) {
            context.removeCloseHook(this);
            context.owner().cancelTimer(timer);
            List.copyOf(connections).forEach(Connection::close);
            ended = net.close().onComplete(v -> closed.run());
        }
        return ended;
    }
}
