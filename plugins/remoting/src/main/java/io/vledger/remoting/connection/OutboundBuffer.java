package io.vledger.remoting.connection;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.WriteBufferWaterMark;
import io.vledger.remoting.frame.GoodbyeFrame;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects what one connection sends, and knows whether its peer takes it. Loop only. */
final class OutboundBuffer implements FlushQueue.Flushable {
    /** Bodies up to this size are copied behind their header; larger ones are handed to the socket as they are. */
    private static final int COPIED_BODY_BYTES = 4096;
    /** Collected output is handed to the socket's queue at this size, though not flushed. */
    private static final int OUT_BYTES = 64 << 10;

    /** Unsent bytes above which a connection is congested while all together have too many. */
    private static final int SHARE_BYTES = 256 << 10;

    private final Limits limits;
    private final UnsentBudget budget;
    private final CongestionListener listener;
    private final WriteBufferWaterMark usual;
    private final WriteBufferWaterMark tight;
    private LoopState loop;
    private @Nullable ChannelHandlerContext channel;
    /** Whether a flush comes anyway, at the end of the read that is going on. */
    private boolean reading;

    private long flushes;
    private boolean tightened;
    /** Unsent bytes as the budget has them counted. */
    private long counted;

    private @Nullable ByteBuf out;
    private boolean flushQueued;
    private boolean written;
    private boolean closing;
    /** Set when the last was sent, though the socket is open. */
    private boolean ended;

    private boolean congested;
    private int congestedTicks;
    private final List<Runnable> drainHandlers = new ArrayList<>(0);

    /** Reacts to a peer that does not read. */
    interface CongestionListener {
        /** It has become congested. */
        void becameCongested();

        /** So much is unsent that it is to be closed. */
        void overflowed(long unsentBytes);
    }

    OutboundBuffer(LoopState loop, CongestionListener listener) {
        this.loop = loop;
        this.limits = loop.limits;
        this.budget = loop.unsent;
        this.listener = listener;
        int high = limits.congestedBytes();
        this.usual = new WriteBufferWaterMark(high / 2, high);
        int share = Math.min(SHARE_BYTES, high);
        this.tight = new WriteBufferWaterMark(share / 2, share);
    }

    LoopState loop() {
        return loop;
    }

    /** Continues on another loop; what was to be flushed must have been. */
    void moveTo(LoopState next) {
        loop = next;
        reading = false;
    }

    void open(ChannelHandlerContext ctx) {
        channel = ctx;
        ctx.channel().config().setWriteBufferWaterMark(usual);
    }

    /** Counts what is unsent now in the budget, and takes over the bound that this leaves. */
    private long recount(ChannelHandlerContext ctx) {
        ChannelOutboundBuffer queue = ctx.channel().unsafe().outboundBuffer();
        long unsent = queue == null ? 0 : queue.totalPendingWriteBytes();
        if (unsent != counted) {
            budget.changed(unsent - counted);
            counted = unsent;
        }
        boolean exceeded = unsent > 0 && budget.exceeded();
        if (exceeded != tightened) {
            tightened = exceeded;
            ctx.channel().config().setWriteBufferWaterMark(exceeded ? tight : usual);
        }
        return unsent;
    }

    /** Whether what is sent now would have to wait; never of a connection that is ending, which makes no room any more. */
    boolean congested() {
        return congested && !closing;
    }

    /** Counts calls while congested. */
    int congestedTicks() {
        ChannelHandlerContext ctx = channel;
        if (counted > 0 && ctx != null) {
            recount(ctx);
        }
        return congested ? ++congestedTicks : 0;
    }

    /** Calls back once there is room, at once if there is. */
    void onDrain(Runnable handler) {
        if (congested && !closing) {
            drainHandlers.add(handler);
        } else {
            handler.run();
        }
    }

    /** Takes the callbacks that wait for room. */
    List<Runnable> takeDrainHandlers() {
        List<Runnable> waiting = List.copyOf(drainHandlers);
        drainHandlers.clear();
        return waiting;
    }

    /** Writes the head of a frame. */
    @FunctionalInterface
    interface Head {
        /** Appends everything before a body of so many bytes; appends nothing if it throws. */
        void writeTo(ByteBuf target, int bodyLength);
    }

