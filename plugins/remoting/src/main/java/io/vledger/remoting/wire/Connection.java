package io.vledger.remoting.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.api.rpc.RpcConnection;
import io.vledger.protocol.ResponseCode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One socket, of a server or a client: cuts frames, runs handlers, matches answers with calls. Loop only; the loop may change
 * when the listener is taken over.
 */
final class Connection implements RpcConnection, FrameCutter.Sink, Outlet.Owner {
    /** Bytes of a frame before its header. */
    static final int FRAME_HEAD_BYTES = 8;

    private final Listener listener;
    private final FrameCutter cutter;
    private final Outlet outlet;
    private final Remembered remembered = new Remembered();
    private Loop loop;
    private Handlers handlers;

    private @Nullable ChannelHandlerContext channel;
    private @Nullable InetSocketAddress remote;
    private @Nullable InetSocketAddress local;
    private byte encoding = Header.JSON;

    private boolean reading;
    /** How often something was read. */
    private long reads;
    /** Received bytes that wait because the connection is congested or suspended. */
    private @Nullable ByteBuf held;

    private boolean suspended;
    private boolean active = true;
    private Farewell farewell = Farewell.RESET;
    /** Set when the server has said its last word; what arrives is thrown away. */
    private boolean leaving;

    private int idleTicks;
    /** Set when closing begins here; nothing is served or sent from then on. */
    private boolean closing;
    /** Set when the socket is closed and everything was released. */
    private boolean closed;

    private int waitingCalls;
    private List<Runnable> closeHandlers = new ArrayList<>(0);
    private @Nullable Object attachment;
    /** Takes all answers, if this connection relays requests. */
    private @Nullable Answers answers;

    /** Takes answers to what it wrote by itself. */
    interface Answers {
        /** An answer: its header, and where its body lies, valid during the call. */
        void answered(Header header, ByteBuf in, int bodyAt, int bodyLength);
    }

    /** Told of the connection's beginning and end. */
    interface Listener {
        /** It is in its pipeline and usable. */
        void opened(Connection connection);

        /** A call got no answer, and nothing else has come meanwhile either: whatever is at the other end may be gone. */
        default void silent(Connection connection) {}

        /** It has ended. Told once, after the connection's own close handlers. */
        void closed(Connection connection);
    }

    Connection(Loop loop, Handlers handlers, Listener listener) {
        this.loop = loop;
        this.handlers = handlers;
        this.listener = listener;
        this.cutter = new FrameCutter(loop.limits);
        this.outlet = new Outlet(loop.limits, loop.unsent, this);
    }

    void opened(ChannelHandlerContext ctx) {
        channel = ctx;
        remote = address(ctx.channel().remoteAddress());
        local = address(ctx.channel().localAddress());
        outlet.open(ctx);
        listener.opened(this);
    }

    private static InetSocketAddress address(@Nullable Object address) {
        return address instanceof InetSocketAddress inet ? inet : InetSocketAddress.createUnresolved("unknown", 0);
    }

    Loop loop() {
        return loop;
    }

    // ---- in ----

    void read(ChannelHandlerContext ctx, ByteBuf in) {
        active = true;
        reading = true;
        reads++;
        if (closing || leaving) {
            in.release();
        } else if (held != null) {
            held = append(ctx, held, in);
        } else if (suspended) {
            held = in;
        } else {
            dispatch(ctx, in);
        }
    }

    /** Serves what is in the buffer, which it takes over. */
    private void dispatch(ChannelHandlerContext ctx, ByteBuf in) {
        ContextInternal context = loop.context();
        ContextInternal outer = context.beginDispatch();
        boolean keep = false;
        try {
            keep = !cutter.cut(in, ctx.alloc(), this) && !closing;
            if (keep) {
                held = in;
                ctx.channel().config().setAutoRead(false);
            }
        } catch (BadFrame e) {
            loop.log.warn("closing the connection from " + peer() + ": " + e.getMessage());
            close();
        } finally {
            if (!keep) {
                in.release();
            }
            context.endDispatch(outer);
        }
    }

    private static ByteBuf append(ChannelHandlerContext ctx, ByteBuf first, ByteBuf second) {
        ByteBuf joined = ctx.alloc().buffer(first.readableBytes() + second.readableBytes());
        joined.writeBytes(first).writeBytes(second);
        first.release();
        second.release();
        return joined;
    }

