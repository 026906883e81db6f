package io.vledger.remoting.connection;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.api.rpc.RpcConnection;
import io.vledger.remoting.frame.BadFrame;
import io.vledger.remoting.frame.Envelope;
import io.vledger.remoting.frame.FrameWriter;
import io.vledger.remoting.frame.GoodbyeFrame;
import io.vledger.remoting.frame.Header;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One socket, of a server or a client: its life, its calls, and where its frames go. {@link FrameInput} reads,
 * {@link RequestDispatcher} serves, {@link FrameOutput} and {@link OutboundBuffer} send. Loop only; the loop may change when
 * the listener is taken over.
 */
final class Connection
        implements RpcConnection, FrameInput.Owner, OutboundBuffer.CongestionListener, PendingCalls.Caller {
    private static final InetSocketAddress UNKNOWN = InetSocketAddress.createUnresolved("unknown", 0);

    private final Listener listener;
    private final OutboundBuffer buffer;
    private final FrameOutput output;
    private final FrameInput input;
    private final RequestDispatcher dispatcher;

    private @Nullable ChannelHandlerContext channel;
    private InetSocketAddress remote = UNKNOWN;
    private InetSocketAddress local = UNKNOWN;
    /** Of the server's end: who the other side is. */
    private @Nullable InetSocketAddress client;
    /** Whether a whole frame has come. */
    private boolean known;
    /** Memory of the first frame while it is not whole. */
    private int firstFrameBytes;
    /** For how many ticks the first frame has been under way. */
    private int firstFrameTicks;

    private byte encoding = Header.JSON;
    private Goodbye goodbye = Goodbye.RESET;
    /** Set when the server has sent its goodbye; what arrives is thrown away. */
    private boolean leaving;

    /** What {@link #tick} found read and flushed last. */
    private long lastActivity = -1;

    private int idleTicks;
    /** Set when closing begins here; nothing is served or sent from then on. */
    private boolean closing;
    /** Set when the socket is closed and everything was released. */
    private boolean closed;

    private int waitingCalls;
    private List<Runnable> closeHandlers = new ArrayList<>(0);
    private @Nullable Object attachment;
    /** Takes all answers but those to calls, if this connection relays requests. */
    private @Nullable Answers answers;

    /** Takes answers to what it wrote by itself. */
    interface Answers {
        /** An answer: its header, and where its body lies, valid during the call. */
        void answered(Header header, ByteBuf in, int bodyAt, int bodyLength);
    }

    /** Follows the connection from its beginning to its end. */
    interface Listener {
        /** It is in its pipeline and usable. */
        void opened(Connection connection);

        /** A call got no answer, and nothing else has come meanwhile either: whatever is at the other end may be gone. */
        default void silent(Connection connection) {}

        /** It has ended. Called once, after the connection's own close handlers. */
        void closed(Connection connection);
    }

    Connection(LoopState loop, RequestRouting routing, Listener listener) {
        this.listener = listener;
        this.buffer = new OutboundBuffer(loop, this);
        this.output = new FrameOutput(buffer);
        this.input = new FrameInput(buffer, this);
        this.dispatcher = new RequestDispatcher(this, output, routing);
    }

    /** The other side is a client at this address, whatever the socket says. Before it is opened; a client's end is not bounded. */
    void appearsFrom(InetSocketAddress address) {
        client = address;
    }

    void opened(ChannelHandlerContext ctx) {
        channel = ctx;
        remote = client == null ? address(ctx.channel().remoteAddress()) : client;
        local = address(ctx.channel().localAddress());
        buffer.open(ctx);
        input.open(ctx);
        listener.opened(this);
    }

    private static InetSocketAddress address(@Nullable Object address) {
        return address instanceof InetSocketAddress inet ? inet : UNKNOWN;
    }

    LoopState loop() {
        return buffer.loop();
    }

    /** Encodes what is sent here. */
    FrameOutput output() {
        return output;
    }

    // In.

    void read(ChannelHandlerContext ctx, ByteBuf in) {
        buffer.readBegins();
        input.read(ctx, in);
        if (!known && client != null) {
            holdFirstFrame(input.collectedBytes());
        }
    }

    private void holdFirstFrame(int bytes) {
        int more = bytes - firstFrameBytes;
        firstFrameBytes = bytes;
        if (more != 0 && !loop().strangers.firstFrames.add(more) && more > 0) {
            loop().log
                    .warn("closing the connection from " + peer() + ": first frames that are not whole hold more than"
                            + " plugins.remoting.firstFramesBytes allows, "
                            + loop().strangers.limits.firstFramesBytes());
            close();
        }
    }

    void readComplete() {
        buffer.readEnds();
    }

    @Override
    public boolean frame(ByteBuf in, byte frameEncoding, int headerAt, int headerLength, int bodyLength) {
        int bodyAt = headerAt + headerLength;
        if (GoodbyeFrame.matches(in, headerAt, headerLength)) {
            close();
            return false;
        }
        if (!known) {
            known = true;
            holdFirstFrame(0);
        }
        Header header = loop().headers.read(in, headerAt, headerLength, frameEncoding);
        encoding = frameEncoding;
        goodbye = Goodbye.to(header.language());
        if (header.response()) {
            answer(header, in, bodyAt, bodyLength);
        } else if (header.code() == Envelope.CODE) {
            dispatcher.envelope(header, in, bodyAt, bodyLength);
        } else {
            dispatcher.request(header, in, headerAt, bodyAt, bodyLength);
        }
        return (!buffer.congested() || answers != null) && input.accepts();
    }

    private void answer(Header header, ByteBuf in, int bodyAt, int bodyLength) {
        Promise<RpcAnswer> call = waitingCalls == 0 ? null : loop().calls.take(header.opaque(), this);
        Answers relay = answers;
        if (call != null) {
            waitingCalls--;
            byte[] body = bodyLength == 0 ? new byte[0] : ByteBufUtil.getBytes(in, bodyAt, bodyLength, true);
            call.tryComplete(new RpcAnswer(header.code(), header.remark(), header.copy(), body));
        } else if (relay != null) {
            relay.answered(header, in, bodyAt, bodyLength);
        }
    }

    @Override
    public void malformed(BadFrame cause) {
        loop().log.warn("closing the connection from " + peer() + ": " + cause.getMessage());
        close();
    }

    void failed(Throwable cause) {
        if (cause instanceof VirtualMachineError) {
            // Whatever watches over the loop, such as the group's member, must not go on as if nothing had happened.
            loop().context().reportException(cause);
        }
        if (cause.getCause() instanceof SSLException wrong) {
            loop().log.warn("closing the connection from " + peer() + ": TLS: " + wrong.getMessage());
        } else if (!(cause instanceof IOException)) { // resets by the peer are routine
            loop().log.error("the connection from " + peer() + " failed", cause);
        }
        close();
    }

    /** From now on all answers but those to calls go to {@code relay}. */
    void relays(Answers relay) {
        answers = relay;
    }

    @Override
    public long reads() {
        return input.reads();
    }

    @Override
    public void unanswered(long readsBefore) {
        if (input.reads() == readsBefore && open()) {
            listener.silent(this);
        }
    }

    // Out.

    @Override
    public void send(int code, FieldWriter fields, @Nullable ByteBuf body) {
        output.request(encoding, code, FrameWriter.ONEWAY, loop().calls.nextOpaque(), fields, body);
    }

    @Override
    public Future<RpcAnswer> call(int code, FieldWriter fields, @Nullable ByteBuf body, int timeoutMs) {
        Promise<RpcAnswer> promise = loop().context().promise();
        if (closing || leaving) {
            if (body != null) {
                body.release();
            }
            promise.fail(new IOException("the connection to " + peer() + " is closed"));
            return promise.future();
        }
        PendingCalls calls = loop().calls;
        int opaque = calls.nextOpaque();
        calls.add(opaque, this, code, timeoutMs, promise);
        waitingCalls++;
        output.request(encoding, code, 0, opaque, fields, body);
        return promise.future();
    }

    @Override
    public void becameCongested() {
        if (answers == null) { // answers are what makes room where requests are relayed
            input.pauseReading();
        }
    }

    @Override
    public void overflowed(long unsentBytes) {
        loop().log
                .warn("closing the connection from " + peer() + ": it does not read, " + unsentBytes
                        + " bytes are unsent");
        close();
    }

    /** The socket has room again. */
    void writable() {
        if (buffer.drained()) {
            inContext(buffer.takeDrainHandlers());
            input.proceed();
        }
    }

    /** Continues with what was received and not served, and then with reading. */
    void proceed() {
        input.proceed();
    }

    // Change of the listener's owner.

    /** Serves nothing more until {@link #resume}; what arrives is held, and then no longer read. */
    void suspend() {
        input.suspend();
    }

    /**
     * Drops everything that is the old owner's. What that one still answers is written on the next one's loop, behind
     * {@link #resume}.
     */
    void leave(LoopState next) {
        buffer.flush();
        attachment = null;
        closeHandlers = new ArrayList<>(0);
        buffer.takeDrainHandlers();
        if (waitingCalls > 0) {
            loop().calls.failAll(this, new IOException("the listener of " + peer() + " was taken over"));
            waitingCalls = 0;
        }
        buffer.moveTo(next);
    }

    /** Serves for the next owner from now on, on the loop given to {@link #leave}. */
    void resume(RequestRouting routing) {
        input.resume();
        dispatcher.reroute(routing);
        input.proceed();
    }

    // Life.

    /**
     * Ends the connection from this side: sends what was answered, and a goodbye after which the client closes and tries
     * elsewhere what was not. What it has sent and is not served yet never is.
     */
    void sayGoodbye() {
        ChannelHandlerContext ctx = channel;
        if (ctx == null || closing || leaving) {
            return;
        }
        leaving = true;
        input.discard();
        if (goodbye == Goodbye.RESET) {
            closing = true;
            Goodbye.reset(ctx.channel());
        } else {
            buffer.end(goodbye);
            ctx.channel().config().setAutoRead(true);
        }
    }

    /** Called by the server now and then; closes the connection if it has been idle, or congested, for too many calls. */
    void tick(int idleTicksAllowed, int congestedTicksAllowed) {
        if (buffer.congestedTicks() > congestedTicksAllowed) {
            loop().log.warn("closing the connection from " + peer() + ": it has not read for a long time");
            close();
            return;
        }
        if (!known
                && client != null
                && input.reads() > 0
                && ++firstFrameTicks > loop().strangers.limits.firstFrameSeconds()) {
            loop().log
                    .warn("closing the connection from " + peer() + ": its first frame is not whole after "
                            + loop().strangers.limits.firstFrameSeconds() + " s");
            close();
            return;
        }
        long activity = input.reads() + buffer.flushes();
        if (activity != lastActivity) {
            lastActivity = activity;
            idleTicks = 0;
        } else if (++idleTicks > idleTicksAllowed) {
            close();
        }
    }

    @Override
    public void close() {
        if (channel != null && !closing) {
            closing = true;
            input.discard();
            buffer.close();
        }
    }

    void finish() {
        if (closed) {
            return;
        }
        closing = true;
        closed = true;
        input.release();
        holdFirstFrame(0);
        buffer.release();
        List<Runnable> callbacks = new ArrayList<>(closeHandlers);
        closeHandlers.clear();
        callbacks.addAll(buffer.takeDrainHandlers());
        if (waitingCalls > 0) {
            callbacks.add(
                    () -> loop().calls.failAll(this, new IOException("the connection to " + peer() + " was closed")));
        }
        callbacks.add(() -> listener.closed(this));
        inContext(callbacks);
    }

    /** Runs callbacks with the owner's context as the current one; one that fails does not keep the others from running. */
    private void inContext(List<Runnable> callbacks) {
        ContextInternal context = loop().context();
        ContextInternal outer = context.beginDispatch();
        try {
            for (Runnable callback : callbacks) {
                try {
                    callback.run();
                } catch (RuntimeException | LinkageError | AssertionError e) { // the root of all callbacks
                    loop().log.error("a callback of the connection from " + peer() + " failed", e);
                }
            }
        } finally {
            context.endDispatch(outer);
        }
    }

    @Override
    public String peer() {
        return PeerName.of(remote);
    }

    @Override
    public InetSocketAddress remote() {
        return remote;
    }

    @Override
    public InetSocketAddress local() {
        return local;
    }

    @Override
    public boolean inProcess() {
        return channel != null && channel.channel() instanceof InProcessChannel;
    }

    @Override
    public boolean open() {
        return channel != null && !closing && !leaving;
    }

    @Override
    public boolean congested() {
        return buffer.congested();
    }

    @Override
    public void onDrain(Runnable handler) {
        buffer.onDrain(handler);
    }

    @Override
    public void onClose(Runnable handler) {
        if (closed) {
            handler.run();
        } else {
            closeHandlers.add(handler);
        }
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
