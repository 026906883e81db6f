package io.vledger.testkit.fake;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.rpc.RpcConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client's connection that goes nowhere. */
public final class FakeConnection implements RpcConnection {
    private final List<Runnable> onClose = new ArrayList<>();
    private final List<Runnable> onDrain = new ArrayList<>();
    private final List<Integer> sent = new ArrayList<>();
    private @Nullable Object attachment;
    private boolean open = true;
    private boolean congested;

    /** Codes of the one-way requests sent to the client. */
    public List<Integer> sent() {
        return sent;
    }

    /** Makes the connection congested, or drains it. */
    public void congested(boolean full) {
        congested = full;
        if (!full) {
            List<Runnable> waiting = List.copyOf(onDrain);
            onDrain.clear();
            waiting.forEach(Runnable::run);
        }
    }

    @Override
    public InetSocketAddress remote() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 45678);
    }

    @Override
    public InetSocketAddress local() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 10911);
    }

    @Override
    public boolean open() {
        return open;
    }

    @Override
    public boolean congested() {
        return congested;
    }

    @Override
    public void onDrain(Runnable handler) {
        onDrain.add(handler);
    }

    @Override
    public void onClose(Runnable handler) {
        onClose.add(handler);
    }

    @Override
    public void send(int code, FieldWriter fields, @Nullable ByteBuf body) {
        sent.add(code);
        if (body != null) {
            body.release();
        }
    }

    @Override
    public Future<RpcClient.RpcAnswer> call(int code, FieldWriter fields, @Nullable ByteBuf body, int timeoutMs) {
        return Future.failedFuture("goes nowhere");
    }

    @Override
    public void close() {
        open = false;
        onClose.forEach(Runnable::run);
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
