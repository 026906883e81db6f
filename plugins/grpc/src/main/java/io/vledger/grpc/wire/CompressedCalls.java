package io.vledger.grpc.wire;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.grpc.common.GrpcStatus;

/**
 * In front of the gRPC server, which throws where a message is compressed and its call does not say how, or says a way that it does not
 * know: such a call is refused, as gRPC's specification of compression demands, and a message that wrongly says it is compressed is taken as it
 * is. Loop only.
 */
public final class CompressedCalls implements Handler<HttpServerRequest> {
    private static final String ENCODING = "grpc-encoding";
    private static final String NONE = "identity";
    private static final String GZIP = "gzip";

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
        } else if (!encoding.equals(NONE) && !encoding.equals(GZIP)) {
            var unused = request.response()
                    .putHeader("content-type", "application/grpc")
                    .putHeader("grpc-accept-encoding", NONE + "," + GZIP)
                    .putHeader("grpc-status", Integer.toString(GrpcStatus.UNIMPLEMENTED.code))
                    .putHeader("grpc-message", "messages are not compressed here in this way")
                    .end();
            return;
        }
        server.handle(request);
    }
}
