package io.vledger.grpc.call;

import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answer to a call. What is written after the client has cancelled, its deadline has passed, or its connection has ended goes nowhere:
 * that is routine. Loop only.
 */
public final class Reply<A> {
    private static final Logger LOG = LoggerFactory.getLogger(Reply.class);

    private final GrpcServerResponse<?, A> response;
    private boolean over;

    /** Nothing is written yet. */
    public Reply(GrpcServerResponse<?, A> response) {
        this.response = response;
    }

    /** Nobody reads it any more. */
    public void abandoned() {
        over = true;
    }

    /** Whether nobody reads it any more, or it has ended. */
    public boolean over() {
        return over;
    }

    /** One message of several. */
    public void write(A message) {
        unlessOver(() -> {
            var unused = response.write(message);
        });
    }

    /** One message of several, unless the client reads slower than it is asked; false if it is not written. */
    public boolean offer(A message) {
        boolean[] written = new boolean[1];
        unlessOver(() -> {
            if (!response.writeQueueFull()) {
                var unused = response.write(message);
                written[0] = true;
            }
        });
        return written[0];
    }

    /** The last message. */
    public void end(A message) {
        unlessOver(() -> {
            var unused = response.end(message);
        });
        over = true;
    }

    /** There are no more messages. */
    public void end() {
        unlessOver(() -> {
            var unused = response.end();
        });
        over = true;
    }

    /** Ends with a status of gRPC itself. */
    public void end(GrpcStatus status, String message) {
        unlessOver(() -> {
            var unused = response.status(status).statusMessage(message).end();
        });
        over = true;
    }

    private void unlessOver(Runnable write) {
        if (over) {
            return;
        }
        try {
            write.run();
        } catch (IllegalStateException gone) { // all that the server tells of a stream that was reset
            over = true;
            LOG.debug("an answer that nobody waits for: {}", gone.getMessage());
        }
    }
}
