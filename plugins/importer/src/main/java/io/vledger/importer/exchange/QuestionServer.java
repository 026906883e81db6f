package io.vledger.importer.exchange;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.util.function.Function;

/**
 * Answers other members on this node's Raft address until the group is opened, when Raft listens there. A member that is further on
 * dials with Raft's hello: that connection is closed without a word, and it dials again.
 */
final class QuestionServer {
    private static final int IDLE_SECONDS = 120;

    private final NetServer server;
    private final String group;
    private final String address;
    private final Function<Buffer, Future<Buffer>> answers;

    QuestionServer(Vertx vertx, String group, String address, Function<Buffer, Future<Buffer>> answers) {
        this.group = group;
        this.address = address;
        this.answers = answers;
        this.server =
                vertx.createNetServer(new NetServerOptions().setTcpNoDelay(true).setIdleTimeout(IDLE_SECONDS));
        server.connectHandler(this::accept);
    }

    Future<Void> listen() {
        int colon = address.lastIndexOf(':');
        return server.listen(Integer.parseInt(address.substring(colon + 1)), address.substring(0, colon))
                .<Void>mapEmpty()
                .recover(failure -> Future.failedFuture(new IllegalStateException("group " + group
                        + ": cannot listen for other members on " + address + " (" + failure.getMessage()
                        + "); stop what uses the port, or change this node's address in the list of peers")));
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
        return server.close();
    }
}
