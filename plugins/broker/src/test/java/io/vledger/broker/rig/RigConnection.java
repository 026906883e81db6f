package io.vledger.broker.rig;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.rpc.RpcConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A client's connection that records what is sent to the client. */
public final class RigConnection implements RpcConnection {
    private final int port;
    private final List<Sent> sent = new ArrayList<>();
    private final List<Runnable> closers = new ArrayList<>();
    private final List<Promise<RpcClient.RpcAnswer>> calls = new ArrayList<>();
    private @Nullable Object attachment;
    private boolean open = true;

    /** A connection from a port of the client. */
    public RigConnection(int port) {
        this.port = port;
    }

    /** What was sent to the client. */
    public List<Sent> sent() {
        return sent;
    }

    /** Calls that wait for the client's answer. */
    public List<Promise<RpcClient.RpcAnswer>> calls() {
        return calls;
    }

    @Override
    public InetSocketAddress remote() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    @Override
    public InetSocketAddress local() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 30911);
    }

    @Override
    public boolean open() {
        return open;
    }

    @Override
    public boolean congested() {
        return false;
    }

    @Override
    public void onDrain(Runnable handler) {}

    @Override
    public void onClose(Runnable handler) {
        if (open) {
            closers.add(handler);
        } else {
            handler.run();
        }
    }

    @Override
    public void send(int code, FieldWriter fields, @Nullable ByteBuf body) {
        sent.add(new Sent(code, RigRequest.collect(fields), text(body)));
    }

    @Override
    public Future<RpcClient.RpcAnswer> call(int code, FieldWriter fields, @Nullable ByteBuf body, int timeoutMs) {
        send(code, fields, body);
        Promise<RpcClient.RpcAnswer> promise = Promise.promise();
        calls.add(promise);
        return promise.future();
    }

    private static String text(@Nullable ByteBuf body) {
        if (body == null) {
            return "";
        }
        String text = body.toString(StandardCharsets.UTF_8);
        body.release();
        return text;
    }

    @Override
    public void close() {
        open = false;
        closers.forEach(Runnable::run);
        closers.clear();
    }

    @Override
    public @Nullable Object attachment() {
        return attachment;
    }

    @Override
    public void attach(@Nullable Object newAttachment) {
        attachment = newAttachment;
    }

    /** One request to the client. */
    public record Sent(int code, Map<String, String> fields, String body) {}
}
