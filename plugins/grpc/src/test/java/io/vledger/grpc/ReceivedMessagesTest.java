package io.vledger.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.FilterExpression;
import apache.rocketmq.v2.FilterType;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.ReceiveMessageRequest;
import apache.rocketmq.v2.ReceiveMessageResponse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.MessageDraft;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of messages that a broker gave for a client. */
@Timeout(60)
class ReceivedMessagesTest {
    /** Of a group with default settings. */
    private static final int ATTEMPTS = 17;

    @RegisterExtension
    final GrpcRig rig = new GrpcRig();

    @BeforeEach
    void acceptWhatConsumersGiveBack() {
        rig.broker().answer(RequestCode.ACK_MESSAGE, ResponseCode.SUCCESS);
        rig.broker().answer(RequestCode.CONSUMER_SEND_MSG_BACK, ResponseCode.SUCCESS);
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    }

    /** A stored message whose body is m and its queue offset. */
    static ByteBuf stored(int queueOffset, String tag, int tries) {
        ByteBuf body = bytes("m" + queueOffset);
        ByteBuf properties = bytes("TAGS\u0001" + tag + "\u0002");
        ByteBuf target = Unpooled.buffer();
        new MessageDraft()
                .queue(0, 0)
                .reconsumeTimes(tries)
                .topic("T".getBytes(StandardCharsets.UTF_8))
                .body(body, 0, body.readableBytes())
                .properties(properties, 0, properties.readableBytes())
                .write(target, queueOffset, 4_096 + queueOffset);
        return target;
    }

    private void gives(ByteBuf... messages) {
        rig.broker()
                .answer(
                        RequestCode.POP_MESSAGE,
                        fields -> fields.put("popTime", 1_000)
                                .put("invisibleTime", 60_000)
                                .put("reviveQid", 0)
                                .put("startOffsetInfo", "0 0 0"),
                        ByteBufUtil.getBytes(Unpooled.wrappedBuffer(messages)));
    }

    private List<ReceiveMessageResponse> receive(String tags) throws Exception {
        ReceiveMessageRequest request = GrpcRig.receive("T", 60_000)
                .setBatchSize(32)
                .setFilterExpression(
                        FilterExpression.newBuilder().setType(FilterType.TAG).setExpression(tags))
                .build();
        return rig.client()
                .call("ReceiveMessage", request, ReceiveMessageResponse.parser())
                .await(20, TimeUnit.SECONDS);
    }

    private static List<String> bodies(List<ReceiveMessageResponse> parts) {
        return parts.stream()
                .filter(ReceiveMessageResponse::hasMessage)
                .map(part -> part.getMessage().getBody().toStringUtf8())
                .toList();
    }

    @Test
    void aMessageComesWithItsReceiptAndHowOftenItWasGiven() throws Exception {
        gives(stored(7, "a", 2));
        List<ReceiveMessageResponse> parts = receive("*");
        assertThat(parts.get(0).getStatus().getCode()).isEqualTo(Code.OK);
        Message message = parts.get(1).getMessage();
        assertThat(message.getSystemProperties().getReceiptHandle()).isEqualTo("0 1000 60000 0 0 a 0 7 4103");
        assertThat(message.getSystemProperties().getDeliveryAttempt()).isEqualTo(3);
        assertThat(message.getSystemProperties().getTag()).isEqualTo("a");
        assertThat(message.getSystemProperties().getBodyDigest().getChecksum())
                .as("MD5 of m7")
                .isEqualTo("0449904FBF32607BF8CE5C26823DBC29");
        assertThat(parts.get(2).hasDeliveryTimestamp()).isTrue();
    }

    @Test
    void whatWasGivenTooOftenBecomesADeadLetterAndIsNotGiven() throws Exception {
        gives(stored(1, "a", ATTEMPTS - 1), stored(2, "a", ATTEMPTS));
        assertThat(bodies(receive("*"))).containsExactly("m1");
        assertThat(rig.broker().requests(RequestCode.CONSUMER_SEND_MSG_BACK))
                .singleElement()
                .asString()
                .contains("offset=4098", "delayLevel=-1");
        assertThat(rig.broker().requests(RequestCode.ACK_MESSAGE))
                .singleElement()
                .asString()
                .contains("offset=2");
    }

    @Test
    void aTagOfTheSameHashIsPassedOver() throws Exception {
        gives(stored(1, "BB", 0), stored(2, "Aa", 0));
        assertThat(bodies(receive("Aa"))).containsExactly("m2");
        assertThat(rig.broker().requests(RequestCode.ACK_MESSAGE))
                .singleElement()
                .asString()
                .contains("offset=1");
    }
}
