package io.vledger.grpc.call;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import io.vertx.grpc.common.CodecException;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.WireFormat;

/**
 * Reads messages. Their bytes fields, such as a body, are regions of the one array that a message came in.
 *
 * @param parser of the message type
 */
public record ProtoDecoder<T extends MessageLite>(Parser<T> parser) implements GrpcMessageDecoder<T> {
    @Override
    public T decode(GrpcMessage message) throws CodecException {
        try {
            CodedInputStream input = UnsafeByteOperations.unsafeWrap(
                            message.payload().getBytes())
                    .newCodedInput();
            input.enableAliasing(true); // else protobuf copies each
            T read = parser.parseFrom(input);
            input.checkLastTagWas(0);
            return read;
        } catch (InvalidProtocolBufferException e) {
            throw new CodecException(e);
        }
    }

    @Override
    public boolean accepts(WireFormat format) {
        return format == WireFormat.PROTOBUF;
    }
}
