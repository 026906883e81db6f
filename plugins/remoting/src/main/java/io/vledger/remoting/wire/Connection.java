package io.vledger.remoting.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
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
 * One socket, of a server or a client: cuts frames, runs handlers, matches answers with calls, collects what is to be sent.
 * Loop only.
 */
final class Connection extends ChannelInboundHandlerAdapter implements RpcConnection, FrameCutter.Sink {
    /** Bodies up to this size are copied behind their header; larger ones are handed to the socket as they are. */
    private static final int COPIED_BODY_BYTES = 4096;
    /** Collected output is handed to the socket's queue at this size, though not flushed. */
    private static final int OUT_BYTES = 64 << 10;
    /** Bytes of a frame before its header. */
    static final int FRAME_HEAD_BYTES = 8;

    private final Loop loop;
    private final Handlers handlers;
    private final FrameCutter cutter;
    private final Listener listener;

    private @Nullable ChannelHandlerContext channel;
    private @Nullable InetSocketAddress remote;
    private @Nullable InetSocketAddress local;
    private byte encoding = Header.JSON;

    private @Nullable ByteBuf out;
    private boolean reading;
    private boolean flushQueued;
    private boolean written;

    /** Received bytes that wait because the connection is congested. */
    private @Nullable ByteBuf held;

    private boolean congested;
    private int congestedTicks;
    private boolean active = true;
    private int idleTicks;
    /** Set when closing begins here; nothing is served or sent from then on. */
    private boolean closing;
    /** Set when the socket is closed and everything was released. */
    private boolean closed;

    private int waitingCalls;

    private final List<Runnable> drainHandlers = new ArrayList<>(0);
    private final List<Runnable> closeHandlers = new ArrayList<>(0);
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

