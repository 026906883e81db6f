package io.vledger.api.rpc;

/**
 * A table of request handlers by request code. Registration may happen at any time on any thread; it is seen by the next
 * request. A code without a handler is answered with {@code REQUEST_CODE_NOT_SUPPORTED} (3).
 */
public interface Handlers {
    /**
     * Registers a handler.
     *
     * @return a handle that removes exactly this registration
     * @throws IllegalStateException if the code has a handler
     */
    AutoCloseable register(int code, RequestHandler handler);

    /** Replaces the handler of a code in one step, or registers it. */
    AutoCloseable replace(int code, RequestHandler handler);

    /** The handler of a code; the one that answers "not supported" if there is none. */
    RequestHandler handlerOf(int code);
}