    @Override
    public boolean frame(ByteBuf in, byte frameEncoding, int headerAt, int headerLength, int bodyAt, int bodyLength) {
        if (Farewell.is(in, headerAt, headerLength)) {
            close();
            return false;
        }
        Header header = loop.header;
        header.read(in, headerAt, headerLength, frameEncoding);
        encoding = frameEncoding;
        farewell = Farewell.to(header.language);
        if (header.response()) {
            answer(header, in, bodyAt, bodyLength);
        } else if (header.code == Envelope.CODE) {
            openEnvelope(header, in, bodyAt, bodyLength);
        } else {
            serve(new Request(this, header, in, headerAt, bodyAt, bodyLength));
        }
        return (!outlet.congested() || answers != null) && !closing && !suspended;
    }

    private void openEnvelope(Header header, ByteBuf in, int bodyAt, int bodyLength) {
        int opaque = header.opaque;
        boolean oneway = header.oneway();
        Request request;
        try {
            Envelope envelope = Envelope.read(in, bodyAt, bodyLength, loop.limits);
            header.read(in, envelope.headerAt, envelope.headerLength, envelope.encoding);
            if (header.response() || header.code == Envelope.CODE || header.oneway() != oneway) {
                throw new BadFrame("an envelope with something else than a client's request in it");
            }
            request = new Request(this, header, in, envelope, opaque);
        } catch (BadFrame e) {
            if (!oneway) {
                reply(Header.BINARY, ResponseCode.SYSTEM_ERROR, opaque, e.getMessage(), FieldWriter.NONE, null);
            }
            return;
        }
        serve(request);
    }

    private void serve(Request request) {
        if (loop.refused(request)) {
            request.handlerReturned();
        } else {
            serve(request, handlers.handlerOf(request.code()));
        }
    }

    /** Runs a handler; whatever it throws is answered. */
    void serve(Request request, RequestHandler handler) {
        try {
            handler.handle(request);
        } catch (RequestException e) {
            refuse(request, e.code(), String.valueOf(e.getMessage()));
        } catch (RuntimeException | LinkageError | AssertionError e) { // the root of all handlers
            loop.log.error("request " + request.code() + " from " + peer() + " failed", e);
            refuse(request, ResponseCode.SYSTEM_ERROR, "the broker failed to serve this request; see its log");
        } catch (VirtualMachineError e) {
            loop.context().reportException(e);
            refuse(request, ResponseCode.SYSTEM_ERROR, "the broker is out of memory");
        } finally {
            request.handlerReturned();
        }
    }

    private static void refuse(Request request, int code, String remark) {
        if (!request.replied()) {
            request.reply(code, remark, FieldWriter.NONE, null);
        }
    }

    private void answer(Header header, ByteBuf in, int bodyAt, int bodyLength) {
        Answers relay = answers;
        if (relay != null) {
            relay.answered(header, in, bodyAt, bodyLength);
            return;
        }
        Promise<RpcAnswer> call = loop.answered(header.opaque, this);
        if (call != null) {
            waitingCalls--;
            byte[] body = bodyLength == 0 ? new byte[0] : ByteBufUtil.getBytes(in, bodyAt, bodyLength, true);
            call.tryComplete(new RpcAnswer(header.code, header.remark(), header.copy(), body));
        }
    }

    void readComplete() {
        reading = false;
        flushNow();
    }

    void failed(Throwable cause) {
        if (cause instanceof VirtualMachineError) {
            // Whoever looks after the loop, the group's member if it is a group's, must not go on as if nothing were.
            loop.context().reportException(cause);
        }
        if (!(cause instanceof IOException)) { // a reset by the peer is everyday life
            loop.log.error("the connection from " + peer() + " failed", cause);
        }
        close();
    }

    // ---- out ----

    /** Encodes a reply; takes the body over. */
    void reply(
            byte replyEncoding,
            int code,
            int opaque,
            @Nullable String remark,
            FieldWriter fields,
            @Nullable ByteBuf body) {
        write(replyEncoding, code, FrameWriter.RESPONSE, opaque, remark, fields, body);
    }

