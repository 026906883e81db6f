package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection between members: whole frames in, whole frames out, one flush a loop turn. Frames are small until
 * {@link #acceptLargeFrames}. For its event loop.
 */
public final class PeerSocket {
    private final NetSocketInternal socket;
    private final ChannelHandlerContext channel;
    private final FrameDecoder decoder;
    private Handler handler;
    private boolean flushPlanned;
    private boolean closed;
    private Runnable onClosed = () -> {};
    private boolean heard = true;
    private boolean sent;
    private @Nullable String authenticated;

    /** What is done with what comes over a connection. */
    public interface Handler {
        /**
         * Takes one frame without its length; it is released by the socket afterwards.
         *
         * @throws PeerCodec.BadFrame if it is none that may come; {@link #rejected} follows, and the connection is closed
         */
        void frame(ByteBuf frame) throws PeerCodec.BadFrame;

        /** The other side sent what does not follow the protocol, and the connection is about to be closed. */
        void rejected(PeerCodec.BadFrame why);

        /** The connection is closed, from whichever side. */
        void closed();
    }

    /** Takes over a connected socket. */
    public PeerSocket(NetSocket connected, Handler first) {
        socket = (NetSocketInternal) connected;
        channel = socket.channelHandlerContext();
        decoder = new FrameDecoder(PeerCodec.MAX_FIRST_FRAME_BYTES);
        handler = first;
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
                .addBefore("handler", "frames", decoder);
        socket.messageHandler(message -> {
            try {
                if (!closed && message instanceof ByteBuf frame) {
                    handler.frame(frame);
                }
            } catch (PeerCodec.BadFrame e) {
                reject(e);
            } finally {
                ReferenceCountUtil.release(message);
            }
        });
        socket.exceptionHandler(failure -> {
            if (failure.getCause() instanceof PeerCodec.BadFrame bad) {
                reject(bad);
            } else {
                close();
            }
            if (failure instanceof VirtualMachineError && context != null) {
                // The exception handler of the group's loop must learn of it.
                context.reportException(failure);
            }
        });
        socket.closeHandler(none -> {
            closed = true;
            onClosed.run();
            handler.closed();
        });
    }

    private void reject(PeerCodec.BadFrame why) {
        if (!closed) {
            handler.rejected(why);
            close();
        }
    }

    /** Runs a task when the connection is closed, from whichever side, also after it was handed over. */
    void onClosed(Runnable task) {
        onClosed = task;
    }

    /** Gives what comes from now on to another handler. */
    void handOver(Handler next) {
        handler = next;
    }

    /** Takes only the short frames of authentication for now. */
    void acceptAuthenticationOnly() {
        decoder.maxBytes(AuthenticationFrames.MAX_BYTES);
    }

    /** Takes first frames: the other side has authenticated itself, or need not. */
    void acceptFirstFrames() {
        decoder.maxBytes(PeerCodec.MAX_FIRST_FRAME_BYTES);
    }

    /** The other side has proved that it is this member. */
    void authenticated(String member) {
        authenticated = member;
    }

    /** Whether the other side may say that it is this member: it has proved so, or has not been asked for a proof. */
    boolean maySpeakFor(String member) {
        String proved = authenticated;
        return proved == null || proved.equals(member);
    }

    /** Accepts frames of any length that members send each other: the other side is known to be a member. */
    void acceptLargeFrames() {
        decoder.maxBytes(PeerCodec.MAX_FRAME_BYTES);
    }

    /** Accepts responses of a channel. */
    void acceptResponses() {
        decoder.maxBytes(PeerCodec.MAX_RESPONSE_FRAME_BYTES);
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
        var unused = channel.write(frame, channel.voidPromise());
        planFlush();
    }

    /** Sends a frame, which is released, and runs a task once the system has taken it; never if the connection breaks before. */
    void send(ByteBuf frame, Runnable written) {
        if (closed) {
            frame.release();
            return;
        }
        sent = true;
        channel.write(frame).addListener(done -> {
            if (done.isSuccess()) {
                written.run();
            }
        });
        planFlush();
    }

    private void planFlush() {
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

    /** Host of the other side; null if it is not known. */
    @Nullable
    String address() {
        SocketAddress remote = socket.remoteAddress();
        return remote == null ? null : remote.hostAddress();
    }

    /** IP address of the other side; null if it is not known. */
    @Nullable
    InetAddress inetAddress() {
        return channel.channel().remoteAddress() instanceof InetSocketAddress remote ? remote.getAddress() : null;
    }

    /** Takes nothing more from the other side. */
    void pause() {
        socket.pause();
    }

    /** Address of the other side, for log lines. */
    public String remote() {
        return String.valueOf(socket.remoteAddress());
    }

    /** Closes the connection without waiting until what was sent has left, which it may never do; the handler is notified. */
    void abort() {
        closed = true;
        var unused = channel.channel().close();
    }

    /** Closes the connection once what was sent has left; the handler is notified. */
    public void close() {
        if (!closed) {
            closed = true;
            socket.close();
        }
    }
}
