package io.vledger.api.rpc;

/** Handles requests of some code, on the loop of their connection; must not block. */
@FunctionalInterface
public interface RequestHandler {
    /**
     * Handles a request: replies now, or keeps the request and replies later on the same loop. A {@link RequestException} is
     * answered with its code and message; any other exception is logged and answered with {@code SYSTEM_ERROR} (1).
     */
    void handle(RpcRequest request);
}
