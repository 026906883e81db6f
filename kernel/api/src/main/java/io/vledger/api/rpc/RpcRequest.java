package io.vledger.api.rpc;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One request. {@link #fields()} and {@link #body()} are views of the receive buffer: valid until the handler returns, unless
 * {@link #detach()} was called. Everything else stays valid until the reply.
 */
public interface RpcRequest {
    /** Request code. */
    int code();

    /** The client's correlation number. */
    int opaque();

    /** The client's {@code MQVersion} ordinal. */
    int version();

    /** The client's language name as RocketMQ spells it, for example {@code JAVA}. */
    String language();

    /** Whether the client expects no reply; replies to it are dropped. */
    boolean oneway();

    /** Remark of the request. */
    @Nullable
    String remark();

    /** Header fields. */
    Fields fields();

    /** Body; never null, maybe without readable bytes. Not to be released by the handler. */
    ByteBuf body();

    /** Copies header fields and body so that they outlive the handler's return. */
    void detach();

    /**
     * Has the request shown to the next owner of the listener (see {@link Rpc#listen}) before anything else, its reply dropped:
     * the newest request of each key, in the order in which they came. For what a client says about itself. Within the handler.
     */
    void replayToNextOwner(String key);

    /**
     * The connection that the request came from. That of a relayed request has the client's address, is open as long as the
     * relaying node's is, and cannot carry requests to the client.
     */
    RpcConnection connection();

    /**
     * Replies. To be called once, on the connection's loop. Replies are collected and flushed once a loop turn, each in the
     * header encoding of its request.
     *
     * @param code response code
     * @param remark for a person to read; null if none
     * @param fields writes the header fields, before this method returns
     * @param body taken over: released by the connection; null if none
     */
    void reply(int code, @Nullable String remark, FieldWriter fields, @Nullable ByteBuf body);

    /** Replies without fields and body. */
    default void reply(int code, @Nullable String remark) {
        reply(code, remark, FieldWriter.NONE, null);
    }

    /** Replies with success and a body of bytes. */
    default void replyBody(byte[] body) {
        reply(0, null, FieldWriter.NONE, io.netty.buffer.Unpooled.wrappedBuffer(body));
    }
}
