package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vledger.api.net.PeerChannel;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers the requests of one accepted connection, one after another: the next is handled once the response before has left, so that
 * somebody who asks and does not read costs one response of memory. For the group's loop.
 */
final class RequestResponder implements PeerSocket.Handler {
    private static final int MAX_WAITING = 64;

    private final ChannelType type;
    private final PeerSocket socket;
    private final Vertx vertx;
    private final Context loop;
    private final PeerWarnings warnings;
    private final Supplier<PeerChannel.@Nullable RequestHandler> handler;
    private final Queue<Buffer> waiting = new ArrayDeque<>();
    private final long idleTimer;
    private boolean answering;
    private boolean sending;
    private boolean progressed = true;

    /**
     * Answers over a connection from now on.
     *
     * @param handler the handler that is registered at the time; null while there is none
     * @param idleMs a connection over which nothing has come or left for as long is closed, after twice the time at most
     */
    RequestResponder(
            ChannelType type,
            PeerSocket socket,
            Vertx vertx,
            PeerWarnings warnings,
            Supplier<PeerChannel.@Nullable RequestHandler> handler,
            int idleMs) {
        this.type = type;
        this.socket = socket;
        this.vertx = vertx;
        this.loop = vertx.getOrCreateContext();
        this.warnings = warnings;
        this.handler = handler;
        this.idleTimer = vertx.setPeriodic(idleMs, timer -> closeIfIdle());
    }

    private void closeIfIdle() {
        boolean active = progressed || socket.takeHeard() || (answering && !sending);
        progressed = false;
        if (!active) {
            socket.abort();
        }
    }

    @Override
    public void frame(ByteBuf frame) throws PeerCodec.BadFrame {
        Buffer request = type.decodeRequest(frame);
        if (waiting.size() >= MAX_WAITING) {
            throw new PeerCodec.BadFrame("it sent more than " + MAX_WAITING + " requests without waiting");
        }
        waiting.add(request);
        next();
    }

    private void next() {
        if (answering || waiting.isEmpty() || socket.isClosed()) {
            return;
        }
        answering = true;
        answer(waiting.remove())
                .onComplete(result -> loop.runOnContext(none -> answered(result.result(), result.cause())));
    }

    private Future<Buffer> answer(Buffer request) {
        PeerChannel.RequestHandler current = handler.get();
        if (current == null) {
            return Future.failedFuture("nobody answers on this channel yet");
        }
        try {
            return current.answer(request);
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private void answered(@Nullable Buffer response, @Nullable Throwable failure) {
        progressed = true;
        if (response == null || response.length() > PeerChannel.MAX_RESPONSE_BYTES) {
            String why = response == null
                    ? PeerDialer.message(failure)
                    : "the response has " + response.length() + " bytes, more than " + PeerChannel.MAX_RESPONSE_BYTES;
            warnings.stranger(
                    socket.address(),
                    "closing the connection with " + socket.remote() + ", whose request cannot be" + " answered: "
                            + why);
            socket.close();
            return;
        }
        sending = true;
        socket.send(type.response(response, socket.allocator()), () -> {
            sending = false;
            answering = false;
            progressed = true;
            next();
        });
    }

    @Override
    public void rejected(PeerCodec.BadFrame why) {
        warnings.stranger(socket.address(), "closing the connection with " + socket.remote() + ": " + why.getMessage());
    }

    @Override
    public void closed() {
        vertx.cancelTimer(idleTimer);
        waiting.clear();
    }
}
