package io.vledger.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vledger.grpc.call.CallContext;
import java.util.ArrayList;
import java.util.List;

/** Calls methods of the service, byte by byte as gRPC is on the wire. */
final class RawGrpcClient {
    private static final String PATH = "/apache.rocketmq.v2.MessagingService/";
    private static final int PREFIX_BYTES = 5;

    private final HttpClient http;
    private final int port;
    private final String clientId;

    RawGrpcClient(Vertx vertx, int port, String clientId) {
        this.http = vertx.createHttpClient(
                new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false));
        this.port = port;
        this.clientId = clientId;
    }

    /** All messages of the answer. */
    <A> Future<List<A>> call(String method, MessageLite request, Parser<A> parser) {
        byte[] message = request.toByteArray();
        Buffer frame =
                Buffer.buffer().appendByte((byte) 0).appendInt(message.length).appendBytes(message);
        return http.request(HttpMethod.POST, port, "127.0.0.1", PATH + method)
                .compose(call -> {
                    call.putHeader("content-type", "application/grpc").putHeader("te", "trailers");
                    call.putHeader("grpc-timeout", "30S");
                    if (!clientId.isEmpty()) {
                        call.putHeader(CallContext.CLIENT_ID, clientId);
                    }
                    // Within the call's context: from another thread the handler of the body may come after the body.
                    return call.send(frame).compose(HttpClientResponse::body);
                })
                .map(body -> read(body, parser));
    }

    private static <A> List<A> read(Buffer body, Parser<A> parser) {
        List<A> messages = new ArrayList<>();
        try {
            for (int at = 0; at < body.length(); ) {
                int length = body.getInt(at + 1);
                messages.add(parser.parseFrom(body.getBytes(at + PREFIX_BYTES, at + PREFIX_BYTES + length)));
                at += PREFIX_BYTES + length;
            }
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("no message", e);
        }
        return messages;
    }
}