    /** Sends a frame; its body is taken over, and released if nothing is sent any more. */
    void frame(@Nullable ByteBuf body, Head head) {
        ByteBuf target = target(body);
        if (target == null) {
            return;
        }
        boolean appended = false;
        try {
            head.writeTo(target, body == null ? 0 : body.readableBytes());
            appended = true;
        } finally {
            finish(appended, body);
        }
    }

    /** The buffer to append to; null, with the body released, if nothing is sent any more. */
    @Nullable
    ByteBuf target(@Nullable ByteBuf body) {
        ChannelHandlerContext ctx = channel;
        if (closing || ended || ctx == null) {
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

    /** Sends what was appended, and a body behind it, which is taken over; nothing if {@code appended} is false. */
    private void finish(boolean appended, @Nullable ByteBuf body) {
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
            loop.flushes.add(this);
        }
    }

    /** Sends bytes as they are: copied if they are few, else referenced until they are sent. */
    void slice(ByteBuf source, int at, int length) {
        ByteBuf target = target(null);
        if (target == null) {
            return;
        }
        if (length > COPIED_BODY_BYTES) {
            finish(true, source.retainedSlice(at, length));
        } else {
            target.writeBytes(source, at, length);
            finish(true, null);
        }
    }

    /** Gives what was collected, and a body behind it, to the socket's queue. */
    private void handOver(ChannelHandlerContext ctx, @Nullable ByteBuf body) {
        ByteBuf collected = out;
        out = null;
        if (collected != null) {
            var unused = ctx.write(collected, ctx.voidPromise());
            written = true;
        }
        if (body != null) {
            var unused = ctx.write(body, ctx.voidPromise());
            written = true;
        }
        recount(ctx);
        if (!ctx.channel().isWritable()) {
            ctx.flush(); // sooner than at the turn's end: what is queued and not flushed cannot drain
            written = false;
            recount(ctx);
            checkUnsent(ctx);
        }
    }

    /** A read of the socket has begun: what is sent until {@link #readEnds} is flushed then. */
    void readBegins() {
        reading = true;
    }

    void readEnds() {
        reading = false;
        flush();
    }

    @Override
    public void flushFrom(FlushQueue queue) {
        if (queue == loop.flushes) { // else it has moved, and was flushed before
            flush();
        }
    }

    /** How often it was flushed; unchanged for as long as nothing is read or sent. */
    long flushes() {
        return flushes;
    }

    void flush() {
        flushes++;
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
            ctx.flush();
            recount(ctx);
            checkUnsent(ctx);
        }
    }

    private void checkUnsent(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            return;
        }
        if (!congested) {
            congested = true;
            congestedTicks = 0;
            listener.becameCongested();
        }
        long unsent = counted;
        if (unsent > limits.maxUnsentBytes()) {
            listener.overflowed(unsent);
        }
    }

    /** The socket has room again; returns whether that ends a congestion. */
    boolean drained() {
        ChannelHandlerContext ctx = channel;
        if (closing || !congested || ctx == null || !ctx.channel().isWritable()) {
            return false;
        }
        congested = false;
        recount(ctx);
        return true;
    }

    /** Sends what was collected, and then only what ends the connection. */
    void end(Goodbye goodbye) {
        ChannelHandlerContext ctx = channel;
        if (ctx == null || closing || ended) {
            return;
        }
        if (goodbye == Goodbye.LAST_FRAME) {
            ByteBuf target = target(null);
            if (target != null) {
                GoodbyeFrame.writeTo(target);
            }
        }
        flush();
        ended = true;
        if (goodbye == Goodbye.END_OF_OUTPUT && !congested) {
            Goodbye.endOutput(ctx.channel());
        }
    }

    /** Sends what was collected and closes the socket. */
    void close() {
        ChannelHandlerContext ctx = channel;
        if (ctx == null || closing) {
            return;
        }
        closing = true;
        ByteBuf last = out;
        out = null;
        if (last != null) {
            var unused = ctx.write(last, ctx.voidPromise());
        }
        if (!congested) {
            ctx.flush();
        }
        var unused = ctx.close();
    }

    /** The socket has closed. */
    void release() {
        budget.changed(-counted);
        counted = 0;
        closing = true;
        if (out != null) {
            out.release();
            out = null;
        }
    }
}
