package io.vledger.api.rpc;

import io.vertx.core.Future;

/**
 * Hands requests of clients on to another node, over one connection: they arrive there in the order in which they were taken
 * here, and each answer goes to its client as it comes, unread. Use it on the loop it was made on.
 */
public interface RpcRelay {
    /** Opens the connection unless it is open or being opened; fails with words that name the address. */
    Future<Void> connect();

    /** Sends a request of this node's own over the same connection, and waits for its answer. Fails if there is none. */
    Future<RpcClient.RpcAnswer> call(int code, FieldWriter fields, byte[] body, int timeoutMs);

    /** Whether requests can be relayed now. */
    boolean connected();

    /**
     * Relays a request, within its handler or after {@link RelayableRequest#keep()}. It counts as replied to from then on, unless
     * one of {@code undone}'s methods gives it back. A one-way request is relayed and forgotten.
     *
     * @param ordered whether it counts for {@link #orderedInFlight()}
     * @param timeoutMs longest time to wait for the answer
     * @return false if there is no connection, or if too much is unanswered already: then nothing happened
     */
    boolean relay(RelayableRequest request, boolean ordered, int timeoutMs, Undone undone);

    /** Requests without an answer that were relayed as ordered. */
    int orderedInFlight();

    /** Calls back, in a later turn of the loop, whenever the last unanswered ordered request was answered, given back or lost. */
    void onOrderedSettled(Runnable callback);

    /** Closes the connection; everything that is unanswered is {@linkplain Undone#lost lost}. */
    void close();

    /** Called when a request gets no answer from there; the request is then the relaying side's again. */
    interface Undone {
        /** The other node gave it back without having done anything. The request is {@linkplain RelayableRequest#keep() kept}. */
        void givenBack(RelayableRequest request);

        /**
         * The connection ended or the time is over: what became of the request is unknown. It may be replied to, and may be
         * relayed again if it was kept before.
         */
        void lost(RelayableRequest request, String why);
    }
}
