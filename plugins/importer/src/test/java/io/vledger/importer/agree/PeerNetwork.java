package io.vledger.importer.agree;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.net.PeerTransport;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Members that reach each other in memory, as {@link PeerTransport} promises; a member that is down is not reached. Any thread. */
final class PeerNetwork {
    private final Map<String, PeerChannel.RequestHandler> handlers = new ConcurrentHashMap<>();

    /** The transport of one member. */
    PeerTransport of(String node) {
        return (group, name) -> new Channel(node);
    }

    /** The process of a member is gone. */
    void down(String node) {
        handlers.remove(node);
    }

    private final class Channel implements PeerChannel {
        private final String node;

        Channel(String node) {
            this.node = node;
        }

        @Override
        public Registration serve(RequestHandler handler) {
            handlers.put(node, handler);
            return () -> handlers.remove(node, handler);
        }

        @Override
        public Future<Buffer> request(String member, Buffer request, int timeoutMs) {
            PeerChannel.RequestHandler handler = handlers.get(member);
            if (handler == null) {
                return Future.failedFuture(
                        new IOException(member + " (in memory) cannot be reached (nobody listens there)"));
            }
            if (request.length() > MAX_REQUEST_BYTES) {
                return Future.failedFuture(new IOException("a request of " + request.length() + " bytes"));
            }
            return handler.answer(request.copy())
                    .compose(response -> response.length() > MAX_RESPONSE_BYTES
                            ? Future.failedFuture(new IOException("a response of " + response.length() + " bytes"))
                            : Future.succeededFuture(response.copy()))
                    .recover(failure ->
                            Future.failedFuture(new IOException(member + " closed the connection", failure)));
        }
    }
}
