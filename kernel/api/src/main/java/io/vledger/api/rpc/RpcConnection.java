package io.vledger.api.rpc;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A client's connection to a server of ours. Use it on its loop. */
public interface RpcConnection {
    /** The client's address. */
    InetSocketAddress remote();

    /** Our address on this connection. */
    InetSocketAddress local();

    /** Whether its other end is a plugin of this process, and no socket. */
    default boolean inProcess() {
        return false;
    }

    /** Whether it is open. */
    boolean open();

    /** Whether so much is unsent that more should wait; see {@link #onDrain}. */
    boolean congested();

    /** Calls back once, on the loop, when the connection is no longer congested. */
    void onDrain(Runnable handler);

    /** Calls back once, on the loop, when the connection has closed; at once if it is closed already. */
    void onClose(Runnable handler);

    /** Sends a one-way request to the client. */
    void send(int code, FieldWriter fields, @Nullable ByteBuf body);

    /** Sends a request to the client and waits for its answer, on this connection's loop. */
    Future<RpcClient.RpcAnswer> call(int code, FieldWriter fields, @Nullable ByteBuf body, int timeoutMs);

    /** Closes it. */
    void close();

    /** A slot for one object of the protocol's user, such as the registered client; null at first. */
    @Nullable
    Object attachment();

    /** Sets {@link #attachment()}. */
    void attach(@Nullable Object attachment);
}
