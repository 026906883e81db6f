package io.vledger.remoting.connection;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A connection's place in its channel's pipeline: hands what happens to the connection, on the connection's loop. That is the
 * channel's own, except after a listener was taken over by an owner on another loop. Channel's loop only.
 */
final class InboundHandler extends ChannelInboundHandlerAdapter {
    private final Connection connection;
    private final int boundBytes;
    /** Bytes that were read and that the connection's loop has not come to yet. */
    private final AtomicInteger handedOn = new AtomicInteger();
    /** Set while the channel is not read because there are too many of them. */
    private volatile boolean paused;

    private EventLoop home;
    /** What happens while the connection moves to another loop. */
    private @Nullable Queue<Runnable> moving;

    InboundHandler(Connection connection, EventLoop home) {
        this.connection = connection;
        this.boundBytes = connection.loop().limits.congestedBytes();
        this.home = home;
    }

    /** Keeps everything back until {@link #release}. */
    void hold() {
        if (moving == null) {
            moving = new ArrayDeque<>();
        }
    }

    /** Hands on what was kept back, and from now on everything, to a loop. */
    void release(EventLoop newHome) {
        home = newHome;
        Queue<Runnable> kept = moving;
        moving = null;
        if (kept == null) {
            return;
        }
        if (newHome.inEventLoop()) {
            kept.forEach(Runnable::run); // at once: what is read next is handed on at once too
        } else {
            kept.forEach(newHome::execute);
        }
    }

    private boolean direct() {
        return moving == null && home.inEventLoop();
    }

    private void handOn(Runnable event) {
        Queue<Runnable> kept = moving;
        if (kept != null) {
            kept.add(event);
        } else {
            home.execute(event);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (direct()) {
            connection.opened(ctx);
        } else {
            handOn(() -> connection.opened(ctx));
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (direct()) {
            connection.read(ctx, in);
        } else {
            int bytes = in.readableBytes();
            if (handedOn.addAndGet(bytes) > boundBytes && !paused) {
                paused = true; // before the last is handed on, so that this is seen when it is taken
                ctx.channel().config().setAutoRead(false);
            }
            handOn(() -> {
                connection.read(ctx, in);
                taken(bytes);
            });
        }
    }

    /** On the connection's loop. */
    private void taken(int bytes) {
        if (handedOn.addAndGet(-bytes) <= boundBytes / 2 && paused) {
            paused = false;
            connection.proceed();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (direct()) {
            connection.readComplete();
        } else {
            handOn(connection::readComplete);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        // Not at once: this is called from within a flush.
        if (ctx.channel().isWritable()) {
            handOn(connection::writable);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (direct()) {
            connection.failed(cause);
        } else {
            handOn(() -> connection.failed(cause));
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

    private void finish() {
        if (direct()) {
            connection.finish();
        } else {
            handOn(connection::finish);
        }
    }
}
