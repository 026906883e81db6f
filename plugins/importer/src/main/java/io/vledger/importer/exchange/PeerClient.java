package io.vledger.importer.exchange;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.vledger.api.net.HostPort;
import java.io.IOException;
import java.net.ConnectException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks one other member, over one connection that is made when it is needed and again after it broke. Any number of questions
 * may wait. Safe for use by any thread; its state is on one event loop.
 */
final class PeerClient implements Peer {
    private static final int CONNECT_TIMEOUT_MS = 1_000;

    private final Vertx vertx;
    private final Context loop;
    private final NetClient client;
    private final String group;
    private final String node;
    private final String address;
    private final int timeoutMs;
    private final Map<Long, Waiting> waiting = new HashMap<>();
    private @Nullable Future<NetSocket> connection;
    private long lastId;

    private record Waiting(Promise<Packet> promise, long timer) {}

    /**
     * A client.
     *
     * @param address its Raft address
     * @param timeoutMs how long an answer may take
     */
    PeerClient(Vertx vertx, String group, String node, String address, int timeoutMs) {
        this.vertx = vertx;
        this.loop = vertx.getOrCreateContext();
        this.group = group;
        this.node = node;
        this.address = address;
        this.timeoutMs = timeoutMs;
        this.client = vertx.createNetClient(
                new NetClientOptions().setConnectTimeout(CONNECT_TIMEOUT_MS).setTcpNoDelay(true));
    }

    String node() {
        return node;
    }

    String address() {
        return address;
    }

    /** Fails also if the member cannot be reached, or is silent. */
    @Override
    public Future<Packet> ask(JsonObject question) {
        Promise<Packet> promise = Promise.promise();
        loop.runOnContext(v -> send(question.copy(), promise));
        return promise.future();
    }

    private void send(JsonObject question, Promise<Packet> promise) {
        long id = ++lastId;
        Buffer frame = Frames.frame(
                Frames.QUESTION,
                Packet.of(question.put("id", id).put("group", group)).encode());
        long timer = vertx.setTimer(timeoutMs, fired -> {
            if (waiting.remove(id) != null) {
                promise.tryFail(trouble("did not answer within " + timeoutMs + " ms"));
                drop();
            }
        });
        waiting.put(id, new Waiting(promise, timer));
        connected().onComplete(result -> {
            NetSocket socket = result.result();
            if (socket == null) {
                fail(id, trouble("cannot be reached (" + words(result.cause()) + ")"));
            } else {
                socket.write(frame);
            }
        });
    }

    /** Nobody listens while a member is not started, which is no more than that. */
    private static String words(Throwable cause) {
        return cause instanceof ConnectException ? "nobody listens there" : String.valueOf(cause.getMessage());
    }

    private Future<NetSocket> connected() {
        Future<NetSocket> current = connection;
        if (current == null) {
            HostPort remote = HostPort.of(address);
            Promise<NetSocket> promise = Promise.promise();
            current = promise.future();
            connection = current;
            Future<NetSocket> mine = current;
            client.connect(remote.port(), remote.host())
                    .onComplete(result -> loop.runOnContext(v -> {
                        NetSocket socket = result.result();
                        if (socket == null) {
                            forget(mine);
                            promise.fail(result.cause());
                        } else {
                            listen(socket, mine);
                            promise.complete(socket);
                        }
                    }));
        }
        return current;
    }

    private void listen(NetSocket socket, Future<NetSocket> mine) {
        socket.exceptionHandler(failure -> socket.close());
        socket.closeHandler(v -> loop.runOnContext(w -> {
            forget(mine);
            failAll();
        }));
        Frames frames = new Frames(Frames.ANSWER, Packet.MAX_ANSWER_BYTES, this::answered, socket::close);
        socket.handler(bytes -> loop.runOnContext(v -> frames.handle(bytes)));
    }

    private void forget(Future<NetSocket> mine) {
        if (connection == mine) {
            connection = null;
        }
    }

    private void answered(Buffer payload) {
        try {
            Packet packet = Packet.decode(payload);
            Waiting one = waiting.remove(packet.header().getLong("id", 0L));
            if (one == null) {
                return;
            }
            vertx.cancelTimer(one.timer);
            IOException failure = packet.failure();
            if (failure == null) {
                one.promise.tryComplete(packet);
            } else {
                one.promise.tryFail(failure);
            }
        } catch (IllegalArgumentException | ClassCastException e) {
            drop();
        }
    }

    /** Ends the connection, if there is one; the next question makes another. */
    void disconnect() {
        loop.runOnContext(v -> drop());
    }

    private void drop() {
        Future<NetSocket> current = connection;
        if (current != null) {
            // Not used again, even if it does not close for long: what was sent over it may never leave.
            forget(current);
            current.onSuccess(NetSocket::close);
        }
    }

    private void fail(long id, IOException why) {
        Waiting one = waiting.remove(id);
        if (one != null) {
            vertx.cancelTimer(one.timer);
            one.promise.tryFail(why);
        }
    }

    private void failAll() {
        for (Long id : java.util.List.copyOf(waiting.keySet())) {
            fail(id, trouble("closed the connection"));
        }
    }

    private IOException trouble(String what) {
        return new IOException(node + " (" + address + ") " + what);
    }

    Future<Void> close() {
        return client.close();
    }
}
