package io.vledger.grpc.call;

import com.google.protobuf.MessageLite;
import io.vertx.core.buffer.Buffer;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.WireFormat;

/** Writes messages. */
public record ProtoEncoder<T extends MessageLite>() implements GrpcMessageEncoder<T> {
    @Override
    public GrpcMessage encode(T message, WireFormat format) {
        return GrpcMessage.message("identity", Buffer.buffer(message.toByteArray()));
    }

    @Override
    public boolean accepts(WireFormat format) {
        return format == WireFormat.PROTOBUF;
    }
}
