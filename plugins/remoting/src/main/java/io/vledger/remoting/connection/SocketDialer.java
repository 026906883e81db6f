package io.vledger.remoting.connection;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslContext;
import io.vertx.core.Future;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import io.vledger.api.net.HostPort;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens sockets.
 *
 * @param remote where to
 * @param encryption TLS for a new connection; null for none
 */
record SocketDialer(NetClient net, HostPort remote, Supplier<@Nullable SslContext> encryption) implements Dialer {
    @Override
    public Future<Void> dial(InboundHandler inbound) {
        return net.connect(remote.port(), remote.host()).map(socket -> {
            take(socket, inbound);
            return null;
        });
    }

    private void take(NetSocket socket, InboundHandler inbound) {
        ChannelPipeline pipeline =
                ((NetSocketInternal) socket).channelHandlerContext().pipeline();
        SslContext tls = encryption.get();
        if (tls != null) {
            pipeline.addFirst("tls", tls.newHandler(pipeline.channel().alloc(), remote.host(), remote.port()));
        }
        pipeline.addBefore("handler", "rpc", inbound);
    }
}
