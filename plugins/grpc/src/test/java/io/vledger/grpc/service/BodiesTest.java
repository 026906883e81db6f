package io.vledger.grpc.service;

import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.SendMessageRequest;
import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.grpc.common.GrpcMessage;
import io.vledger.grpc.call.ProtoDecoder;
import io.vledger.grpc.message.StoredMessage;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.protocol.message.MessageView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A body is taken from a call, and from an answer of a broker, where it lies: it is neither encoded again nor copied to be passed on. */
class BodiesTest {
    private static final String BODY = "a body of some bytes";

    /** The arrays that a text of bytes lies in. */
    private static List<byte[]> arrays(ByteString bytes) throws IOException {
        List<byte[]> arrays = new ArrayList<>();
        UnsafeByteOperations.unsafeWriteTo(bytes, new ByteOutput() {
            @Override
            public void write(byte value) {
                throw new AssertionError("byte by byte");
            }

            @Override
            public void write(byte[] value, int offset, int length) {
                throw new AssertionError("a copy is asked for");
            }

            @Override
            public void write(ByteBuffer value) {
                throw new AssertionError("a copy is asked for");
            }

            @Override
            public void writeLazy(byte[] value, int offset, int length) {
                arrays.add(value);
            }

            @Override
            public void writeLazy(ByteBuffer value) {
                throw new AssertionError("not in an array");
            }
        });
        return arrays;
    }

    @Test
    void whatIsSentIsHandedToTheBrokerAsARegionOfTheCall() throws Exception {
        Message one =
                Message.newBuilder().setBody(ByteString.copyFromUtf8(BODY)).build();
        byte[] call = SendMessageRequest.newBuilder()
                .addMessages(one)
                .addMessages(one)
                .build()
                .toByteArray();
        SendMessageRequest read = new ProtoDecoder<>(SendMessageRequest.parser())
                .decode(GrpcMessage.message("identity", Buffer.buffer(call)));
        ByteString body = read.getMessages(1).getBody();
        assertThat(arrays(body))
                .as("with the whole call in it")
                .singleElement()
                .isSameAs(arrays(read.getMessages(0).getBody()).get(0));
        byte[] array = arrays(body).get(0);
        assertThat(array).isEqualTo(call);

        ByteBuf given = SendService.body(body);
        assertThat(given.toString(StandardCharsets.UTF_8)).isEqualTo(BODY);
        array[array.length - 1] = '!';
        assertThat(given.toString(StandardCharsets.UTF_8)).as("the same bytes").endsWith("byte!");
    }

    @Test
    void whatIsReceivedIsARegionOfTheBrokersAnswer() throws Exception {
        ByteBuf body = Unpooled.copiedBuffer(BODY, StandardCharsets.UTF_8);
        ByteBuf stored = Unpooled.buffer();
        new MessageDraft()
                .topic("T".getBytes(StandardCharsets.UTF_8))
                .body(body, 0, body.readableBytes())
                .properties(Unpooled.EMPTY_BUFFER, 0, 0)
                .write(stored, 0, 0);
        byte[] answer = ByteBufUtil.getBytes(stored);
        MessageView view = new MessageView();
        assertThat(view.wrap(Unpooled.wrappedBuffer(answer), 0, answer.length)).isNull();
        ByteString given = new StoredMessage(view, answer).toProto(null, 0).getBody();
        assertThat(given.toStringUtf8()).isEqualTo(BODY);
        assertThat(arrays(given)).singleElement().isSameAs(answer);
    }
}
