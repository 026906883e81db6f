package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;

/** One TCP connection between members: whole frames in, whole frames out, one flush a loop turn. For its event loop. */
public final class PeerSocket {
    private final NetSocketInternal socket;
    private final ChannelHandlerContext channel;
    private boolean flushPlanned;
    private boolean closed;
    private boolean heard = true;
    private boolean sent;

    /** Receives frames. */
    @FunctionalInterface
    public interface FrameHandler {
        /** One frame without its length; released by the socket afterwards. */
        void frame(ByteBuf frame);
    }

    /** Takes over a connected socket. */
    public PeerSocket(NetSocket connected, FrameHandler frames, Runnable onClose) {
        socket = (NetSocketInternal) connected;
        channel = socket.channelHandlerContext();
        ContextInternal context = ContextInternal.current();
        channel.pipeline()
                // Before frames are put together: a long one keeps the connection alive while it comes.
                .addBefore("handler", "bytes", new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext context, Object bytes) {
                        heard = true;
                        context.fireChannelRead(bytes);
                    }
                })
                .addBefore(
                        "handler",
                        "frames",
                        new LengthFieldBasedFrameDecoder(
                                PeerCodec.MAX_FRAME_BYTES, 0, Integer.BYTES, 0, Integer.BYTES));
        socket.messageHandler(message -> {
            try {
                if (!closed && message instanceof ByteBuf frame) {
                    frames.frame(frame);
                }
            } finally {
                ReferenceCountUtil.release(message);
            }
        });
        socket.exceptionHandler(failure -> {
            close();
            if (failure instanceof VirtualMachineError && context != null) {
                // Whoever looks after the group's loop must hear of it.
                context.reportException(failure);
            }
        });
        socket.closeHandler(none -> {
            closed = true;
            onClose.run();
        });
    }

    /** Allocator of this connection. */
    public ByteBufAllocator allocator() {
        return channel.alloc();
    }

    /** Sends a frame, which is released. */
    public void send(ByteBuf frame) {
        if (closed) {
            frame.release();
            return;
        }
        sent = true;
        channel.write(frame, channel.voidPromise());
        if (!flushPlanned) {
            flushPlanned = true;
            channel.executor().execute(this::flush);
        }
    }

    private void flush() {
        flushPlanned = false;
        channel.flush();
    }

    /** Whether any byte has come since the last call. */
    boolean takeHeard() {
        boolean any = heard;
        heard = false;
        return any;
    }

    /** Whether anything was sent since the last call. */
    boolean takeSent() {
        boolean any = sent;
        sent = false;
        return any;
    }

    /** Whether it is closed, from whichever side. */
    boolean isClosed() {
        return closed;
    }

    /** Address of the other side, for log lines. */
    public String remote() {
        return String.valueOf(socket.remoteAddress());
    }

    /** Closes the connection without waiting until what was sent has left, which it may never do; {@code onClose} follows. */
    void abort() {
        closed = true;
        channel.channel().close();
    }

    /** Closes the connection once what was sent has left; {@code onClose} follows. */
    public void close() {
        if (!closed) {
            closed = true;
            socket.close();
        }
    }
}