    @Override
    public void send(int code, FieldWriter fields, @Nullable ByteBuf body) {
        write(encoding, code, FrameWriter.ONEWAY, loop.nextOpaque(), null, fields, body);
    }

    @Override
    public Future<RpcAnswer> call(int code, FieldWriter fields, @Nullable ByteBuf body, int timeoutMs) {
        Promise<RpcAnswer> promise = loop.context().promise();
        if (closing || leaving) {
            if (body != null) {
                body.release();
            }
            promise.fail(new IOException("the connection to " + peer() + " is closed"));
            return promise.future();
        }
        int opaque = loop.nextOpaque();
        loop.await(opaque, this, code, timeoutMs, promise);
        waitingCalls++;
        write(encoding, code, 0, opaque, null, fields, body);
        return promise.future();
    }

    private void write(
            byte frameEncoding,
            int code,
            int flag,
            int opaque,
            @Nullable String remark,
            FieldWriter fields,
            @Nullable ByteBuf body) {
        outlet.frame(
                body,
                (target, bodyLength) ->
                        loop.writer.write(target, frameEncoding, code, flag, opaque, remark, fields, bodyLength));
    }

    /** Like {@link #reply}, as the answer to an envelope. */
    void replyWithin(
            int envelopeOpaque,
            byte replyEncoding,
            int code,
            int opaque,
            @Nullable String remark,
            FieldWriter fields,
            @Nullable ByteBuf body) {
        outlet.frame(
                body,
                (target, bodyLength) -> loop.writer.writeWithin(
                        target, envelopeOpaque, replyEncoding, code, opaque, remark, fields, bodyLength));
    }

    /** Sends a client's request in an envelope. */
    void writeEnvelope(
            int opaque, boolean oneway, int hops, InetSocketAddress client, ByteBuf frame, int at, int length) {
        ByteBuf target = outlet.buffer(null);
        if (target != null) {
            int flag = oneway ? FrameWriter.ONEWAY : 0;
            FrameWriter.writeBare(target, Envelope.CODE, flag, opaque, Envelope.prefixBytes(client) + length);
            Envelope.writePrefix(target, hops, client);
            outlet.slice(frame, at, length);
        }
    }

    /** Answers an envelope with a frame, or nothing, in it. */
    void answerEnvelope(int envelopeOpaque, int code, ByteBuf frame, int at, int length) {
        ByteBuf target = outlet.buffer(null);
        if (target != null) {
            FrameWriter.writeBare(target, code, FrameWriter.RESPONSE, envelopeOpaque, length);
            outlet.slice(frame, at, length);
        }
    }

    /** Sends a whole frame as it is. */
    void writeFrame(ByteBuf source, int at, int length) {
        outlet.slice(source, at, length);
    }

    @Override
    public boolean reading() {
        return reading;
    }

    @Override
    public void flushSoon() {
        loop.flushSoon(this);
    }

    void flushNow() {
        active = true;
        outlet.flush();
    }

