package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vledger.api.net.PeerChannel;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Asks one other member over one channel, over one connection that is opened when it is needed and again after it broke. Responses come
 * in the order of the requests. For the group's loop.
 */
final class RequestClient {
    private static final int MAX_WAITING = 64;
    /** How long a connection is kept over which nothing is asked. */
    private static final int IDLE_MS = 5_000;

    private final ChannelType type;
    private final String member;
    private final Vertx vertx;
    private final PeerDialer dialer;
    private @Nullable Connection connection;

    RequestClient(ChannelType type, String member, Vertx vertx, PeerDialer dialer) {
        this.type = type;
        this.member = member;
        this.vertx = vertx;
        this.dialer = dialer;
    }

    /** Asks; see {@link PeerChannel#request}. */
    Future<Buffer> request(Buffer request, int timeoutMs) {
        if (request.length() > PeerChannel.MAX_REQUEST_BYTES) {
            return Future.failedFuture(new IOException("a request for " + member + " has " + request.length()
                    + " bytes, more than " + PeerChannel.MAX_REQUEST_BYTES));
        }
        Connection current = connection;
        if (current == null) {
            current = new Connection();
            connection = current;
            current.open();
        }
        return current.request(request, timeoutMs);
    }

    /** Closes the connection; what waits fails. */
    void close() {
        Connection current = connection;
        if (current != null) {
            current.end("cannot be asked any more: this node is stopping");
        }
    }

    private IOException trouble(String what) {
        return new IOException(member + " (" + dialer.address(member) + ") " + what);
    }

    /** One connection, from the attempt to open it to its end. */
    private final class Connection implements PeerSocket.Handler {
        private final Queue<Promise<Buffer>> waiting = new ArrayDeque<>();
        private final List<Buffer> unsent = new ArrayList<>();
        private @Nullable PeerSocket socket;
        private boolean ended;
        private long idleTimer = -1;

        void open() {
            dialer.open(member, () -> this).onComplete(result -> {
                PeerSocket open = result.result();
                if (open == null) {
                    end("cannot be reached (" + PeerDialer.reason(result.cause()) + ")");
                } else if (ended) {
                    open.abort();
                } else {
                    open.acceptResponses();
                    socket = open;
                    unsent.forEach(request -> open.send(type.request(request, open.allocator())));
                    unsent.clear();
                }
            });
        }

        Future<Buffer> request(Buffer request, int timeoutMs) {
            if (waiting.size() >= MAX_WAITING) {
                return Future.failedFuture(trouble("has " + MAX_WAITING + " requests to answer already"));
            }
            Promise<Buffer> promise = Promise.promise();
            waiting.add(promise);
            vertx.cancelTimer(idleTimer);
            long timer = vertx.setTimer(timeoutMs, late -> end("did not answer within " + timeoutMs + " ms"));
            PeerSocket open = socket;
            if (open == null) {
                unsent.add(request);
            } else {
                open.send(type.request(request, open.allocator()));
            }
            return promise.future().onComplete(done -> vertx.cancelTimer(timer));
        }

        @Override
        public void frame(ByteBuf frame) throws PeerCodec.BadFrame {
            Buffer response = type.decodeResponse(frame);
            Promise<Buffer> first = waiting.poll();
            if (first == null) {
                throw new PeerCodec.BadFrame("it answered without being asked");
            }
            if (waiting.isEmpty()) {
                idleTimer = vertx.setTimer(IDLE_MS, idle -> end("is asked nothing"));
            }
            first.complete(response);
        }

        @Override
        public void rejected(PeerCodec.BadFrame why) {
            end("sent what cannot be read: " + why.getMessage());
        }

        @Override
        public void closed() {
            end("closed the connection");
        }

        /** Not used again, even if it does not close for long: what was sent over it may never leave. */
        void end(String why) {
            if (ended) {
                return;
            }
            ended = true;
            vertx.cancelTimer(idleTimer);
            if (connection == this) {
                connection = null;
            }
            PeerSocket open = socket;
            if (open != null) {
                open.abort();
            }
            unsent.clear();
            List<Promise<Buffer>> failed = new ArrayList<>(waiting);
            waiting.clear();
            failed.forEach(promise -> promise.fail(trouble(why)));
        }
    }
}
