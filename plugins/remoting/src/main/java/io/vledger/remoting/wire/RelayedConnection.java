package io.vledger.remoting.wire;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.api.rpc.RpcConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** The connection of one relayed request: the client's address, at the other end of the relaying node's socket. Loop only. */
final class RelayedConnection implements RpcConnection {
    private final Connection carrier;
    private final InetSocketAddress client;
    private final Request request;
    private @Nullable Object attachment;

    RelayedConnection(Connection carrier, InetSocketAddress client, Request request) {
        this.carrier = carrier;
        this.client = client;
        this.request = request;
    }

    @Override
    public InetSocketAddress remote() {
        return client;
    }

    @Override
    public InetSocketAddress local() {
        return carrier.local();
    }

    @Override
    public boolean open() {
        return carrier.open();
    }

    @Override
    public boolean congested() {
        return carrier.congested();
    }

    @Override
    public void onDrain(Runnable handler) {
        carrier.onDrain(handler);
    }

    @Override
    public void onClose(Runnable handler) {
        carrier.onClose(handler);
    }

    /** Dropped: there is no way to the client from here. */
    @Override
    public void send(int code, FieldWriter fields, @Nullable ByteBuf body) {
        if (body != null) {
            body.release();
        }
    }

    @Override
    public Future<RpcAnswer> call(int code, FieldWriter fields, @Nullable ByteBuf body, int timeoutMs) {
        if (body != null) {
            body.release();
        }
        return Future.failedFuture(new IOException("the client " + client + " is connected to another node"));
    }

    /** Has the relaying node close the client's connection, instead of an answer. The carrier serves others too. */
    @Override
    public void close() {
        request.closeClient();
    }

    @Override
    public @Nullable Object attachment() {
        return attachment;
    }

    @Override
    public void attach(@Nullable Object newAttachment) {
        attachment = newAttachment;
    }
}
