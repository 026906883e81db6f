package io.vledger.remoting.stranger;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the header with which a load balancer begins a connection, if it begins with one, and then makes way. Only for connections from
 * addresses of load balancers, before anything else of their bytes is looked at. Channel's loop only.
 */
public final class ProxyHeaderHandler extends ByteToMessageDecoder {
    private static final int PATIENCE_SECONDS = 10;

    private final Consumer<@Nullable InetSocketAddress> begun;
    private final Consumer<String> refused;
    private @Nullable ScheduledFuture<?> timer;

    /**
     * A handler of one connection.
     *
     * @param begun hears for whom the connection is, null for the load balancer itself, and puts the handlers behind this one that its
     *     bytes are for
     * @param refused hears why the connection is closed
     */
    public ProxyHeaderHandler(Consumer<@Nullable InetSocketAddress> begun, Consumer<String> refused) {
        this.begun = begun;
        this.refused = refused;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        timer = context.executor()
                .schedule(
                        () -> {
                            var unused = context.close(); // health checks of load balancers connect and say nothing
                        },
                        PATIENCE_SECONDS,
                        TimeUnit.SECONDS);
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (!in.isReadable()) {
            return;
        }
        switch (ProxyHeader.beginning(in)) {
            case OPEN -> {}
            case OTHER -> proceed(context, null);
            case HEADER -> header(context, in);
        }
    }

    private void header(ChannelHandlerContext context, ByteBuf in) {
        try {
            ProxyHeader header = ProxyHeader.read(in);
            if (header != null) {
                proceed(context, header.client());
            }
        } catch (ProxyHeader.Malformed wrong) {
            in.skipBytes(in.readableBytes());
            refused.accept("its PROXY header cannot be read: " + wrong.getMessage());
            var unused = context.close();
        }
    }

    private void proceed(ChannelHandlerContext context, @Nullable InetSocketAddress client) {
        begun.accept(client);
        context.pipeline().remove(this);
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext context) {
        ScheduledFuture<?> pending = timer;
        if (pending != null) {
            pending.cancel(false);
        }
    }
}
