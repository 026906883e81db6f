package io.vledger.broker.pop;

import static io.vledger.broker.pop.PopClient.GROUP;
import static io.vledger.broker.pop.PopClient.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.vledger.api.group.Refusal;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.broker.pop.PopClient.Popped;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.testkit.fake.FakeRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PopTest {
    private static final String RETRY = "%RETRY%" + GROUP + "_" + TOPIC;

    private final TestBroker broker = TestBroker.leader();
    private final PopClient client = new PopClient(broker);

    @BeforeEach
    void topic() {
        broker.topic(TOPIC, 1);
    }

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private void send(int count) {
        for (int i = 0; i < count; i++) {
            assertThat(broker.call(broker.send(TOPIC, 0, "m" + i)).replyCode()).isZero();
        }
    }

    private static List<String> bodies(List<Popped> messages) {
        return messages.stream().map(Popped::body).toList();
    }

    @Test
    void messagesThatWerePoppedAreInvisibleUntilTheyAreAcknowledged() {
        send(5);
        List<Popped> first = client.pop(3, 10_000);
        assertThat(bodies(first)).containsExactly("m0", "m1", "m2");
        List<Popped> second = client.pop(3, 10_000);
        assertThat(bodies(second)).containsExactly("m3", "m4");
        assertThat(client.consumerOffset(0)).isZero();

        assertThat(client.ack(first.get(0))).isZero();
        assertThat(client.consumerOffset(0)).isEqualTo(1);
        assertThat(client.ack(first.get(2))).isZero();
        assertThat(client.consumerOffset(0)).isEqualTo(1);
        assertThat(client.ack(first.get(1))).isZero();
        assertThat(client.consumerOffset(0)).isEqualTo(3);
        assertThat(broker.call(client.batchAckRequest(second)).replyCode()).isZero();
        assertThat(client.consumerOffset(0)).isEqualTo(5);

        broker.group().advance(60_000);
        assertThat(client.pop(32, 10_000)).isEmpty();
        assertThat(broker.state().topics().find(RETRY)).isNull();
    }

    @Test
    void anAnswerLeavesOnlyAfterTheTakeAndTheAcknowledgementAreCommitted() {
        send(2);
        broker.group().hold();
        FakeRequest pop = broker.call(client.popRequest(-1, 1, 10_000, 0));
        assertThat(pop.replied()).isFalse();
        broker.group().commitHeld();
        Popped message = PopClient.read(pop).get(0);

        broker.group().hold();
        FakeRequest ack = broker.call(client.ackRequest(message));
        assertThat(ack.replied()).isFalse();
        broker.group().commitHeld();
        assertThat(ack.replyCode()).isZero();
    }

    @Test
    void popsOfOneTurnShareAnEntryAndNoMessage() {
        send(4);
        client.pop(1, 10_000);
        int before = broker.group().applied().size();
        FakeRequest first = broker.begin(client.popRequest(-1, 2, 10_000, 0));
        FakeRequest second = broker.begin(client.popRequest(-1, 2, 10_000, 0));
        broker.group().settle();
        assertThat(bodies(PopClient.read(first))).containsExactly("m1", "m2");
        assertThat(bodies(PopClient.read(second))).containsExactly("m3");
        assertThat(broker.group()
                        .applied()
                        .subList(before, broker.group().applied().size()))
                .hasSize(1);
    }

    @Test
    void whatComesWhileAnEntryIsUnderWaySharesTheNext() {
        send(3);
        client.pop(1, 10_000);
        int before = broker.group().applied().size();
        broker.group().hold();
        FakeRequest first = broker.call(client.popRequest(-1, 1, 10_000, 0));
        FakeRequest second = broker.call(client.popRequest(-1, 1, 10_000, 0));
        FakeRequest none = broker.call(client.popRequest(-1, 1, 10_000, 0));
        assertThat(broker.group().pendingEntries()).isEqualTo(1);
        broker.group().commitHeld();
        broker.group().settle();
        assertThat(bodies(PopClient.read(first))).containsExactly("m1");
        assertThat(bodies(PopClient.read(second))).containsExactly("m2");
        assertThat(none.replyCode()).isEqualTo(ResponseCode.POLLING_TIMEOUT);
        assertThat(broker.group().applied()).hasSize(before + 2);
    }

    @Test
    void entriesKeepADistanceWhereManyAskAndNotWhereOneDoes() {
        send(10);
        client.pop(1, 10_000);
        client.pop(1, 10_000);
        List<FakeRequest> many = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            many.add(broker.begin(client.popRequest(-1, 1, 10_000, 0)));
        }
        broker.group().settle();
        assertThat(many).allMatch(FakeRequest::replied);
        FakeRequest next = broker.call(client.popRequest(-1, 1, 10_000, 0));
        assertThat(next.replied()).isFalse();
        broker.group().advance(EntryPace.LONGEST_MS);
        assertThat(bodies(PopClient.read(next))).containsExactly("m8");
    }

    @Test
    void thoseWhoWereAnsweredAreTheNextEntryAsSoonAsTheyAreBack() {
        send(50);
        List<FakeRequest> first = pops(6);
        broker.group().settle();
        assertThat(first).allMatch(FakeRequest::replied);
        List<FakeRequest> again = pops(5);
        broker.group().settle();
        assertThat(again).noneMatch(FakeRequest::replied);
        again.addAll(pops(1));
        broker.group().settle();
        assertThat(again).allMatch(FakeRequest::replied);
    }

    @Test
    void consumersThatTakeTurnsWithEachOtherFallIntoStep() {
        send(50);
        client.pop(1, 10_000);
        int before = broker.group().applied().size();
        broker.group().hold();
        List<FakeRequest> some = pops(6);
        broker.group().settle();
        List<FakeRequest> others = pops(7);
        broker.group().commitHeld();
        assertThat(some).allMatch(FakeRequest::replied);
        assertThat(others).noneMatch(FakeRequest::replied);
        some = pops(6);
        broker.group().settle();
        assertThat(some).allMatch(FakeRequest::replied);
        assertThat(others).allMatch(FakeRequest::replied);
        assertThat(broker.group().applied()).hasSize(before + 2);
    }

    private List<FakeRequest> pops(int count) {
        List<FakeRequest> pops = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pops.add(broker.begin(client.popRequest(-1, 1, 10_000, 0)));
        }
        return pops;
    }

    @Test
    void whatIsNotAcknowledgedInTimeComesBackFromTheRetryTopicOnce() {
        send(3);
        List<Popped> first = client.pop(32, 10_000);
        client.ack(first.get(1));
        broker.group().advance(9_900);
        assertThat(client.pop(32, 10_000)).isEmpty();
        broker.group().advance(200);

        List<Popped> again = client.pop(32, 10_000);
        assertThat(bodies(again)).containsExactly("m0", "m2");
        assertThat(again).allMatch(message -> message.reconsumeTimes() == 1);
        assertThat(again).allMatch(message -> message.realTopic().equals(RETRY));
        assertThat(client.consumerOffset(0)).isEqualTo(3);
        assertThat(client.ack(first.get(0))).isEqualTo(ResponseCode.NO_MESSAGE);
        again.forEach(message -> assertThat(client.ack(message)).isZero());
        broker.group().advance(60_000);
        assertThat(client.pop(32, 10_000)).isEmpty();
        assertThat(broker.state().offsets().find(GROUP, RETRY, 0)).isEqualTo(2);
    }

    @Test
    void aMessageThatFailedTooOftenIsADeadLetter() {
        send(1);
        int deliveries = 0;
        for (List<Popped> popped = client.pop(1, 1_000); !popped.isEmpty(); popped = client.pop(1, 1_000)) {
            assertThat(popped.get(0).reconsumeTimes()).isEqualTo(deliveries);
            deliveries++;
            broker.group().advance(1_200);
        }
        assertThat(deliveries).isEqualTo(17);
        FakeRequest dead = broker.call(broker.pull("%DLQ%" + GROUP, 0, 0));
        assertThat(TestBroker.messages(dead.replyBody()))
                .singleElement()
                .satisfies(message -> assertThat(message.properties()).containsEntry("RETRY_TOPIC", TOPIC));
    }

    @Test
    void aChangedInvisibleTimeCountsFromNowAndVoidsTheOldReceipt() {
        send(2);
        List<Popped> popped = client.pop(2, 10_000);
        broker.group().advance(5_000);
        Popped later = client.change(popped.get(0), 30_000);
        assertThat(client.ack(popped.get(0))).isEqualTo(ResponseCode.NO_MESSAGE);
        Popped again = client.change(later, 30_000);
        assertThat(broker.call(client.changeRequest(later, 1)).replyCode()).isEqualTo(ResponseCode.NO_MESSAGE);
        broker.group().advance(6_000);
        assertThat(bodies(client.pop(32, 60_000))).containsExactly("m1");
        assertThat(client.ack(again)).isZero();
        broker.group().advance(30_000);
        assertThat(client.pop(32, 10_000)).isEmpty();
    }

    @Test
    void anOldReceiptOfAMessageThatWasGivenBackAndTriedAgainSaysNothing() {
        send(2);
        List<Popped> popped = client.pop(2, 10_000);
        client.change(popped.get(0), 1);
        broker.group().advance(200);
        byte[] snapshot = broker.snapshot();
        broker.group().follow();
        broker.state().restore(Unpooled.wrappedBuffer(snapshot));
        broker.group().lead();
        assertThat(client.ack(popped.get(0))).isEqualTo(ResponseCode.NO_MESSAGE);
        assertThat(bodies(client.pop(2, 10_000))).containsExactly("m0");
        assertThat(client.ack(popped.get(0))).isEqualTo(ResponseCode.NO_MESSAGE);
        assertThat(client.ack(popped.get(1))).isZero();
        assertThat(client.ack(popped.get(1)))
                .as("this one cannot have come back")
                .isZero();
    }

    @Test
    void aRepeatedAcknowledgementIsAnsweredLikeTheFirstAlsoBesideWhatWasGivenBack() {
        send(3);
        List<Popped> popped = client.pop(3, 60_000);
        Popped sooner = client.change(popped.get(0), 20_000);
        Popped later = client.change(sooner, 40_000);
        for (int i = 0; i < 2; i++) {
            assertThat(client.ack(popped.get(0))).isEqualTo(ResponseCode.NO_MESSAGE);
            assertThat(client.ack(later)).isZero();
            assertThat(client.ack(popped.get(1))).isZero();
            byte[] snapshot = broker.snapshot();
            broker.group().follow();
            broker.state().restore(Unpooled.wrappedBuffer(snapshot));
            broker.group().lead();
        }
        assertThat(client.ack(popped.get(2))).isZero();
        broker.group().advance(120_000);
        assertThat(client.pop(3, 10_000)).isEmpty();
    }

    @Test
    void aMessageWhoseAcknowledgementIsRefusedWhenItsTimeEndsComesBack() {
        send(2);
        List<Popped> popped = client.pop(2, 10_000);
        broker.group().hold();
        FakeRequest kept = broker.call(client.ackRequest(popped.get(1)));
        FakeRequest refused = broker.call(client.ackRequest(popped.get(0)));
        broker.group().advance(10_200);
        broker.group().refuse(Refusal.DISK_FULL);
        broker.group().commitHeld();
        assertThat(kept.replyCode()).isZero();
        assertThat(refused.replyCode()).isEqualTo(ResponseCode.SERVICE_NOT_AVAILABLE);
        broker.group().refuse(null);
        broker.group().advance(1_200);
        assertThat(bodies(client.pop(2, 10_000))).containsExactly("m0");
    }

    @Test
    void aMessageThatIsSuspendedCountsNoTryMore() {
        send(2);
        List<Popped> popped = client.pop(2, 10_000);
        FakeRequest suspended = client.changeRequest(popped.get(0), 100).with("suspend", true);
        assertThat(broker.call(suspended).replyCode()).isZero();
        client.change(popped.get(1), 100);
        byte[] snapshot = broker.snapshot();
        broker.group().follow();
        broker.state().restore(Unpooled.wrappedBuffer(snapshot));
        broker.group().lead();
        broker.group().advance(300);
        List<Popped> again = client.pop(2, 10_000);
        assertThat(bodies(again)).containsExactly("m0", "m1");
        assertThat(again.stream().map(Popped::reconsumeTimes)).containsExactly(0, 1);
    }

    @Test
    void aReceiptThatIsNotTheCurrentOneChangesNothing() {
        send(2);
        Popped message = client.pop(1, 10_000).get(0);
        assertThat(broker.call(client.ackRequest(message).with("offset", 1)).replyCode())
                .isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(broker.call(client.ackRequest(message).with("queueId", 7)).replyCode())
                .isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(broker.call(client.ackRequest(message).with("topic", "nothing"))
                        .replyCode())
                .isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        assertThat(broker.call(client.ackRequest(message).with("offset", 99)).replyCode())
                .isEqualTo(ResponseCode.NO_MESSAGE);
        assertThat(broker.call(client.ackRequest(message).with("extraInfo", "nonsense"))
                        .replyCode())
                .isEqualTo(ResponseCode.SYSTEM_ERROR);
        String forged = message.receipt().replace(" " + message.popMs() + " ", " " + (message.popMs() + 1) + " ");
        assertThat(broker.call(client.ackRequest(message).with("extraInfo", forged))
                        .replyCode())
                .isEqualTo(ResponseCode.NO_MESSAGE);
        assertThat(broker.call(client.ackRequest(message).with("consumerGroup", "others"))
                        .replyCode())
                .isEqualTo(ResponseCode.NO_MESSAGE);
        assertThat(broker.call(new FakeRequest(RequestCode.BATCH_ACK_MESSAGE)).replyCode())
                .isEqualTo(ResponseCode.NO_MESSAGE);

        assertThat(client.consumerOffset(0)).isZero();
        assertThat(client.ack(message)).isZero();
        assertThat(client.ack(message)).as("a repeated acknowledgement").isZero();
        assertThat(client.consumerOffset(0)).isEqualTo(1);
    }

    @Test
    void aPopWaitsForAMessageAndIsAnsweredWhenItsTimeIsOver() {
        FakeRequest first = broker.call(client.popRequest(-1, 32, 60_000, 15_000));
        FakeRequest second = broker.call(client.popRequest(0, 32, 10_000, 15_000));
        FakeRequest notice = broker.call(new FakeRequest(RequestCode.POLLING_INFO)
                .with("consumerGroup", GROUP)
                .with("topic", TOPIC)
                .with("queueId", 0));
        assertThat(notice.replyNumber("pollingNum")).isEqualTo(1);
        send(1);
        assertThat(bodies(PopClient.read(first))).containsExactly("m0");
        assertThat(second.replied()).isFalse();
        broker.group().advance(15_000);
        assertThat(second.replyCode()).isEqualTo(ResponseCode.POLLING_TIMEOUT);
    }

    @Test
    void aWaitingPopGetsWhatComesBackToTheRetryTopic() {
        send(1);
        client.pop(1, 5_000);
        FakeRequest waiting = broker.call(client.popRequest(0, 32, 10_000, 15_000));
        broker.group().advance(5_200);
        assertThat(bodies(PopClient.read(waiting))).containsExactly("m0");
    }

    @Test
    void whatIsInFlightSurvivesAChangeOfLeaderAndASnapshot() {
        send(3);
        List<Popped> popped = client.pop(2, 10_000);
        client.ack(popped.get(0));
        byte[] snapshot = broker.snapshot();
        broker.group().follow();
        broker.state().restore(Unpooled.wrappedBuffer(snapshot));
        assertThat(broker.snapshot()).isEqualTo(snapshot);
        broker.group().lead();

        assertThat(bodies(client.pop(32, 30_000))).containsExactly("m2");
        broker.group().advance(10_200);
        List<Popped> again = client.pop(32, 10_000);
        assertThat(bodies(again)).containsExactly("m1");
        assertThat(client.ack(popped.get(1))).isEqualTo(ResponseCode.NO_MESSAGE);
    }

    @Test
    void messagesThatTheFilterDoesNotSelectArePassedOver() {
        broker.call(broker.send(TOPIC, 0, "x", "TAGS", "a"));
        broker.call(broker.send(TOPIC, 0, "y", "TAGS", "b"));
        broker.call(broker.send(TOPIC, 0, "z", "TAGS", "a"));
        FakeRequest wrong = broker.call(
                client.popRequest(-1, 32, 10_000, 0).with("exp", "a").with("expType", "C"));
        assertThat(wrong.replyCode()).isEqualTo(ResponseCode.SUBSCRIPTION_PARSE_FAILED);
        List<Popped> popped = PopClient.read(broker.call(
                client.popRequest(-1, 32, 10_000, 0).with("exp", "b").with("expType", "TAG")));
        assertThat(bodies(popped)).containsExactly("y");
        assertThat(client.consumerOffset(0)).isEqualTo(1);
        client.ack(popped.get(0));
        assertThat(client.consumerOffset(0)).isEqualTo(3);
    }

    @Test
    void aToolThatSendsTheGroupBackMakesMessagesVisibleAgain() {
        send(3);
        List<Popped> popped = client.pop(3, 10_000);
        broker.parts().resets().set(GROUP, TOPIC, Map.of(0, 1L), true, outcome -> {});
        broker.group().settle();
        assertThat(bodies(client.pop(32, 10_000))).containsExactly("m1", "m2");
        assertThat(client.ack(popped.get(1))).isEqualTo(ResponseCode.NO_MESSAGE);
    }

    @Test
    void aPopThatAnotherChangeOfItsTurnComesBeforeLooksAgain() {
        send(4);
        client.pop(2, 10_000);
        broker.parts().resets().set(GROUP, TOPIC, Map.of(0, 1L), true, outcome -> {});
        FakeRequest pop = broker.begin(client.popRequest(-1, 2, 10_000, 0));
        broker.group().settle();
        assertThat(bodies(PopClient.read(pop))).containsExactly("m1", "m2");
    }

    @Test
    void peekAndNotificationShowMessagesWithoutGivingThem() {
        FakeRequest waits = broker.call(notification(15_000));
        assertThat(waits.replied()).isFalse();
        send(2);
        assertThat(waits.replyField("hasMsg")).isEqualTo("true");
        FakeRequest peek = broker.call(new FakeRequest(RequestCode.PEEK_MESSAGE)
                .with("consumerGroup", GROUP)
                .with("topic", TOPIC)
                .with("queueId", -1)
                .with("maxMsgNums", 1));
        assertThat(TestBroker.messages(peek.replyBody()))
                .singleElement()
                .satisfies(message -> assertThat(message.body()).isEqualTo("m0"));
        assertThat(bodies(client.pop(32, 10_000))).containsExactly("m0", "m1");
        assertThat(broker.call(notification(0)).replyField("hasMsg")).isEqualTo("false");
    }

    private FakeRequest notification(long pollMs) {
        return new FakeRequest(RequestCode.NOTIFICATION)
                .with("consumerGroup", GROUP)
                .with("topic", TOPIC)
                .with("queueId", -1)
                .with("pollTime", pollMs)
                .with("bornTime", broker.group().nowMs());
    }

    @Test
    void theNewerNameOfRetryTopicsIsUsedAndTheOlderStillRead() throws Exception {
        try (TestBroker newer = TestBroker.leader(new GroupConfig.Pop(true, false, -1, true, 1))) {
            PopClient other = new PopClient(newer);
            newer.topic(TOPIC, 1);
            newer.topic(RETRY, 1);
            newer.call(newer.send(TOPIC, 0, "m0"));
            newer.message(RETRY, 0, "old", "");
            List<String> seen = new ArrayList<>();
            for (int i = 0; i < 6 && seen.size() < 2; i++) {
                other.pop(32, 1_000).forEach(message -> {
                    seen.add(message.realTopic());
                    if (message.body().equals("old")) {
                        assertThat(other.ack(message)).isZero();
                    }
                });
            }
            assertThat(seen).containsExactlyInAnyOrder(TOPIC, RETRY);
            newer.group().advance(1_200);
            List<Popped> again = other.pop(32, 1_000);
            again.addAll(other.pop(32, 1_000));
            assertThat(again)
                    .singleElement()
                    .satisfies(message -> assertThat(message.realTopic()).isEqualTo("%RETRY%" + GROUP + "+" + TOPIC))
                    .satisfies(message -> assertThat(other.ack(message)).isZero());
        }
    }

    @Test
    void aTopicThatIsDeletedTakesItsRetryTopicAlong() {
        send(1);
        client.pop(1, 1_000);
        broker.group().advance(1_200);
        assertThat(broker.state().topics().find(RETRY)).isNotNull();
        assertThat(broker.call(new FakeRequest(RequestCode.DELETE_TOPIC_IN_BROKER).with("topic", TOPIC))
                        .replyCode())
                .isZero();
        assertThat(broker.state().topics().find(RETRY)).isNull();
        broker.topic(TOPIC, 1);
        send(1);
        assertThat(bodies(client.pop(1, 1_000))).containsExactly("m0");
    }

    @Test
    void moreThanMayBeInFlightOfAQueueIsNotGivenOut() throws Exception {
        try (TestBroker bounded = TestBroker.leader(new GroupConfig.Pop(false, false, -1, true, 2))) {
            PopClient other = new PopClient(bounded);
            bounded.topic(TOPIC, 1);
            for (int i = 0; i < 4; i++) {
                bounded.call(bounded.send(TOPIC, 0, "m" + i));
            }
            List<Popped> first = other.pop(2, 10_000);
            assertThat(first).hasSize(2);
            FakeRequest waiting = bounded.call(other.popRequest(-1, 2, 10_000, 15_000));
            assertThat(waiting.replied()).isFalse();
            assertThat(other.ack(first.get(0))).isZero();
            assertThat(bodies(PopClient.read(waiting))).containsExactly("m2", "m3");
        }
    }

    @Test
    void badPopsAreRefusedWithRocketmqsCodes() {
        assertThat(broker.call(client.popRequest(-1, 33, 1, 0)).replyCode()).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(broker.call(client.popRequest(5, 1, 1, 0)).replyCode()).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(broker.call(client.popRequest(0, 1, 1, 0).with("topic", "none"))
                        .replyCode())
                .isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        FakeRequest late = client.popRequest(0, 1, 1, 1_000)
                .with("bornTime", broker.group().nowMs() - 2_000);
        assertThat(broker.call(late).replyCode()).isEqualTo(ResponseCode.POLLING_TIMEOUT);
    }
}
