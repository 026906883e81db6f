package io.vledger.grpc.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Encoding;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.MessageType;
import apache.rocketmq.v2.Resource;
import apache.rocketmq.v2.SystemProperties;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.grpc.call.StatusException;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.SysFlag;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class MessageToSendTest {
    private static final long NOW_MS = 1_700_000_000_123L;

    private static Message message(Consumer<SystemProperties.Builder> system, Map<String, String> properties) {
        SystemProperties.Builder builder = SystemProperties.newBuilder().setMessageId("01ID");
        system.accept(builder);
        return Message.newBuilder()
                .setTopic(Resource.newBuilder().setName("T"))
                .setBody(ByteString.copyFromUtf8("body"))
                .putAllUserProperties(properties)
                .setSystemProperties(builder)
                .build();
    }

    private static MessageToSend checked(Consumer<SystemProperties.Builder> system) {
        return MessageToSend.of(message(system, Map.of()), "T", "192.0.2.1:5", NOW_MS);
    }

    private static void refused(Code code, Consumer<SystemProperties.Builder> system, Map<String, String> properties) {
        assertThatExceptionOfType(StatusException.class)
                .isThrownBy(() -> MessageToSend.of(message(system, properties), "T", "", NOW_MS))
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(code));
    }

    @Test
    void whatIsStoredIsWhatConsumersAreGiven() {
        MessageToSend sent = MessageToSend.of(
                message(
                        system -> system.setTag("tag")
                                .addAllKeys(List.of("k1", "k2"))
                                .setBornTimestamp(Times.timestamp(NOW_MS - 7))
                                .setBodyEncoding(Encoding.GZIP)
                                .setMessageGroup("order-7"),
                        Map.of("color", "r\u00f6t")),
                "T",
                "192.0.2.1:5",
                NOW_MS);
        assertThat(sent.type()).isEqualTo("FIFO");
        assertThat(sent.sysFlag()).isEqualTo(SysFlag.COMPRESSED);
        assertThat(sent.bornMs()).isEqualTo(NOW_MS - 7);
        byte[] properties = sent.properties().getBytes(StandardCharsets.UTF_8);
        MessageDraft draft = new MessageDraft()
                .queue(3, 0)
                .sysFlag(sent.sysFlag())
                .born(sent.bornMs(), new byte[] {127, 0, 0, 1, 0, 0, 0, 9})
                .stored(NOW_MS, new byte[] {127, 0, 0, 1, 0, 0, 42, (byte) 159})
                .reconsumeTimes(0)
                .preparedOffset(0)
                .topic("T".getBytes(StandardCharsets.UTF_8))
                .body(Unpooled.wrappedBuffer(sent.message().getBody().toByteArray()), 0, 4)
                .properties(Unpooled.wrappedBuffer(properties), 0, properties.length);
        ByteBuf stored = Unpooled.buffer(draft.size());
        draft.write(stored, 17, 4711);
        MessageView view = new MessageView();
        assertThat(view.wrap(stored, 0, stored.readableBytes())).isNull();

        Message given = new StoredMessage(view, stored.array()).toProto("receipt", 2);
        SystemProperties system = given.getSystemProperties();
        assertThat(given.getTopic().getName()).isEqualTo("T");
        assertThat(given.getBody().toStringUtf8()).isEqualTo("body");
        assertThat(given.getUserPropertiesMap())
                .containsEntry("color", "r\u00f6t")
                .doesNotContainKey("UNIQ_KEY");
        assertThat(system.getMessageId()).isEqualTo("01ID");
        assertThat(system.getTag()).isEqualTo("tag");
        assertThat(system.getKeysList()).containsExactly("k1", "k2");
        assertThat(system.getMessageGroup()).isEqualTo("order-7");
        assertThat(system.getMessageType()).isEqualTo(MessageType.FIFO);
        assertThat(system.getBodyEncoding()).isEqualTo(Encoding.GZIP);
        assertThat(system.getBodyDigest().getChecksum()).isEqualTo("841A2D689AD86BD1611447453C22C6FC");
        assertThat(system.getBornHost()).isEqualTo("192.0.2.1:5");
        assertThat(Times.ms(system.getBornTimestamp())).isEqualTo(NOW_MS - 7);
        assertThat(system.getStoreHost()).isEqualTo("127.0.0.1:10911");
        assertThat(system.getQueueId()).isEqualTo(3);
        assertThat(system.getQueueOffset()).isEqualTo(17);
        assertThat(system.getReceiptHandle()).isEqualTo("receipt");
        assertThat(system.getDeliveryAttempt()).isEqualTo(3);
    }

    @Test
    void halfAndDelayedMessagesSayWhatTheyAre() {
        MessageToSend half = checked(system -> system.setMessageType(MessageType.TRANSACTION)
                .setOrphanedTransactionRecoveryDuration(Duration.newBuilder().setSeconds(30)));
        assertThat(half.type()).isEqualTo("TRANSACTION");
        assertThat(half.sysFlag()).isEqualTo(SysFlag.TRANSACTION_PREPARED);
        assertThat(half.properties()).contains("TRAN_MSG\u0001true", "CHECK_IMMUNITY_TIME_IN_SECONDS\u000130");
        MessageToSend late = checked(system -> system.setDeliveryTimestamp(Times.timestamp(NOW_MS + 5_000)));
        assertThat(late.type()).isEqualTo("DELAY");
        assertThat(late.properties()).contains("TIMER_DELIVER_MS\u0001" + (NOW_MS + 5_000));
        assertThat(checked(system -> system.setLiteTopic("x")).type()).isEqualTo("LITE");
    }

    @Test
    void whatIsWrongIsRefusedWithTheCodesOfTheProxy() {
        refused(Code.ILLEGAL_MESSAGE_TAG, system -> system.setTag("a|b"), Map.of());
        refused(Code.ILLEGAL_MESSAGE_TAG, system -> system.setTag(" "), Map.of());
        refused(Code.ILLEGAL_MESSAGE_KEY, system -> system.addKeys("a\u0002"), Map.of());
        refused(Code.ILLEGAL_MESSAGE_GROUP, system -> system.setMessageGroup("g".repeat(64)), Map.of());
        refused(Code.ILLEGAL_MESSAGE_ID, system -> system.setMessageId(" "), Map.of());
        refused(Code.ILLEGAL_MESSAGE_ID, system -> system.setMessageId("a\u0002TAGS\u0001x"), Map.of());
        refused(Code.ILLEGAL_MESSAGE_PROPERTY_KEY, system -> {}, Map.of("UNIQ_KEY", "x"));
        refused(Code.ILLEGAL_MESSAGE_PROPERTY_KEY, system -> {}, Map.of("a", "x\u0002"));
        refused(Code.MESSAGE_PROPERTIES_TOO_LARGE, system -> {}, Map.of("a", "x".repeat(17_000)));
        refused(
                Code.ILLEGAL_DELIVERY_TIME,
                system -> system.setDeliveryTimestamp(Times.timestamp(NOW_MS + 25 * 3_600_000L)),
                Map.of());
        refused(
                Code.BAD_REQUEST,
                system -> system.setMessageType(MessageType.TRANSACTION)
                        .setOrphanedTransactionRecoveryDuration(
                                Duration.newBuilder().setSeconds(3_601)),
                Map.of());
    }
}
