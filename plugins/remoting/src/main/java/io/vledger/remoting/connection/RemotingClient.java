package io.vledger.remoting.connection;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslContext;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import io.vledger.api.net.HostPort;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcClient;
import io.vledger.remoting.frame.FieldSnapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A client of one address, whose connection is opened by the first call and, after it broke, by the next one. Loop only. */
final class RemotingClient implements RpcClient, Connection.Listener {
    private final LoopState loop;
    private final NetClient net;
    private final RequestRouting routing;
    private final String address;
    private final HostPort remote;
    private final Supplier<@Nullable SslContext> encryption;
    private final Consumer<RemotingClient> onClosed;
    private final List<Runnable> disconnectHandlers = new ArrayList<>();
    private @Nullable Connection connection;
    private @Nullable Future<Connection> connecting;
    private boolean closed;

    /**
     * A client that is not connected.
     *
     * @param encryption TLS for a new connection; null for none
     * @param onClosed called once, when the client was closed
     */
    RemotingClient(
            LoopState loop,
            NetClient net,
            RequestRouting routing,
            String address,
            Supplier<@Nullable SslContext> encryption,
            Consumer<RemotingClient> onClosed) {
        this.encryption = encryption;
        this.loop = loop;
        this.net = net;
        this.routing = routing;
        this.address = address;
        this.remote = HostPort.of(address);
        this.onClosed = onClosed;
    }

    @Override
    public Future<RpcAnswer> call(int code, FieldWriter fields, byte @Nullable [] body, int timeoutMs) {
        ByteBuf copy = body == null || body.length == 0 ? null : Unpooled.copiedBuffer(body);
        Connection open = connection;
        if (open != null && open.open()) {
            return open.call(code, fields, copy, timeoutMs);
        }
        FieldWriter kept = FieldSnapshot.of(fields);
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        return connect().compose(made -> {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            return made.call(code, kept, copy, (int) Math.max(1, left));
        });
    }

    LoopState loop() {
        return loop;
    }

    String address() {
        return address;
    }

    /** The open connection, or null. */
    @Nullable
    Connection open() {
        Connection open = connection;
        return open != null && open.open() ? open : null;
    }

    /** The open connection, or a new one. */
    Future<Connection> connection() {
        Connection open = open();
        return open == null ? connect() : loop.context().succeededFuture(open);
    }

    private Future<Connection> connect() {
        if (closed) {
            return loop.context().failedFuture(new IOException("the client of " + address + " is closed"));
        }
        Future<Connection> running = connecting;
        if (running != null) {
            return running;
        }
        Promise<Connection> promise = loop.context().promise();
        Future<Connection> begun = promise.future();
        connecting = begun;
        loop.context()
                .runOnContext(v -> net.connect(remote.port(), remote.host()).onComplete(result -> {
                    connecting = null;
                    if (result.failed()) {
                        promise.fail(new IOException(
                                "cannot connect to " + address + ": "
                                        + result.cause().getMessage(),
                                result.cause()));
                    } else {
                        connected(result.result(), promise);
                    }
                }));
        return begun;
    }

    private void connected(NetSocket socket, Promise<Connection> promise) {
        if (closed) {
            socket.close();
            promise.fail(new IOException("the client of " + address + " is closed"));
            return;
        }
        Connection made = new Connection(loop, routing, this);
        InboundHandler inbound = new InboundHandler(made, loop.eventLoop());
        ChannelPipeline pipeline =
                ((NetSocketInternal) socket).channelHandlerContext().pipeline();
        SslContext tls = encryption.get();
        if (tls != null) {
            pipeline.addFirst("tls", tls.newHandler(pipeline.channel().alloc(), remote.host(), remote.port()));
        }
        pipeline.addBefore("handler", "rpc", inbound);
        promise.complete(made);
    }

    @Override
    public void opened(Connection opened) {
        connection = opened;
    }

    @Override
    public void closed(Connection ended) {
        if (connection == ended) {
            connection = null;
            List.copyOf(disconnectHandlers).forEach(Runnable::run);
        }
    }

    /** TCP would try for minutes to send what was not received; the next call connects anew instead. */
    @Override
    public void silent(Connection dead) {
        loop.log.warn(
                "closing the connection to " + address + ": it is silent, a call got no answer and nothing else came");
        dead.close();
    }

    @Override
    public boolean connected() {
        return open() != null;
    }

    @Override
    public void onDisconnect(Runnable handler) {
        disconnectHandlers.add(handler);
    }

    @Override
    public void close() {
        closed = true;
        disconnectHandlers.clear();
        Connection open = connection;
        if (open != null) {
            open.close();
        }
        onClosed.accept(this);
    }

    /** Closes from any thread. */
    void closeSoon() {
        loop.context().runOnContext(v -> close());
    }
}
