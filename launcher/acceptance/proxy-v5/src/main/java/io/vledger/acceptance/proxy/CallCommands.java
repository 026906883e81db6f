package io.vledger.acceptance.proxy;

import apache.rocketmq.v2.MessagingServiceGrpc;
import io.vledger.acceptance.line.Line;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.rocketmq.shaded.com.google.protobuf.Message;
import org.apache.rocketmq.shaded.com.google.protobuf.TextFormat;
import org.apache.rocketmq.shaded.io.grpc.CallOptions;
import org.apache.rocketmq.shaded.io.grpc.Channel;
import org.apache.rocketmq.shaded.io.grpc.ClientInterceptors;
import org.apache.rocketmq.shaded.io.grpc.ManagedChannel;
import org.apache.rocketmq.shaded.io.grpc.ManagedChannelBuilder;
import org.apache.rocketmq.shaded.io.grpc.Metadata;
import org.apache.rocketmq.shaded.io.grpc.MethodDescriptor;
import org.apache.rocketmq.shaded.io.grpc.MethodDescriptor.MethodType;
import org.apache.rocketmq.shaded.io.grpc.MethodDescriptor.PrototypeMarshaller;
import org.apache.rocketmq.shaded.io.grpc.StatusRuntimeException;
import org.apache.rocketmq.shaded.io.grpc.stub.ClientCalls;
import org.apache.rocketmq.shaded.io.grpc.stub.MetadataUtils;
import org.apache.rocketmq.shaded.io.grpc.stub.StreamObserver;

/** Single calls of the service, as a test writes them in protobuf's text format: also such as no client would make. */
final class CallCommands {
    private static final String HEADER = "header.";
    private static final long LIMIT_MS = 30_000;
    /** The answer to what is said on a stream comes at once, or never. */
    private static final long STREAM_LIMIT_MS = 3_000;

    private final Map<String, ManagedChannel> channels = new ConcurrentHashMap<>();
    /** Streams stay open, as those of clients do. */
    private final List<StreamObserver<Message>> streams = new ArrayList<>();

    /** The names of a request's variants. */
    Line variants(Line line) throws TextFormat.ParseException {
        Map<String, String> names = new LinkedHashMap<>();
        Variants.of(request(line)).keySet().forEach(name -> names.put(Integer.toString(names.size()), name));
        return new Line(line.number(), Line.OK, names);
    }

    /** Makes a call; answers what {@link AnswerShape} says of it. */
    Line call(Line line) throws Exception {
        Message request = request(line);
        String variant = line.text("variant", "");
        if (!variant.isEmpty()) {
            request = Objects.requireNonNull(Variants.of(request).get(variant), variant);
        }
        AnswerShape shape = new AnswerShape();
        try {
            answers(line, request).forEach(shape::add);
        } catch (StatusRuntimeException failed) {
            shape.fail("grpc " + failed.getStatus().getCode().name());
        } catch (TimeoutException none) {
            shape.fail("none in time");
        }
        return new Line(line.number(), Line.OK, shape.values());
    }

    @SuppressWarnings("unchecked")
    private static MethodDescriptor<Message, Message> method(Line line) {
        String name = line.text("method");
        return (MethodDescriptor<Message, Message>) MessagingServiceGrpc.getServiceDescriptor().getMethods().stream()
                .filter(method -> name.equals(method.getBareMethodName()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no method " + name));
    }

    private static Message request(Line line) throws TextFormat.ParseException {
        Object prototype = ((PrototypeMarshaller<Message>) method(line).getRequestMarshaller()).getMessagePrototype();
        Message.Builder request = ((Message) Objects.requireNonNull(prototype)).newBuilderForType();
        TextFormat.merge(line.text("request"), request);
        return request.build();
    }

    private List<Message> answers(Line line, Message request) throws Exception {
        MethodDescriptor<Message, Message> method = method(line);
        Channel channel = channel(line);
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(LIMIT_MS, TimeUnit.MILLISECONDS);
        if (method.getType() == MethodType.BIDI_STREAMING) {
            return List.of(firstOfStream(channel, method, request));
        }
        List<Message> all = new ArrayList<>();
        if (method.getType() == MethodType.SERVER_STREAMING) {
            ClientCalls.blockingServerStreamingCall(channel, method, options, request)
                    .forEachRemaining(all::add);
        } else {
            all.add(ClientCalls.blockingUnaryCall(channel, method, options, request));
        }
        return all;
    }

    private Channel channel(Line line) {
        ManagedChannel channel =
                channels.computeIfAbsent(line.text("endpoint"), endpoint -> ManagedChannelBuilder.forTarget(endpoint)
                        .usePlaintext()
                        .build());
        Metadata headers = new Metadata();
        line.values().forEach((name, value) -> {
            if (name.startsWith(HEADER)) {
                headers.put(Metadata.Key.of(name.substring(HEADER.length()), Metadata.ASCII_STRING_MARSHALLER), value);
            }
        });
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private Message firstOfStream(Channel channel, MethodDescriptor<Message, Message> method, Message request)
            throws Exception {
        CompletableFuture<Message> first = new CompletableFuture<>();
        StreamObserver<Message> stream = ClientCalls.asyncBidiStreamingCall(
                channel.newCall(method, CallOptions.DEFAULT), new StreamObserver<>() {
                    @Override
                    public void onNext(Message message) {
                        first.complete(message);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        first.completeExceptionally(failure);
                    }

                    @Override
                    public void onCompleted() {
                        first.completeExceptionally(new IllegalStateException("the stream ended without an answer"));
                    }
                });
        synchronized (streams) {
            streams.add(stream);
        }
        stream.onNext(request);
        try {
            return first.get(STREAM_LIMIT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof StatusRuntimeException status) {
                throw status;
            }
            throw failed;
        }
    }
}
