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

    /** Copies header fields and body so that they outlive the handler's return; the same as {@link #keep()}. */
    void detach();

    /**
     * Copies the request as it came, so that its parts outlive the handler's return and it can still be relayed.
     *
     * @return bytes that are held from now on
     */
    default int keep() {
        detach();
        return 0;
    }

    /** How many nodes relayed the request on its way here; 0 if the client sent it here itself. */
    default int hops() {
        return 0;
    }

    /**
     * Gives a relayed request ({@link #hops()} above 0) back to the node that relayed it, which tries elsewhere. Instead of a
     * reply, and only if nothing was done about the request; within its handler or after {@link #keep()}.
     */
    default void giveBack() {
        throw new IllegalStateException("request " + code() + " was not relayed");
    }

    /** Runs a handler on a request that was kept, as the server does: what it throws is answered. */
    default void serve(RequestHandler handler) {
        try {
            handler.handle(this);
        } catch (RequestException e) {
            reply(e.code(), e.getMessage());
        }
    }

    /**
     * Has the request shown again to whoever takes the listener over (see {@link Rpc#listen}): before anything else, its reply
     * dropped, together with the newest of every other key, in the order in which they came. For what a client says about
     * itself. Within the handler.
     */
    default void remember(String key) {}

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