    @Override
    public void becameCongested() {
        ChannelHandlerContext ctx = channel;
        if (answers == null && ctx != null) { // answers are what makes room where requests are relayed
            ctx.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void overflowed(long unsentBytes) {
        loop.log.warn(
                "closing the connection from " + peer() + ": it does not read, " + unsentBytes + " bytes are unsent");
        close();
    }

    void writable() {
        if (outlet.drained()) {
            inContext(outlet.takeDrainHandlers());
            serveHeld();
        }
    }

    /** Goes on with what was received and not served, and then with reading. */
    void serveHeld() {
        ChannelHandlerContext ctx = channel;
        if (ctx == null || outlet.congested() || suspended || closing || leaving) {
            return;
        }
        ByteBuf rest = held;
        held = null;
        if (rest != null) {
            dispatch(ctx, rest);
            flushNow();
        }
        if (!outlet.congested() && !suspended && held == null && !closing) {
            ctx.channel().config().setAutoRead(true);
        }
    }

    // ---- life ----

    /** Serves nothing more until {@link #resume}; what arrives is held, and then no longer read. */
    void suspend() {
        suspended = true;
        ChannelHandlerContext ctx = channel;
        if (ctx != null) {
            ctx.channel().config().setAutoRead(false);
        }
    }

    /**
     * Ends the connection from this side: sends what was answered, and a last word after which the client closes and tries
     * elsewhere what was not. What it has sent and is not served yet never is.
     */
    void farewell() {
        ChannelHandlerContext ctx = channel;
        if (ctx == null || closing || leaving) {
            return;
        }
        leaving = true;
        if (held != null) {
            held.release();
            held = null;
        }
        if (farewell == Farewell.RESET) {
            closing = true;
            Farewell.reset(ctx.channel());
        } else {
            outlet.end(farewell);
            ctx.channel().config().setAutoRead(true);
        }
    }

    /**
     * The one who listened is gone: forgets everything that was its own. What it still answers is written on the next one's
     * loop, behind {@link #resume}.
     */
    void leave(Loop next) {
        flushNow();
        attachment = null;
        closeHandlers = new ArrayList<>(0);
        outlet.takeDrainHandlers();
        if (waitingCalls > 0) {
            loop.failCalls(this, new IOException("the listener of " + peer() + " was taken over"));
            waitingCalls = 0;
        }
        loop = next;
    }

    /** Serves with these handlers, on the loop given to {@link #leave}, from now on. */
    void resume(Handlers newHandlers) {
        handlers = newHandlers;
        suspended = false;
        reading = false;
        ContextInternal context = loop.context();
        ContextInternal outer = context.beginDispatch();
        try {
            remembered.replay(this, loop.header, request -> serve(request, handlers.handlerOf(request.code())));
        } finally {
            context.endDispatch(outer);
        }
        serveHeld();
    }

    Remembered remembered() {
        return remembered;
    }

    /** Called by the server now and then; closes the connection if it has been idle, or congested, for too many calls. */
    void tick(int idleTicksAllowed, int congestedTicksAllowed) {
        if (outlet.congestedTicks() > congestedTicksAllowed) {
            loop.log.warn("closing the connection from " + peer() + ": it has not read for a long time");
            close();
            return;
        }
        if (active) {
            active = false;
            idleTicks = 0;
        } else if (++idleTicks > idleTicksAllowed) {
            close();
        }
    }

    @Override
    public void close() {
        if (channel != null && !closing) {
            closing = true;
            outlet.close();
        }
    }

    void finish() {
        if (closed) {
            return;
        }
        closing = true;
        closed = true;
        cutter.release();
        outlet.release();
        if (held != null) {
            held.release();
            held = null;
        }
        List<Runnable> told = new ArrayList<>(closeHandlers);
        closeHandlers.clear();
        told.addAll(outlet.takeDrainHandlers());
        if (waitingCalls > 0) {
            told.add(() -> loop.failCalls(this, new IOException("the connection to " + peer() + " was closed")));
        }
        told.add(() -> listener.closed(this));
        inContext(told);
    }

    /** Runs callbacks with the server's context as the current one; one that fails does not keep the others from running. */
    private void inContext(List<Runnable> tasks) {
        ContextInternal context = loop.context();
        ContextInternal outer = context.beginDispatch();
        try {
            for (Runnable task : tasks) {
                try {
                    task.run();
                } catch (RuntimeException | LinkageError | AssertionError e) { // the root of all callbacks
                    loop.log.error("a callback of the connection from " + peer() + " failed", e);
                }
            }
        } finally {
            context.endDispatch(outer);
        }
    }

    /** How often something was read; unchanged for as long as the other end is silent. */
    long reads() {
        return reads;
    }

    /** A call that was made at this number of {@link #reads} got no answer in time. */
    void unanswered(long readsBefore) {
        if (reads == readsBefore && open()) {
            listener.silent(this);
        }
    }

    /** From now on all answers go to {@code relay}. */
    void relays(Answers relay) {
        answers = relay;
    }

    String peer() {
        InetSocketAddress address = remote;
        if (address == null) {
            return "unknown";
        }
        return address.isUnresolved()
                ? address.getHostString()
                : address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    @Override
    public InetSocketAddress remote() {
        return address(remote);
    }

    @Override
    public InetSocketAddress local() {
        return address(local);
    }

    @Override
    public boolean open() {
        return channel != null && !closing && !leaving;
    }

    @Override
    public boolean congested() {
        return outlet.congested();
    }

    @Override
    public void onDrain(Runnable handler) {
        outlet.onDrain(handler);
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
