package io.vledger.api.rpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** A client of one address. Use it on the loop it was made on. */
public interface RpcClient {
    /**
     * Sends a request and waits for its answer.
     *
     * @param body copied; may be null
     * @param timeoutMs after which the future fails
     * @return fails if the connection cannot be made, breaks, or the time is over
     */
    Future<RpcAnswer> call(int code, FieldWriter fields, byte @Nullable [] body, int timeoutMs);

    /**
     * As {@link #call}, without copying the body.
     *
     * @param body taken over: released by the client; may be null
     */
    default Future<RpcAnswer> request(int code, FieldWriter fields, @Nullable ByteBuf body, int timeoutMs) {
        byte[] copy = null;
        if (body != null) {
            copy = ByteBufUtil.getBytes(body);
            body.release();
        }
        return call(code, fields, copy, timeoutMs);
    }

    /** Whether a connection is open. */
    boolean connected();

    /** Called on the loop whenever an open connection is lost. */
    void onDisconnect(Runnable handler);

    /** Closes the connection; calls in flight fail. */
    void close();

    /**
     * An answer.
     *
     * @param code response code
     * @param remark the peer's words, if any
     * @param fields header fields; a detached copy
     * @param body a detached copy, empty if there was none
     */
    record RpcAnswer(int code, @Nullable String remark, Fields fields, byte[] body) {}
}
