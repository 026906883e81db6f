package io.vledger.remoting.connection;

import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections to a listener of this process that need no socket.
 *
 * @param loop where the client's end is read
 * @param listener finds the listener; null while there is none
 * @param client what the listener takes for the client's address
 */
record InProcessDialer(LoopState loop, Supplier<@Nullable RemotingServer> listener, InetSocketAddress client)
        implements Dialer {
    @Override
    public Future<Void> dial(InboundHandler inbound) {
        RemotingServer server = listener.get();
        if (server == null) {
            return loop.context().failedFuture(new IOException("nobody listens there in this process"));
        }
        InProcessChannel[] ends = InProcessChannel.pair(client, server.localAddress());
        Promise<Void> opened = loop.context().promise();
        EventLoop home = loop.eventLoop();
        var unused = home.register(ends[0]).addListener(done -> {
            if (!done.isSuccess()) {
                opened.fail(done.cause());
                return;
            }
            ends[0].pipeline().addLast("rpc", inbound);
            server.acceptInProcess(ends[1]);
            opened.complete();
        });
        return opened.future();
    }
}
