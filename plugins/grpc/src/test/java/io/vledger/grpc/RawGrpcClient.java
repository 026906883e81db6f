package io.vledger.grpc;

import apache.rocketmq.v2.TelemetryCommand;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vledger.grpc.call.CallContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Calls methods of the service, byte by byte as gRPC is on the wire. */
final class RawGrpcClient {
    private static final String PATH = "/apache.rocketmq.v2.MessagingService/";
    private static final int PREFIX_BYTES = 5;
    private static final int HTTP2_CANCEL = 8;

    private final HttpClient http;
    private final int port;
    private final String clientId;
    private final Map<String, String> headers;

    RawGrpcClient(Vertx vertx, int port, String clientId, Map<String, String> headers) {
        this.headers = headers;
        this.http = vertx.createHttpClient(
                new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false));
        this.port = port;
        this.clientId = clientId;
    }

    /** All messages of the answer. */
    <A> Future<List<A>> call(String method, MessageLite request, Parser<A> parser) {
        // Within the call's context: from another thread the handler of the body may come after the body.
        return open(method)
                .compose(call -> call.send(frame(request)).compose(HttpClientResponse::body))
                .map(body -> read(body, parser));
    }

    /** Calls, and gives the call up as soon as {@code then} has happened. */
    Future<?> callAndReset(String method, MessageLite request, Future<?> then) {
        return open(method).compose(call -> {
            var unused = call.send(frame(request));
            return then.compose(happened -> call.reset(HTTP2_CANCEL));
        });
    }

    /** The first message of the answer. */
    <A> A answer(String method, MessageLite request, Parser<A> parser) throws Exception {
        return call(method, request, parser).await(20, TimeUnit.SECONDS).get(0);
    }

    /** Opens a stream with a message, and reads nothing of what comes back. */
    Future<?> openUnread(String method, MessageLite request) {
        return open(method).compose(call -> {
            call.response().onSuccess(HttpClientResponse::pause);
            return call.setChunked(true).write(frame(request));
        });
    }

    /** Opens a stream of commands with a first one, and answers what comes as {@code answers} says; nothing where that is null. */
    Future<?> converse(TelemetryCommand first, Function<TelemetryCommand, @Nullable TelemetryCommand> answers) {
        return open("Telemetry").compose(call -> {
            call.response()
                    .onSuccess(response -> response.handler(part -> {
                        // Commands are small: each comes in a part of its own.
                        for (TelemetryCommand command : read(part, TelemetryCommand.parser())) {
                            TelemetryCommand answer = answers.apply(command);
                            if (answer != null) {
                                var unused = call.write(frame(answer));
                            }
                        }
                    }));
            return call.setChunked(true).write(frame(first));
        });
    }

    /** A call of a method that does not exist, on the same connection. */
    Future<?> roundTrip() {
        return open("Nothing").compose(call -> call.send(Buffer.buffer()).compose(HttpClientResponse::end));
    }

    private static Buffer frame(MessageLite request) {
        byte[] message = request.toByteArray();
        return Buffer.buffer().appendByte((byte) 0).appendInt(message.length).appendBytes(message);
    }

    private Future<HttpClientRequest> open(String method) {
        return http.request(HttpMethod.POST, port, "127.0.0.1", PATH + method).map(call -> {
            call.putHeader("content-type", "application/grpc").putHeader("te", "trailers");
            call.putHeader("grpc-timeout", "30S");
            if (!clientId.isEmpty()) {
                call.putHeader(CallContext.CLIENT_ID, clientId);
            }
            headers.forEach(call::putHeader);
            return call;
        });
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
