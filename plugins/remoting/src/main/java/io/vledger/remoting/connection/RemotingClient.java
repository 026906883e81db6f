package io.vledger.remoting.connection;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vledger.api.rpc.FieldSnapshot;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client of one address, whose connection is opened by the first call and, after it broke, by the next one. Loop only. */
final class RemotingClient implements RpcClient, Connection.Listener {
    private final LoopState loop;
    private final Dialer dialer;
    private final RequestRouting routing;
    private final String address;
    private final Consumer<RemotingClient> onClosed;
    private final List<Runnable> disconnectHandlers = new ArrayList<>();
    private @Nullable Connection connection;
    private @Nullable Future<Connection> connecting;
    private boolean closed;

    /**
     * A client that is not connected.
     *
     * @param dialer opens its connections
     * @param routing serves what the server asks the client
     * @param address where it connects to, for people
     * @param onClosed called once, when the client was closed
     */
    RemotingClient(
            LoopState loop, Dialer dialer, RequestRouting routing, String address, Consumer<RemotingClient> onClosed) {
        this.loop = loop;
        this.dialer = dialer;
        this.routing = routing;
        this.address = address;
        this.onClosed = onClosed;
    }

    @Override
    public Future<RpcAnswer> call(int code, FieldWriter fields, byte @Nullable [] body, int timeoutMs) {
        return request(code, fields, body == null || body.length == 0 ? null : Unpooled.copiedBuffer(body), timeoutMs);
    }

    @Override
    public Future<RpcAnswer> request(int code, FieldWriter fields, @Nullable ByteBuf body, int timeoutMs) {
        Connection open = connection;
        if (open != null && open.open()) {
            return open.call(code, fields, body, timeoutMs);
        }
        FieldWriter kept = FieldSnapshot.of(fields);
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        return connect().onFailure(cause -> release(body)).compose(made -> {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            return made.call(code, kept, body, (int) Math.max(1, left));
        });
    }

    private static void release(@Nullable ByteBuf body) {
        if (body != null) {
            body.release();
        }
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
        Connection made = new Connection(loop, routing, this);
        loop.context().runOnContext(v -> dialer.dial(new InboundHandler(made, loop.eventLoop()))
                .onComplete(result -> {
                    connecting = null;
                    if (result.failed()) {
                        promise.fail(new IOException(
                                "cannot connect to " + address + ": "
                                        + result.cause().getMessage(),
                                result.cause()));
                    } else if (closed) {
                        made.close();
                        promise.fail(new IOException("the client of " + address + " is closed"));
                    } else {
                        promise.complete(made);
                    }
                }));
        return begun;
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
