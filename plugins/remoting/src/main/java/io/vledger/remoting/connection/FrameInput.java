package io.vledger.remoting.connection;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.internal.ContextInternal;
import io.vledger.remoting.frame.BadFrame;
import io.vledger.remoting.frame.FrameCutter;
import org.jspecify.annotations.Nullable;

/**
 * Reads one socket: hands its frames on as they come, or holds what was received while the connection is congested or
 * suspended, and then reads no further. Loop only.
 */
final class FrameInput {
    private final OutboundBuffer output;
    private final Owner owner;
    private final FrameCutter cutter;
    private @Nullable ChannelHandlerContext channel;
    private @Nullable ByteBuf held;
    private boolean suspended;
    private boolean discarding;
    private long reads;

    /** Takes the frames. */
    interface Owner extends FrameCutter.Sink {
        /** What came is not the protocol. */
        void malformed(BadFrame cause);
    }

    FrameInput(OutboundBuffer output, Owner owner) {
        this.output = output;
        this.owner = owner;
        this.cutter = new FrameCutter(output.loop().limits.frames());
    }

    void open(ChannelHandlerContext ctx) {
        channel = ctx;
    }

    /** Takes a receive buffer over. */
    void read(ChannelHandlerContext ctx, ByteBuf in) {
        reads++;
        if (discarding) {
            in.release();
        } else if (held != null) {
            held = append(ctx, held, in);
        } else if (suspended) {
            held = in;
        } else {
            cut(ctx, in);
        }
    }

    private static ByteBuf append(ChannelHandlerContext ctx, ByteBuf first, ByteBuf second) {
        ByteBuf joined = ctx.alloc().buffer(first.readableBytes() + second.readableBytes());
        joined.writeBytes(first).writeBytes(second);
        first.release();
        second.release();
        return joined;
    }

    /** Hands the frames in a buffer on, with the loop's context as the current one. */
    private void cut(ChannelHandlerContext ctx, ByteBuf in) {
        ContextInternal context = output.loop().context();
        ContextInternal outer = context.beginDispatch();
        boolean keep = false;
        try {
            keep = !cutter.cut(in, ctx.alloc(), owner) && !discarding;
            if (keep) {
                held = in;
                ctx.channel().config().setAutoRead(false);
            }
        } catch (BadFrame e) {
            owner.malformed(e);
        } finally {
            if (!keep) {
                in.release();
            }
            context.endDispatch(outer);
        }
    }

    /** Whether frames are wanted at all: neither {@link #suspend suspended} nor {@link #discard discarding}. */
    boolean accepts() {
        return !suspended && !discarding;
    }

    /** Memory that a frame holds which is not whole. */
    int collectedBytes() {
        return cutter.collectedBytes();
    }

    /** How often something was read; unchanged for as long as the other end is silent. */
    long reads() {
        return reads;
    }

    void pauseReading() {
        ChannelHandlerContext ctx = channel;
        if (ctx != null) {
            ctx.channel().config().setAutoRead(false);
        }
    }

    /** Hands nothing on until {@link #resume}; what arrives is held, and then no longer read. */
    void suspend() {
        suspended = true;
        pauseReading();
    }

    /** Ends {@link #suspend}; what is held is handed on by {@link #proceed}. */
    void resume() {
        suspended = false;
    }

    /** Continues with what is held, and then with reading, unless the connection is congested or suspended. */
    void proceed() {
        ChannelHandlerContext ctx = channel;
        if (ctx == null || output.congested() || !accepts()) {
            return;
        }
        ByteBuf rest = held;
        held = null;
        if (rest != null) {
            cut(ctx, rest);
            output.flush();
        }
        if (!output.congested() && held == null && accepts()) {
            ctx.channel().config().setAutoRead(true);
        }
    }

    /** From now on throws away what arrives, and what is held. */
    void discard() {
        discarding = true;
        if (held != null) {
            held.release();
            held = null;
        }
    }

    /** The socket has closed. */
    void release() {
        discard();
        cutter.release();
    }
}
