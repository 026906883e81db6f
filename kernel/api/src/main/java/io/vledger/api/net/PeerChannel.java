package io.vledger.api.net;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/**
 * Requests and responses between the members of one group, over connections of their own to the members' Raft addresses. Nothing that
 * comes over them is to be trusted: anybody who can reach the port can send it. Any thread.
 */
public interface PeerChannel {
    /** Bound of a request, bytes. */
    int MAX_REQUEST_BYTES = 64 << 10;
    /** Bound of a response, bytes. */
    int MAX_RESPONSE_BYTES = 2 << 20;

    /** Answers requests of other members. */
    @FunctionalInterface
    interface RequestHandler {
        /**
         * Answers one request. Called on an event loop: it must not block. The requests of one connection are answered one after
         * another.
         *
         * @param request at most {@link #MAX_REQUEST_BYTES}
         * @return at most {@link #MAX_RESPONSE_BYTES}; if it fails, the connection is closed
         */
        Future<Buffer> answer(Buffer request);
    }

    /** A handler that was registered. */
    interface Registration {
        /** Takes the handler away, unless another one has taken its place. */
        void cancel();
    }

    /** Has requests answered from now on, in place of the handler before. While there is none, members that ask are disconnected. */
    Registration serve(RequestHandler handler);

    /**
     * Asks another member. Requests to one member are answered in their order, over one connection that is opened when it is needed,
     * again after it broke, and closed when nothing was asked for a while.
     *
     * @param timeoutMs how long the response may take; the connection is closed if it takes longer
     * @return fails with an {@link java.io.IOException} that names the member, its address and what went wrong
     */
    Future<Buffer> request(String member, Buffer request, int timeoutMs);
}
