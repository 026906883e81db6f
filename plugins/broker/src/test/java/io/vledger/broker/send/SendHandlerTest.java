package io.vledger.broker.send;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.api.group.Refusal;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.broker.testing.TestBroker;
import io.vledger.broker.testing.TestBroker.Message;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.OffsetMessageId;
import io.vledger.testkit.fake.FakeRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SendHandlerTest {
    private TestBroker broker = TestBroker.leader();

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private List<Message> pulled(String topic, int queueId) {
        return TestBroker.messages(broker.call(broker.pull(topic, queueId, 0)).replyBody());
    }

    @Test
    void aMessageIsAnsweredOnlyOnceItIsApplied() {
        broker.call(broker.send("T", 0, "warm"));
        FakeRequest send = broker.begin(broker.send("T", 1, "hello"));
        assertThat(send.replied()).isFalse();
        broker.group().settle();
        assertThat(send.replyCode()).isEqualTo(ResponseCode.SUCCESS);
    }

    @Test
    void aConsumerGetsTheBytesThatWereStored() {
        FakeRequest send = broker.call(broker.send("T", 2, "héllo", "UNIQ_KEY", "0A", "TAGS", "a", "mine", "x"));
        assertThat(send.replyNumber("queueId")).isEqualTo(2);
        assertThat(send.replyNumber("queueOffset")).isZero();
        assertThat(send.replyField("transactionId")).isEqualTo("0A");
        List<Message> messages = pulled("T", 2);
        assertThat(messages).hasSize(1);
        Message message = messages.get(0);
        assertThat(message.body()).isEqualTo("héllo");
        assertThat(message.topic()).isEqualTo("T");
        assertThat(message.properties())
                .containsEntry("TAGS", "a")
                .containsEntry("mine", "x")
                .containsEntry("UNIQ_KEY", "0A")
                .containsEntry("MSG_REGION", "DefaultRegion")
                .containsEntry("TRACE_ON", "true")
                .containsEntry("CLUSTER", "Cluster");
        String id = String.valueOf(send.replyField("msgId"));
        assertThat(id).hasSize(32).matches("[0-9A-F]+");
        OffsetMessageId.Parsed parsed = OffsetMessageId.parse(id);
        assertThat(parsed).isNotNull();
        assertThat(parsed.physicalOffset()).isEqualTo(message.position());
        assertThat(parsed.storeHost().getPort()).isEqualTo(10911);
    }

    @Test
    void theFirstVersionsLongFieldNamesAreUnderstood() {
        FakeRequest send = new FakeRequest(RequestCode.SEND_MESSAGE)
                .with("producerGroup", "p")
                .with("topic", "Old")
                .with("defaultTopic", "TBW102")
                .with("defaultTopicQueueNums", 4)
                .with("queueId", 3)
                .with("sysFlag", 0)
                .with("bornTimestamp", 5)
                .with("flag", 7)
                .body("b".getBytes(StandardCharsets.UTF_8));
        assertThat(broker.call(send).replyCode()).isZero();
        assertThat(pulled("Old", 3)).hasSize(1);
    }

    @Test
    void queueOffsetsAreDenseAlsoWithinOneTurn() {
        broker.call(broker.send("T", 0, "0"));
        for (int i = 1; i < 50; i++) {
            broker.begin(broker.send("T", 0, "m" + i));
        }
        broker.group().settle();
        List<Message> messages = TestBroker.messages(
                broker.call(broker.pull("T", 0, 0).with("maxMsgNums", 100)).replyBody());
        assertThat(messages).hasSize(50);
        for (int i = 0; i < 50; i++) {
            assertThat(messages.get(i).queueOffset()).isEqualTo(i);
        }
    }

    @Test
    void aKeyIsMadeForAMessageWithoutOne() {
        FakeRequest send = broker.call(broker.send("T", 0, "x"));
        assertThat(pulled("T", 0).get(0).properties().get("UNIQ_KEY"))
                .isEqualTo(send.replyField("transactionId"))
                .hasSize(32)
                .matches("[0-9A-F]+");
    }

    @Test
    void whatTheBrokerSetsIsNotStoredTwice() {
        broker.call(broker.send("T", 0, "x", "CLUSTER", "other", "WAIT", "true", "POP_CK", "1", "k", "v"));
        broker.call(broker.send("T", 0, "y", "WAIT", "false"));
        List<Message> messages = pulled("T", 0);
        assertThat(messages.get(0).properties())
                .containsEntry("CLUSTER", "Cluster")
                .containsEntry("k", "v")
                .doesNotContainKeys("WAIT", "POP_CK");
        assertThat(messages.get(1).properties()).containsEntry("WAIT", "false");
    }

    @Test
    void propertiesWithoutTheLastSeparatorKeepTheirLastPair() {
        FakeRequest send = broker.send("T", 0, "x").with("i", "UNIQ_KEY\u0001K\u0002TAGS\u0001t");
        broker.call(send);
        assertThat(pulled("T", 0).get(0).properties())
                .containsEntry("TAGS", "t")
                .containsEntry("MSG_REGION", "DefaultRegion");
    }

    @Test
    void anUnknownTopicIsCreatedOnceForAllThatSendToIt() {
        FakeRequest first = broker.begin(broker.send("New", 0, "1"));
        FakeRequest second = broker.begin(broker.send("New", 3, "2"));
        assertThat(first.replied()).isFalse();
        broker.group().settle();
        assertThat(first.replyCode()).isZero();
        assertThat(second.replyCode()).isZero();
        assertThat(broker.state().topics().find("New")).isNotNull();
        assertThat(broker.state().topics().find("New").config().writeQueues()).isEqualTo(4);
        assertThat(broker.group().applied().stream().filter(entry -> entry.kind() == 17))
                .hasSize(1);
    }

    @Test
    void withoutAutomaticCreationAnUnknownTopicIsRefused() {
        broker = TestBroker.strict();
        FakeRequest send = broker.call(broker.send("New", 0, "1"));
        assertThat(send.replyCode()).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        assertThat(send.replyRemark()).contains("New");
    }

    @Test
    void aBatchIsStoredMessageByMessage() {
        broker.call(broker.send("T", 1, "before"));
        ByteBuf body = Unpooled.buffer();
        for (int i = 0; i < 3; i++) {
            element(body, "b" + i, "UNIQ_KEY\u0001K" + i + "\u0002TAGS\u0001t\u0002");
        }
        FakeRequest send = broker.call(
                broker.send("T", 1, "").with("m", true).with("i", "").body(ByteBufUtil.getBytes(body)));
        assertThat(send.replyCode()).isZero();
        assertThat(send.replyNumber("queueOffset")).isEqualTo(1);
        assertThat(String.valueOf(send.replyField("msgId")).split(",", -1)).hasSize(3);
        List<Message> messages = pulled("T", 1);
        assertThat(messages).extracting(Message::body).containsExactly("before", "b0", "b1", "b2");
        assertThat(messages.get(3).queueOffset()).isEqualTo(3);
        assertThat(messages.get(3).properties()).containsEntry("UNIQ_KEY", "K2");
        String[] ids = String.valueOf(send.replyField("msgId")).split(",", -1);
        assertThat(OffsetMessageId.parse(ids[2])).isNotNull();
        assertThat(requireNonNull(OffsetMessageId.parse(ids[2])).physicalOffset())
                .isEqualTo(messages.get(3).position());
    }

    @Test
    void theAnswerToABatchNamesTheBatchWhereRocketmqStoresItAsOneMessage() {
        broker.call(new FakeRequest(RequestCode.UPDATE_AND_CREATE_TOPIC)
                .with("topic", "Inner")
                .with("readQueueNums", 1)
                .with("writeQueueNums", 1)
                .with("perm", 6)
                .with("topicFilterType", "SINGLE_TAG")
                .with("attributes", "+queue.type=BatchCQ"));
        ByteBuf body = Unpooled.buffer();
        element(body, "b0", "UNIQ_KEY\u0001K0\u0002");
        element(body, "b1", "UNIQ_KEY\u0001K1\u0002");
        FakeRequest send = broker.call(
                broker.send("Inner", 0, "", "UNIQ_KEY", "BATCH").with("m", true).body(ByteBufUtil.getBytes(body)));
        assertThat(send.replyField("batchUniqId")).isEqualTo("BATCH");
        assertThat(String.valueOf(send.replyField("msgId"))).doesNotContain(",");
        assertThat(pulled("Inner", 0)).extracting(Message::body).containsExactly("b0", "b1");
        FakeRequest old = broker.call(
                broker.send("Inner", 0, "").with("m", true).with("i", "").body(ByteBufUtil.getBytes(body)));
        assertThat(old.replyField("batchUniqId"))
                .as("a client that gives the batch no key")
                .isNull();
        assertThat(String.valueOf(old.replyField("msgId"))).contains(",");
    }

    private static void element(ByteBuf target, String body, String properties) {
        byte[] bodyBytes = body.getBytes(StandardCharsets.UTF_8);
        byte[] propertyBytes = properties.getBytes(StandardCharsets.UTF_8);
        target.writeInt(22 + bodyBytes.length + propertyBytes.length)
                .writeInt(0)
                .writeInt(0)
                .writeInt(0)
                .writeInt(bodyBytes.length)
                .writeBytes(bodyBytes)
                .writeShort(propertyBytes.length)
                .writeBytes(propertyBytes);
    }

    @Test
    void aBatchWithALyingLengthStoresNothing() {
        broker.call(broker.send("T", 0, "before"));
        ByteBuf body = Unpooled.buffer();
        element(body, "fine", "");
        element(body, "lies", "");
        int second = body.writerIndex() / 2;
        for (int[] lie : new int[][] {{0, Integer.MAX_VALUE}, {0, -1}, {0, 3}, {16, Integer.MAX_VALUE}, {16, -5}}) {
            ByteBuf copy = body.copy();
            copy.setInt(second + lie[0], lie[1]);
            FakeRequest send =
                    broker.call(broker.send("T", 0, "").with("m", true).body(ByteBufUtil.getBytes(copy)));
            assertThat(send.replyCode()).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        }
        assertThat(pulled("T", 0)).hasSize(1);
    }

    @Test
    void aFollowerNamesTheLeader() {
        broker.group().follow();
        FakeRequest send = broker.call(broker.send("T", 0, "x"));
        assertThat(send.replyCode()).isEqualTo(ResponseCode.SERVICE_NOT_AVAILABLE);
        assertThat(send.replyRemark()).contains("n1").contains("127.0.0.1:10912");
    }

    @Test
    void refusalsHaveTheirCodes() {
        broker.call(broker.send("T", 0, "x"));
        broker.group().refuse(Refusal.BUSY);
        FakeRequest busy = broker.call(broker.send("T", 0, "x"));
        assertThat(busy.replyCode()).isEqualTo(ResponseCode.SYSTEM_BUSY);
        assertThat(busy.replyRemark()).isEqualTo("[REJECTREQUEST]system busy, start flow control for a while");
        broker.group().refuse(Refusal.TRANSFERRING);
        assertThat(broker.call(broker.send("T", 0, "x")).replyCode()).isEqualTo(ResponseCode.SERVICE_NOT_AVAILABLE);
        broker.group().refuse(Refusal.DISK_FULL);
        FakeRequest full = broker.call(broker.send("T", 0, "x"));
        assertThat(full.replyCode()).isEqualTo(ResponseCode.SERVICE_NOT_AVAILABLE);
        assertThat(full.replyRemark()).contains("disk full");
    }

    @Test
    void lostLeadershipIsAnUnknownOutcomeAndQueueOffsetsStartOver() {
        broker.call(broker.send("T", 0, "kept"));
        broker.group().hold();
        FakeRequest lost = broker.call(broker.send("T", 0, "lost"));
        assertThat(lost.replied()).isFalse();
        broker.group().follow();
        broker.group().commitHeld();
        assertThat(lost.replyCode()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        broker.group().lead();
        assertThat(broker.call(broker.send("T", 0, "next")).replyNumber("queueOffset"))
                .isEqualTo(1);
        assertThat(pulled("T", 0)).extracting(Message::body).containsExactly("kept", "next");
    }

    @Test
    void badRequestsAreRefusedWithTheirCode() {
        broker.call(broker.send("T", 0, "x"));
        assertThat(code(broker.send("T", 0, "x").with("b", null))).isEqualTo(1);
        assertThat(code(broker.send("T", 0, "x").with("e", null))).isEqualTo(1);
        assertThat(code(broker.send("T", 0, "x").with("e", "seven"))).isEqualTo(1);
        assertThat(code(broker.send("T", 0, "x").with("f", null))).isEqualTo(1);
        assertThat(code(broker.send("T", 99, "x"))).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(code(broker.send("bad name", 0, "x"))).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(code(broker.send("x".repeat(128), 0, "x"))).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(code(broker.send("x".repeat(100_000), 0, "x"))).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(code(broker.send("SCHEDULE_TOPIC_XXXX", 0, "x"))).isEqualTo(ResponseCode.NO_PERMISSION);
        assertThat(code(broker.send("T", 0, "x".repeat((64 << 10) + 1)))).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(code(broker.send("T", 0, "x", "k", "v".repeat(40_000)))).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(code(broker.send("T", 0, "x", "TIMER_DELAY_SEC", "soon"))).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(pulled("T", 0)).hasSize(1);
    }

    @Test
    void aDelayLevelThatIsNoNumberIsRefusedAndANegativeOneIsNoDelay() {
        assertThat(broker.call(broker.send("T", 0, "x", "DELAY", "soon")).replyCode())
                .isEqualTo(1);
        assertThat(broker.call(broker.send("T", 0, "x", "DELAY", "-1")).replyCode())
                .isZero();
        assertThat(pulled("T", 0)).hasSize(1);
    }

    @Test
    void theFirstSendToATopicIsAnsweredOnceItsRouteIsPublished() {
        broker.parts().routes().watched(true);
        FakeRequest send = broker.begin(broker.send("New", 0, "x"));
        FakeRequest create = broker.begin(new FakeRequest(RequestCode.UPDATE_AND_CREATE_TOPIC)
                .with("topic", "Made")
                .with("readQueueNums", 4)
                .with("writeQueueNums", 4)
                .with("perm", 6));
        broker.group().settle();
        assertThat(broker.state().topics().find("New")).isNotNull();
        assertThat(send.replied()).isFalse();
        assertThat(create.replied()).isFalse();
        broker.parts().routes().published(broker.state().topics().version());
        broker.group().settle();
        assertThat(send.replyCode()).isZero();
        assertThat(create.replyCode()).isZero();
        assertThat(pulled("New", 0)).hasSize(1);
    }

    @Test
    void whatCouldOnlyBeHalfDoneIsRefusedWholeAndLeavesNoTopicBehind() {
        assertThat(code(broker.send("New", 0, "x", "TIMER_DELAY_SEC", "soon"))).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(code(broker.send("New", 0, "x".repeat((64 << 10) + 1)))).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(broker.state().topics().find("New")).isNull();
    }

    private int code(FakeRequest request) {
        return broker.call(request).replyCode();
    }

    @Test
    void malformedPropertiesAreHarmless() {
        for (String text :
                new String[] {"\u0001\u0002", "\u0002\u0002\u0002", "abc", "\u0001", "a\u0001\u0002", "a\u0001b"}) {
            assertThat(code(broker.send("T", 0, "x").with("i", text))).isZero();
        }
        assertThat(pulled("T", 0)).hasSize(6);
    }

    @Test
    void aNegativeQueueIsTheBrokersChoice() {
        FakeRequest send = broker.call(broker.send("T", -1, "x"));
        assertThat(send.replyCode()).isZero();
        assertThat(send.replyNumber("queueId")).isBetween(0L, 3L);
    }

    @Test
    void aTopicAbove127BytesIsStoredInTheWideForm() {
        String topic = "%RETRY%" + "g".repeat(200);
        assertThat(code(broker.send(topic, 0, "x"))).isZero();
        assertThat(pulled(topic, 0).get(0).topic()).isEqualTo(topic);
    }

    @Test
    void aMessageOfARetryTopicIsADeadLetterAfterTheLastAttempt() {
        broker.parts().metadata().putGroup(SubscriptionGroup.of("g"), refusal -> {});
        broker.group().settle();
        assertThat(code(broker.send("%RETRY%g", 0, "again").with("j", 3).with("l", 3)))
                .isZero();
        assertThat(code(broker.send("%RETRY%g", 0, "dead", "DELAY", "3")
                        .with("j", 4)
                        .with("l", 3)))
                .isZero();
        assertThat(pulled("%RETRY%g", 0)).extracting(Message::body).containsExactly("again");
        assertThat(pulled("%DLQ%g", 0)).extracting(Message::body).containsExactly("dead");
    }

    @Test
    void aRetryOfAGroupThatConsumesInOrderIsADeadLetterAtOnce() {
        broker.parts().metadata().putGroup(SubscriptionGroup.of("g"), refusal -> {});
        broker.group().settle();
        FakeRequest lock = new FakeRequest(RequestCode.LOCK_BATCH_MQ)
                .body(("{\"clientId\":\"c\",\"consumerGroup\":\"g\",\"mqSet\":[{\"brokerName\":\"broker-a\","
                                + "\"queueId\":0,\"topic\":\"T\"}]}")
                        .getBytes(StandardCharsets.UTF_8));
        assertThat(code(lock)).isZero();
        assertThat(code(broker.send("%RETRY%g", 0, "poison", "DELAY", "4")
                        .with("j", 1)
                        .with("l", 1)))
                .isZero();
        assertThat(pulled("%DLQ%g", 0)).extracting(Message::body).containsExactly("poison");
        broker.group().advance(61_000);
        assertThat(code(broker.send("%RETRY%g", 0, "again").with("j", 1).with("l", 1)))
                .isZero();
        assertThat(pulled("%RETRY%g", 0)).extracting(Message::body).containsExactly("again");
    }

    @Test
    void aTopicThatIsBeingDeletedTakesNothingAndComesBackEmpty() {
        broker.call(broker.send("T", 0, "old"));
        broker.parts().metadata().deleteTopic("T", refusal -> {});
        FakeRequest send = broker.begin(broker.send("T", 0, "new"));
        broker.group().settle();
        assertThat(send.replyCode()).isZero();
        assertThat(send.replyNumber("queueOffset")).isZero();
        assertThat(pulled("T", 0)).extracting(Message::body).containsExactly("new");
    }

    @Test
    void aMessageGivenBackIsRetriedLaterAndThenADeadLetter() {
        broker.call(broker.send("T", 0, "poison", "UNIQ_KEY", "K"));
        long position = pulled("T", 0).get(0).position();
        FakeRequest back = new FakeRequest(RequestCode.CONSUMER_SEND_MSG_BACK)
                .with("offset", position)
                .with("group", "g")
                .with("delayLevel", 1)
                .with("originMsgId", "ID")
                .with("originTopic", "T")
                .with("maxReconsumeTimes", 1);
        assertThat(broker.call(back).replyCode()).isZero();
        assertThat(pulled("%RETRY%g", 0)).isEmpty();
        broker.group().advance(2_000);
        List<Message> retried = pulled("%RETRY%g", 0);
        assertThat(retried).hasSize(1);
        assertThat(retried.get(0).reconsumeTimes()).isEqualTo(1);
        assertThat(retried.get(0).properties())
                .containsEntry("RETRY_TOPIC", "T")
                .containsEntry("ORIGIN_MESSAGE_ID", "ID")
                .containsEntry("UNIQ_KEY", "K")
                .doesNotContainKey("DELAY");
        FakeRequest again = new FakeRequest(RequestCode.CONSUMER_SEND_MSG_BACK)
                .with("offset", retried.get(0).position())
                .with("group", "g")
                .with("maxReconsumeTimes", 1);
        assertThat(broker.call(again).replyCode()).isZero();
        assertThat(pulled("%DLQ%g", 0)).extracting(Message::body).containsExactly("poison");
    }

    @Test
    void nothingIsGivenBackFromPositionsThatAreNoMessage() {
        broker.call(broker.send("T", 0, "x"));
        long position = pulled("T", 0).get(0).position();
        for (long wrong : new long[] {-1, 0, position + 1, position - 4, 1 << 20, Long.MAX_VALUE, Long.MIN_VALUE}) {
            FakeRequest back = new FakeRequest(RequestCode.CONSUMER_SEND_MSG_BACK)
                    .with("offset", wrong)
                    .with("group", "g");
            assertThat(broker.call(back).replyCode()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 2", "0, 0", "3, 3", "4, 3", "2147483647, 3", "-1, 1", "x, 1", "'', 1"})
    void aMessageWithAPriorityGoesToTheQueueOfThatNumberOrTheLast(String priority, int queue) {
        broker.topic("P", 4);
        FakeRequest send = broker.call(broker.send("P", 1, "m", "_SYS_MSG_PRIORITY_", priority));
        assertThat(send.replyCode()).isZero();
        assertThat(send.replyNumber("queueId")).isEqualTo(queue);
        assertThat(TestBroker.messages(broker.call(broker.pull("P", queue, 0)).replyBody()))
                .hasSize(1);
    }

    @Test
    void anOrderedOrDelayedMessageHasNoPriority() {
        broker.topic("P", 4);
        broker.call(broker.send("P", 1, "m", "_SYS_MSG_PRIORITY_", "3", "__SHARDINGKEY", "k", "a", "b"));
        Message stored = TestBroker.messages(broker.call(broker.pull("P", 1, 0)).replyBody())
                .get(0);
        assertThat(stored.properties()).containsEntry("a", "b").doesNotContainKey("_SYS_MSG_PRIORITY_");
    }

    @Test
    void aMessageOfALiteTopicIsRefused() {
        FakeRequest send = broker.call(broker.send("P", 1, "m", "__LITE_TOPIC", "lite"));
        assertThat(send.replyCode()).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(send.replyRemark()).contains("__LITE_TOPIC");
    }
}
