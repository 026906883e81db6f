package io.vledger.grpc.call;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Binds the service's methods to a gRPC server. */
public final class Calls {
    private static final Logger LOG = LoggerFactory.getLogger(Calls.class);
    private static final ServiceName SERVICE = ServiceName.create("apache.rocketmq.v2", "MessagingService");

    private final GrpcServer server;

    /** To bind the methods of a server. */
    public Calls(GrpcServer server) {
        this.server = server;
    }

    /** Binds a method whose calls are given as they come. */
    public <Q extends MessageLite, A extends MessageLite> void bind(
            String method, Parser<Q> parser, Consumer<GrpcServerRequest<Q, A>> handler) {
        server.callHandler(
                ServiceMethod.server(SERVICE, method, new ProtoEncoder<A>(), new ProtoDecoder<>(parser)),
                handler::accept);
    }

    /** What is known about the client of a call; throws {@link StatusException} if it did not say who it is. */
    static CallContext context(GrpcServerRequest<?, ?> call, Caller caller) {
        return CallContext.of(call.headers(), call.connection().remoteAddress(), call.timeout(), caller);
    }

    /** The status of a call that failed; what nobody foresaw is logged. */
    public static apache.rocketmq.v2.Status failed(String method, Throwable cause) {
        if (!(cause instanceof StatusException) && cause instanceof RuntimeException) {
            LOG.error("the call {} failed", method, cause);
        }
        return Statuses.of(cause);
    }
}
