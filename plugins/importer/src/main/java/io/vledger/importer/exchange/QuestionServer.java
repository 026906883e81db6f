package io.vledger.importer.exchange;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers other members on this node's Raft address until the group is opened, when Raft listens there. A member that is further on
 * dials with Raft's hello: that connection is closed without a word, and it dials again.
 */
final class QuestionServer {
    private static final int IDLE_SECONDS = 120;

    private static final int LISTEN_TRIES = 50;
    private static final int LISTEN_PAUSE_MS = 100;

    private final Vertx vertx;
    private final String group;
    private final String bindHost;
    private final int port;
    private final Function<Buffer, Future<Buffer>> answers;
    private volatile @Nullable NetServer server;
    private volatile boolean closed;

    /**
     * A server that does not listen yet.
     *
     * @param bindHost address that it binds
     * @param port the port of this node in the list of peers
     */
    QuestionServer(Vertx vertx, String group, String bindHost, int port, Function<Buffer, Future<Buffer>> answers) {
        this.vertx = vertx;
        this.group = group;
        this.bindHost = bindHost;
        this.port = port;
        this.answers = answers;
    }

    /** Listens. Whoever had the port a moment ago, such as the group itself, may still be closing. */
    Future<Void> listen() {
        return listen(LISTEN_TRIES);
    }

    private Future<Void> listen(int triesLeft) {
        NetServer next =
                vertx.createNetServer(new NetServerOptions().setTcpNoDelay(true).setIdleTimeout(IDLE_SECONDS));
        next.connectHandler(this::accept);
        server = next;
        return next.listen(port, bindHost).transform(result -> {
            if (result.succeeded()) {
                return Future.<Void>succeededFuture();
            }
            if (triesLeft > 1 && !closed && result.cause() instanceof BindException) {
                return vertx.timer(LISTEN_PAUSE_MS, TimeUnit.MILLISECONDS).compose(fired -> listen(triesLeft - 1));
            }
            return Future.failedFuture(new IllegalStateException(
                    "group " + group + ": cannot listen for other members on " + bindHost + " port " + port + " ("
                            + result.cause().getMessage()
                            + "); stop what uses the port, or set groups[].raft.bindHost (vledgerRaftBindAddress) to an address"
                            + " of this machine"));
        });
    }

    private void accept(NetSocket socket) {
        socket.exceptionHandler(failure -> socket.close());
        socket.handler(new Frames(
                Frames.QUESTION,
                Packet.MAX_QUESTION_BYTES,
                question -> answers.apply(question)
                        .onSuccess(answer -> socket.write(Frames.frame(Frames.ANSWER, answer)))
                        .onFailure(failure -> socket.close()),
                socket::close));
    }

    /** Closes it with its connections; the port is free afterwards. */
    Future<Void> close() {
        closed = true;
        NetServer open = server;
        return open == null ? Future.succeededFuture() : open.close().compose(done -> freed(LISTEN_TRIES));
    }

    /** That a server is closed does not mean that the system gave its port back. */
    private Future<Void> freed(int tries) {
        return vertx.executeBlocking(this::isFree, false)
                .compose(free -> free || tries == 0
                        ? Future.<Void>succeededFuture()
                        : vertx.timer(LISTEN_PAUSE_MS, TimeUnit.MILLISECONDS).compose(fired -> freed(tries - 1)));
    }

    private boolean isFree() throws IOException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(bindHost, port));
            return true;
        } catch (BindException inUse) {
            return false;
        }
    }
}
