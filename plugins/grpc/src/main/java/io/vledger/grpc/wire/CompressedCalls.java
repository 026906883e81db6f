package io.vledger.grpc.wire;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.grpc.common.GrpcStatus;

/**
 * In front of the gRPC server, which would inflate a message to whatever size it has, before anybody has looked at who sent it, and which throws
 * where a call does not say how its messages are compressed, or says a way that it does not know. RocketMQ's Java client compresses no calls (bodies of
 * messages it does, which are not looked at here): such a call is refused as gRPC's specification of compression demands, and a message that
 * wrongly says it is compressed is taken as it is. Loop only.
 */
public final class CompressedCalls implements Handler<HttpServerRequest> {
    private static final String ENCODING = "grpc-encoding";
    private static final String NONE = "identity";

    private final Handler<HttpServerRequest> server;

    /** Before a server. */
    public CompressedCalls(Handler<HttpServerRequest> server) {
        this.server = server;
    }

    @Override
    public void handle(HttpServerRequest request) {
        String encoding = request.getHeader(ENCODING);
        if (encoding == null) {
            request.headers().set(ENCODING, NONE);
        } else if (!encoding.equals(NONE)) {
            var unused = request.response()
                    .putHeader("content-type", "application/grpc")
                    .putHeader("grpc-accept-encoding", NONE)
                    .putHeader("grpc-status", Integer.toString(GrpcStatus.UNIMPLEMENTED.code))
                    .putHeader("grpc-message", "calls are not compressed here; bodies of messages may be")
                    .end();
            return;
        }
        server.handle(request);
    }
}