        /** It has ended. Told once, after the connection's own close handlers. */
        void closed(Connection connection);
    }

    Connection(Loop loop, Handlers handlers, Listener listener) {
        this.loop = loop;
        this.handlers = handlers;
        this.listener = listener;
        this.cutter = new FrameCutter(loop.limits);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (ctx.channel().eventLoop() != loop.context().nettyEventLoop()) {
            throw new IllegalStateException("the socket is not on the event loop that serves it");
        }
        channel = ctx;
        remote = address(ctx.channel().remoteAddress());
        local = address(ctx.channel().localAddress());
        int high = loop.limits.congestedBytes();
        ctx.channel().config().setWriteBufferWaterMark(new WriteBufferWaterMark(high / 2, high));
        listener.opened(this);
    }

    private static InetSocketAddress address(@Nullable Object address) {
        return address instanceof InetSocketAddress inet ? inet : InetSocketAddress.createUnresolved("unknown", 0);
    }

    // ---- in ----

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        active = true;
        reading = true;
        if (closing) {
            in.release();
        } else if (held != null) {
            held = append(ctx, held, in);
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
        Header header = loop.header;
        header.read(in, headerAt, headerLength, frameEncoding);
        encoding = frameEncoding;
        if (header.response()) {
            answer(header, in, bodyAt, bodyLength);
        } else if (header.code == Envelope.CODE) {
            openEnvelope(header, in, bodyAt, bodyLength);
        } else {
            serve(new Request(this, header, in, headerAt, bodyAt, bodyLength));
        }
        return (!congested || answers != null) && !closing;
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
        serve(request, handlers.handlerOf(request.code()));
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

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        reading = false;
        flushNow();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
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
        if (closing) {
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

    /** Like {@link #reply}, as the answer to an envelope. */
    void replyWithin(
            int envelopeOpaque,
            byte replyEncoding,
            int code,
            int opaque,
            @Nullable String remark,
            FieldWriter fields,
            @Nullable ByteBuf body) {
        ByteBuf target = output(body);
        if (target != null) {
            int bodyLength = body == null ? 0 : body.readableBytes();
            boolean appended = false;
            try {
                loop.writer.writeWithin(
                        target, envelopeOpaque, replyEncoding, code, opaque, remark, fields, bodyLength);
                appended = true;
            } finally {
                finishWrite(appended, body);
            }
        }
    }

    /** Sends a client's request in an envelope. */
    void writeEnvelope(
            int opaque, boolean oneway, int hops, InetSocketAddress client, ByteBuf frame, int at, int length) {
        ByteBuf target = output(null);
        if (target != null) {
            int flag = oneway ? FrameWriter.ONEWAY : 0;
            FrameWriter.writeBare(target, Envelope.CODE, flag, opaque, Envelope.prefixBytes(client) + length);
            Envelope.writePrefix(target, hops, client);
            writeSlice(frame, at, length);
        }
    }

    /** Answers an envelope with a frame, or nothing, in it. */
    void answerEnvelope(int envelopeOpaque, int code, ByteBuf frame, int at, int length) {
        ByteBuf target = output(null);
        if (target != null) {
            FrameWriter.writeBare(target, code, FrameWriter.RESPONSE, envelopeOpaque, length);
            writeSlice(frame, at, length);
        }
    }

    /** Sends bytes as they are: copied if they are few, else referenced until they are sent. */
    void writeSlice(ByteBuf source, int at, int length) {
        ByteBuf target = output(null);
        if (target == null) {
            return;
        }
        if (length > COPIED_BODY_BYTES) {
            finishWrite(true, source.retainedSlice(at, length));
        } else {
            target.writeBytes(source, at, length);
            finishWrite(true, null);
        }
    }

    private void write(
            byte frameEncoding,
            int code,
            int flag,
            int opaque,
            @Nullable String remark,
            FieldWriter fields,
            @Nullable ByteBuf body) {
        ByteBuf target = output(body);
        if (target != null) {
            int bodyLength = body == null ? 0 : body.readableBytes();
            boolean appended = false;
            try {
                loop.writer.write(target, frameEncoding, code, flag, opaque, remark, fields, bodyLength);
                appended = true;
            } finally {
                finishWrite(appended, body);
            }
        }
    }

    /** The buffer to append to; null, with the body released, if nothing is sent any more. */
    private @Nullable ByteBuf output(@Nullable ByteBuf body) {
        ChannelHandlerContext ctx = channel;
        if (closing || ctx == null) {
            if (body != null) {
                body.release();
            }
            return null;
        }
        ByteBuf target = out;
        if (target == null) {
            int bodyLength = body == null ? 0 : body.readableBytes();
            target = ctx.alloc().buffer(Math.min(OUT_BYTES, 512 + Math.min(bodyLength, COPIED_BODY_BYTES)));
            out = target;
        }
        return target;
    }

    /** What was appended is to be sent, and a body behind it, which is taken over. */
    private void finishWrite(boolean appended, @Nullable ByteBuf body) {
        ChannelHandlerContext ctx = channel;
        ByteBuf target = out;
        if (!appended || ctx == null || target == null) {
            if (body != null) {
                body.release();
            }
            return;
        }
        if (body != null && body.readableBytes() > COPIED_BODY_BYTES) {
            handOver(ctx, body);
        } else {
            if (body != null) {
                target.writeBytes(body);
                body.release();
            }
            if (target.readableBytes() >= OUT_BYTES) {
                handOver(ctx, null);
            }
        }
        if (!reading && !flushQueued) {
            flushQueued = true;
            loop.flushSoon(this);
        }
    }

    /** Gives what was collected, and a body behind it, to the socket's queue. */
    private void handOver(ChannelHandlerContext ctx, @Nullable ByteBuf body) {
        ByteBuf collected = out;
        out = null;
        if (collected != null) {
            ctx.write(collected, ctx.voidPromise());
            written = true;
        }
        if (body != null) {
            ctx.write(body, ctx.voidPromise());
            written = true;
        }
        if (!ctx.channel().isWritable()) {
            ctx.flush(); // sooner than at the turn's end: what is queued and not flushed cannot drain
            written = false;
            checkUnsent(ctx);
        }
    }

    void flushNow() {
        flushQueued = false;
        ChannelHandlerContext ctx = channel;
        if (ctx == null || closing) {
            return;
        }
        if (out != null && out.isReadable()) {
            handOver(ctx, null);
        }
        if (written) {
            written = false;
            active = true;
            ctx.flush();
            checkUnsent(ctx);
        }
    }

    private void checkUnsent(ChannelHandlerContext ctx) {
        boolean writable = ctx.channel().isWritable();
        if (writable) {
            return;
        }
        if (!congested) {
            congested = true;
            congestedTicks = 0;
            if (answers == null) { // answers are what makes room where requests are relayed
                ctx.channel().config().setAutoRead(false);
            }
        }
        long unsent = ctx.channel().bytesBeforeWritable() + loop.limits.congestedBytes() / 2;
        if (unsent > loop.limits.maxUnsentBytes()) {
            loop.log.warn(
                    "closing the connection from " + peer() + ": it does not read, " + unsent + " bytes are unsent");
            close();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (congested && ctx.channel().isWritable()) {
            // Not at once: this is called from within a flush.
            ctx.channel().eventLoop().execute(() -> drained(ctx));
        }
    }

    private void drained(ChannelHandlerContext ctx) {
        if (closing || !congested || !ctx.channel().isWritable()) {
            return;
        }
        congested = false;
        List<Runnable> waiting = List.copyOf(drainHandlers);
        drainHandlers.clear();
        inContext(waiting);
        ByteBuf rest = held;
        held = null;
        if (rest != null) {
            dispatch(ctx, rest);
            flushNow();
        }
        if (!congested && held == null && !closing) {
            ctx.channel().config().setAutoRead(true);
        }
    }

    // ---- life ----

    /** Called by the server now and then; closes the connection if it has been idle, or congested, for too many calls. */
    void tick(int idleTicksAllowed, int congestedTicksAllowed) {
        if (congested && ++congestedTicks > congestedTicksAllowed) {
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
    public void channelInactive(ChannelHandlerContext ctx) {
        finish();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        finish();
    }

    @Override
    public void close() {
        ChannelHandlerContext ctx = channel;
        if (ctx == null || closing) {
            return;
        }
        closing = true;
        ByteBuf last = out;
        out = null;
        if (last != null) {
            ctx.write(last, ctx.voidPromise());
        }
        if (!congested) {
            ctx.flush();
        }
        ctx.close();
    }

    private void finish() {
        if (closed) {
            return;
        }
        closing = true;
        closed = true;
        cutter.release();
        if (out != null) {
            out.release();
            out = null;
        }
        if (held != null) {
            held.release();
            held = null;
        }
        List<Runnable> told = new ArrayList<>(closeHandlers);
        closeHandlers.clear();
        told.addAll(drainHandlers);
        drainHandlers.clear();
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
        return channel != null && !closing;
    }

    @Override
    public boolean congested() {
        return congested;
    }

    @Override
    public void onDrain(Runnable handler) {
        if (congested && !closing) {
            drainHandlers.add(handler);
        } else {
            handler.run();
        }
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
