package io.vledger.importer.agree;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vledger.api.net.PeerChannel;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Asks one other member of a group over the group's channel. Safe for use by any thread. */
final class PeerClient implements Peer {
    private final PeerChannel channel;
    private final String group;
    private final String node;
    private final int timeoutMs;
    private final AtomicLong lastId = new AtomicLong();
    private final Set<Promise<PeerMessage>> waiting = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** @param timeoutMs how long an answer may take */
    PeerClient(PeerChannel channel, String group, String node, int timeoutMs) {
        this.channel = channel;
        this.group = group;
        this.node = node;
        this.timeoutMs = timeoutMs;
    }

    /** Fails also if the member cannot be reached, is silent, or this client is closed. */
    @Override
    public Future<PeerMessage> ask(JsonObject question) {
        long id = lastId.incrementAndGet();
        Buffer request = PeerMessage.of(question.copy().put("id", id).put("group", group))
                .encode();
        Promise<PeerMessage> answer = Promise.promise();
        waiting.add(answer);
        if (closed) {
            close();
        } else {
            channel.request(node, request, timeoutMs)
                    .compose(response -> read(response, id))
                    .onSuccess(answer::tryComplete)
                    .onFailure(answer::tryFail);
        }
        return answer.future().onComplete(done -> waiting.remove(answer));
    }

    private Future<PeerMessage> read(Buffer response, long id) {
        try {
            PeerMessage message = PeerMessage.decode(response);
            if (message.header().getLong("id", 0L) != id) {
                // Members of earlier versions that have not opened the group may answer in another order.
                return Future.failedFuture(new IOException(node + " answered another question; it is asked again"));
            }
            IOException failure = message.failure();
            return failure == null ? Future.succeededFuture(message) : Future.failedFuture(failure);
        } catch (IllegalArgumentException | ClassCastException e) {
            return Future.failedFuture(new IOException(node + " sent an unreadable answer: " + e.getMessage(), e));
        }
    }

    /** Fails what waits for an answer, and whatever is asked later. */
    void close() {
        closed = true;
        waiting.forEach(answer -> answer.tryFail(new IOException("this node is stopping")));
    }
}
