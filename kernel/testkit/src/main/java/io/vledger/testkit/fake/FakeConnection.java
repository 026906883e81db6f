package io.vledger.testkit.fake;

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
public final class FakeConnection implements RpcConnection {
    private final List<Runnable> onClose = new ArrayList<>();
    private final List<Runnable> onDrain = new ArrayList<>();
    private final List<Sent> sent = new ArrayList<>();
    private final List<Promise<RpcClient.RpcAnswer>> calls = new ArrayList<>();
    private final InetSocketAddress remote;
    private @Nullable Object attachment;
    private boolean open = true;
    private boolean inProcess;
    private boolean congested;

    /**
     * One request to the client.
     *
     * @param body its body as text; empty for none
     */
    public record Sent(int code, Map<String, String> fields, String body) {}

    /** A connection from some port. */
    public FakeConnection() {
        this(45_678);
    }

    /** A connection from a port of the client. */
    public FakeConnection(int port) {
        this.remote = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Makes it one of a plugin of this process. */
    public FakeConnection withinProcess() {
        inProcess = true;
        return this;
    }

    @Override
    public boolean inProcess() {
        return inProcess;
    }

    /** The requests sent to the client, calls and one-way ones. */
    public List<Sent> sent() {
        return sent;
    }

    /** Calls that wait for the client's answer. */
    public List<Promise<RpcClient.RpcAnswer>> calls() {
        return calls;
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
        return remote;
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
        if (open) {
            onClose.add(handler);
        } else {
            handler.run();
        }
    }

    @Override
    public void send(int code, FieldWriter fields, @Nullable ByteBuf body) {
        String text = "";
        if (body != null) {
            text = body.toString(StandardCharsets.UTF_8);
            body.release();
        }
        sent.add(new Sent(code, FakeFields.of(fields).values(), text));
    }

    @Override
    public Future<RpcClient.RpcAnswer> call(int code, FieldWriter fields, @Nullable ByteBuf body, int timeoutMs) {
        send(code, fields, body);
        Promise<RpcClient.RpcAnswer> answer = Promise.promise();
        calls.add(answer);
        return answer.future();
    }

    @Override
    public void close() {
        open = false;
        List<Runnable> handlers = List.copyOf(onClose);
        onClose.clear();
        handlers.forEach(Runnable::run);
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
