package io.vledger.broker.pull;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.store.QueueIndex;
import io.vledger.broker.testing.TestBroker;
import io.vledger.broker.testing.TestBroker.Message;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PullHandlerTest {
    private TestBroker broker = TestBroker.leader();

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private void send(int count, String... properties) {
        for (int i = 0; i < count; i++) {
            assertThat(broker.call(broker.send("T", 0, "m" + i, properties)).replyCode())
                    .isZero();
        }
    }

    @Test
    void aPullIsRedirectedToAResetOffsetUntilAClientHasMoved() {
        for (int i = 0; i < 5; i++) {
            broker.call(broker.send("T", 0, "m" + i));
        }
        heartbeat();
        FakeRequest waiting = broker.begin(broker.longPull("T", 0, 5));
        broker.group().settle();
        assertThat(waiting.replied()).isFalse();
        FakeRequest reset = broker.call(new FakeRequest(RequestCode.INVOKE_BROKER_TO_RESET_OFFSET)
                .with("topic", "T")
                .with("group", "consumers")
                .with("timestamp", 0)
                .with("queueId", 0)
                .with("offset", 2));
        assertThat(reset.replyCode()).as(reset.replyRemark()).isZero();
        // It does not wait until the next message comes, and a client that does not heed it is sent there again.
        for (FakeRequest pull : List.of(waiting, broker.call(broker.pull("T", 0, 5)))) {
            assertThat(pull.replyCode()).isEqualTo(ResponseCode.PULL_OFFSET_MOVED);
            assertThat(pull.replyNumber("nextBeginOffset")).isEqualTo(2);
            assertThat(pull.replyNumber("maxOffset")).isEqualTo(5);
        }
        // A pull that carries what it held before commits nothing.
        broker.call(broker.pull("T", 0, 5).with("sysFlag", 5).with("commitOffset", 5));
        broker.group().advance(1_000);
        assertThat(broker.state().offsets().find("consumers", "T", 0)).isEqualTo(2);
        // The next leader does the same.
        broker.group().follow();
        broker.group().lead();
        assertThat(broker.call(broker.pull("T", 0, 5)).replyCode()).isEqualTo(ResponseCode.PULL_OFFSET_MOVED);
        assertThat(broker.call(broker.pull("T", 1, 0)).replyCode()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
        FakeRequest arrived = broker.call(broker.pull("T", 0, 2));
        assertThat(TestBroker.messages(arrived.replyBody())).hasSize(3);
        broker.group().settle();
        assertThat(broker.state().resets().find("consumers", "T", 0)).isEqualTo(-1);
        broker.call(broker.pull("T", 0, 5).with("sysFlag", 5).with("commitOffset", 5));
        broker.group().advance(1_000);
        assertThat(broker.state().offsets().find("consumers", "T", 0)).isEqualTo(5);
    }

    private void heartbeat() {
        broker.call(new FakeRequest(RequestCode.HEART_BEAT)
                .body(("{\"clientID\":\"c\",\"consumerDataSet\":[{\"groupName\":\"consumers\",\"subscriptionDataSet\":"
                                + "[{\"topic\":\"T\",\"subString\":\"*\",\"subVersion\":1}]}],\"producerDataSet\":[]}")
                        .getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void whatAPullGivesOutIsKnownAsPulled() {
        broker.call(broker.send("T", 0, "one", "TAGS", "a"));
        broker.call(broker.send("T", 0, "two", "TAGS", "b"));
        broker.call(broker.send("T", 0, "three", "TAGS", "b"));
        broker.call(broker.pull("T", 0, 0).with("maxMsgNums", 1));
        assertThat(pulledTo()).isEqualTo(1);
        // Passing over what a group does not want counts too, an empty answer does not.
        broker.call(broker.pull("T", 0, 1).with("subscription", "a"));
        assertThat(pulledTo()).isEqualTo(3);
        broker.call(broker.pull("T", 0, 3));
        assertThat(pulledTo()).isEqualTo(3);
    }

    private long pulledTo() {
        return broker.parts()
                .traffic()
                .outByTopicAndGroup()
                .values()
                .iterator()
                .next()
                .pulledTo(0);
    }

    @Test
    void theAnswerNamesTheNextOffset() {
        send(5);
        FakeRequest pull = broker.call(broker.pull("T", 0, 2).with("maxMsgNums", 2));
        assertThat(pull.replyCode()).isZero();
        assertThat(pull.replyRemark()).isEqualTo("FOUND");
        assertThat(pull.replyNumber("nextBeginOffset")).isEqualTo(4);
        assertThat(pull.replyNumber("minOffset")).isZero();
        assertThat(pull.replyNumber("maxOffset")).isEqualTo(5);
        assertThat(pull.replyNumber("suggestWhichBrokerId")).isZero();
        assertThat(TestBroker.messages(pull.replyBody()))
                .extracting(Message::queueOffset)
                .containsExactly(2L, 3L);
    }

    @Test
    void aUnitThatPointsToAnotherMessageIsRefusedAndThoseBeforeItAreNot() throws Exception {
        send(3);
        QueueIndex.QueueLog units = requireNonNull(
                        requireNonNull(broker.state().topics().find("T")).queue(0))
                .log();
        long[] first = new long[2];
        units.read(0, 1, (queueOffset, position, size, tagsCode) -> {
            first[0] = position;
            first[1] = size;
            return false;
        });
        units.append(3, first[0], (int) first[1], 0);
        FakeRequest together = broker.call(broker.pull("T", 0, 1));
        assertThat(TestBroker.messages(together.replyBody()))
                .extracting(Message::queueOffset)
                .containsExactly(1L);
        FakeRequest alone = broker.call(broker.pull("T", 0, 3));
        assertThat(alone.replyCode()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(alone.replyRemark()).contains("queue offset 3 of queue 0 of topic T cannot be read");
    }

    @Test
    void anAnswerIsBoundedInBytesButHoldsOneMessage() {
        send(3);
        FakeRequest pull = broker.call(broker.pull("T", 0, 0).with("maxMsgBytes", 100));
        assertThat(TestBroker.messages(pull.replyBody())).hasSize(1);
        assertThat(pull.replyNumber("nextBeginOffset")).isEqualTo(1);
    }

    @Test
    void tagsThatAreNotWantedAreSkipped() {
        send(2, "TAGS", "a");
        send(2, "TAGS", "b");
        send(1);
        FakeRequest pull = broker.call(broker.pull("T", 0, 0).with("subscription", "b || c"));
        assertThat(TestBroker.messages(pull.replyBody()))
                .extracting(Message::queueOffset)
                .containsExactly(2L, 3L);
        assertThat(pull.replyNumber("nextBeginOffset")).isEqualTo(5);
        FakeRequest none = broker.call(broker.pull("T", 0, 0).with("subscription", "zzz"));
        assertThat(none.replyCode()).isEqualTo(ResponseCode.PULL_RETRY_IMMEDIATELY);
        assertThat(none.replyNumber("nextBeginOffset")).isEqualTo(5);
    }

    @Test
    void offsetsOutsideAreCorrectedByALeader() {
        send(3);
        FakeRequest beyond = broker.call(broker.pull("T", 0, 9));
        assertThat(beyond.replyCode()).isEqualTo(ResponseCode.PULL_OFFSET_MOVED);
        assertThat(beyond.replyNumber("nextBeginOffset")).isEqualTo(3);
        FakeRequest before = broker.call(broker.pull("T", 0, -1));
        assertThat(before.replyCode()).isEqualTo(ResponseCode.PULL_OFFSET_MOVED);
        assertThat(before.replyNumber("nextBeginOffset")).isZero();
        FakeRequest end = broker.call(broker.pull("T", 0, 3));
        assertThat(end.replyCode()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
        FakeRequest empty = broker.call(broker.pull("T", 1, 4));
        assertThat(empty.replyCode()).isEqualTo(ResponseCode.PULL_OFFSET_MOVED);
        assertThat(empty.replyNumber("nextBeginOffset")).isZero();
    }

    @Test
    void aFollowerServesWhatItAppliedAndNeverCorrects() {
        send(3);
        broker.group().follow();
        assertThat(TestBroker.messages(broker.call(broker.pull("T", 0, 0)).replyBody()))
                .hasSize(3);
        FakeRequest beyond = broker.call(broker.pull("T", 0, 9));
        assertThat(beyond.replyCode()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
        assertThat(beyond.replyNumber("nextBeginOffset")).isEqualTo(9);
        FakeRequest empty = broker.call(broker.pull("T", 1, 4));
        assertThat(empty.replyCode()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
        assertThat(empty.replyNumber("nextBeginOffset")).isEqualTo(4);
    }

    @Test
    void aLongPullWaitsForTheNextMessage() {
        send(1);
        FakeRequest pull = broker.call(broker.longPull("T", 0, 1));
        assertThat(pull.replied()).isFalse();
        broker.call(broker.send("T", 1, "other queue"));
        assertThat(pull.replied()).isFalse();
        broker.call(broker.send("T", 0, "wanted"));
        assertThat(TestBroker.messages(pull.replyBody()))
                .extracting(Message::body)
                .containsExactly("wanted");
    }

    @Test
    void aLongPullSleepsThroughTagsThatItDoesNotWant() {
        send(1);
        FakeRequest pull = broker.call(broker.longPull("T", 0, 1).with("subscription", "a"));
        broker.call(broker.send("T", 0, "b", "TAGS", "b"));
        assertThat(pull.replied()).isFalse();
        broker.call(broker.send("T", 0, "a", "TAGS", "a"));
        assertThat(TestBroker.messages(pull.replyBody()))
                .extracting(Message::body)
                .containsExactly("a");
        assertThat(pull.replyNumber("nextBeginOffset")).isEqualTo(3);
    }

    /** So many messages are delivered that others gather from now on. */
    private void deliverMany() {
        send(32);
        for (int i = 0; i < 16; i++) {
            broker.call(broker.pull("T", 0, 0));
        }
    }

    @Test
    void messagesGatherForAMomentWhereManyAreDelivered() {
        deliverMany();
        FakeRequest waiting = broker.begin(broker.longPull("T", 0, 32));
        send(1);
        // One that comes for what is there already waits with it, but one that would not wait is answered.
        FakeRequest another = broker.begin(broker.longPull("T", 0, 32));
        broker.group().settle();
        assertThat(waiting.replied()).isFalse();
        assertThat(another.replied()).isFalse();
        assertThat(broker.call(broker.pull("T", 0, 32)).replyCode()).isZero();
        send(1);
        broker.group().advance(4);
        for (FakeRequest pull : List.of(waiting, another)) {
            assertThat(TestBroker.messages(pull.replyBody())).hasSize(2);
        }
    }

    @Test
    void theMoreIsDeliveredToThoseWhoWaitTheLongerMessagesGather() {
        deliverMany();
        // 3,200 messages within a window, to pulls that waited.
        List<FakeRequest> waiting = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            waiting.add(broker.begin(broker.longPull("T", 0, 32)));
        }
        send(32);
        assertThat(waiting).allMatch(FakeRequest::replied);
        broker.group().advance(4);
        FakeRequest next = broker.begin(broker.longPull("T", 0, 64));
        send(1);
        broker.group().advance(11);
        assertThat(next.replied()).isFalse();
        broker.group().advance(1);
        assertThat(next.replied()).isTrue();
    }

    @Test
    void aFullAnswerDoesNotWaitForMore() {
        deliverMany();
        FakeRequest waiting = broker.begin(broker.longPull("T", 0, 32));
        send(31);
        broker.group().settle();
        assertThat(waiting.replied()).isFalse();
        send(1);
        assertThat(TestBroker.messages(waiting.replyBody())).hasSize(32);
        FakeRequest behind = broker.call(broker.longPull("T", 0, 0));
        assertThat(TestBroker.messages(behind.replyBody())).hasSize(32);
    }

    @Test
    void messagesGatherNoMoreOnceFewAreDelivered() {
        deliverMany();
        broker.group().advance(200);
        FakeRequest waiting = broker.begin(broker.longPull("T", 0, 32));
        send(1);
        assertThat(TestBroker.messages(waiting.replyBody())).hasSize(1);
    }

    @Test
    void aLongPullEndsInTime() {
        send(1);
        FakeRequest nothing = broker.call(broker.longPull("T", 0, 1));
        FakeRequest skipped = broker.call(broker.longPull("T", 0, 1).with("subscription", "a"));
        broker.call(broker.send("T", 1, "elsewhere"));
        broker.group().advance(14_000);
        assertThat(nothing.replied()).isFalse();
        broker.group().advance(1_500);
        assertThat(nothing.replyCode()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
        assertThat(nothing.replyNumber("nextBeginOffset")).isEqualTo(1);
        assertThat(skipped.replyCode()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
    }

    @Test
    void longPullsOfASecondEndTogetherAndShortOnesByThemselves() {
        send(1);
        List<FakeRequest> within = new ArrayList<>();
        broker.group().advance(1_000 - Math.floorMod(broker.group().nowMs(), 1_000L) + 1);
        for (int i = 0; i < 9; i++) {
            within.add(broker.call(broker.longPull("T", 0, 1)));
            broker.group().advance(100);
        }
        FakeRequest brief = broker.call(broker.longPull("T", 0, 1).with("suspendTimeoutMillis", 300));
        broker.group().advance(400);
        assertThat(brief.replied()).isTrue();
        broker.group().advance(15_000 - 400 - 1_000);
        int steps = 0;
        while (!within.get(8).replied()) {
            assertThat(within).noneMatch(FakeRequest::replied);
            assertThat(++steps).isLessThan(2_000);
            broker.group().advance(1);
        }
        assertThat(within).allMatch(FakeRequest::replied);
    }

    @Test
    void aLongPullThatSkippedMessagesAnswersTheNextOffset() {
        send(1);
        FakeRequest pull = broker.call(broker.longPull("T", 0, 1).with("subscription", "a"));
        broker.call(broker.send("T", 0, "b", "TAGS", "b"));
        broker.group().advance(16_000);
        assertThat(pull.replyCode()).isEqualTo(ResponseCode.PULL_RETRY_IMMEDIATELY);
        assertThat(pull.replyNumber("nextBeginOffset")).isEqualTo(2);
    }

    @Test
    void waitingEndsWithLeadership() {
        send(1);
        FakeRequest pull = broker.call(broker.longPull("T", 0, 1));
        broker.group().follow();
        assertThat(pull.replyCode()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
    }

    @Test
    void waitingEndsWithAMemberThatDidNotLeadToo() {
        send(1);
        broker.group().follow();
        FakeRequest pull = broker.call(broker.longPull("T", 0, 1));
        assertThat(pull.replied()).isFalse();
        broker.group().end();
        assertThat(pull.replyCode()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
    }

    @Test
    void waitingEndsWithTheTopic() {
        send(1);
        FakeRequest pull = broker.call(broker.longPull("T", 0, 1));
        broker.parts().metadata().deleteTopic("T", refusal -> {});
        broker.group().settle();
        assertThat(pull.replyCode()).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
    }

    @Test
    void aClosedConnectionIsNotAnswered() {
        send(1);
        FakeConnection connection = new FakeConnection();
        FakeRequest pull = broker.call(broker.longPull("T", 0, 1).on(connection));
        connection.close();
        broker.call(broker.send("T", 0, "x"));
        broker.group().advance(20_000);
        assertThat(pull.replied()).isFalse();
    }

    @Test
    void aClientThatDoesNotReadIsGivenNothingMore() {
        send(2);
        FakeConnection connection = new FakeConnection();
        connection.congested(true);
        FakeRequest pull = broker.call(broker.pull("T", 0, 0).on(connection));
        assertThat(pull.replied()).isFalse();
        connection.congested(false);
        assertThat(TestBroker.messages(pull.replyBody())).hasSize(2);
    }

    @Test
    void whatWasConsumedIsCommittedWithThePull() {
        send(3);
        broker.call(broker.pull("T", 0, 3).with("sysFlag", 5).with("commitOffset", 2));
        broker.group().advance(200);
        assertThat(broker.state().offsets().find("consumers", "T", 0)).isEqualTo(2);
    }

    @Test
    void aPullWithoutSubscriptionNeedsARegisteredConsumer() {
        send(1);
        FakeRequest stranger = broker.call(broker.pull("T", 0, 0).with("sysFlag", 0));
        assertThat(stranger.replyCode()).isEqualTo(ResponseCode.SUBSCRIPTION_NOT_EXIST);
        String heartbeat = "{\"clientID\":\"c1\",\"consumerDataSet\":[{\"consumeFromWhere\":"
                + "\"CONSUME_FROM_LAST_OFFSET\",\"consumeType\":\"CONSUME_PASSIVELY\",\"groupName\":\"consumers\","
                + "\"messageModel\":\"CLUSTERING\",\"subscriptionDataSet\":[{\"classFilterMode\":false,\"codeSet\":[],"
                + "\"expressionType\":\"TAG\",\"subString\":\"*\",\"subVersion\":5,\"tagsSet\":[],\"topic\":\"T\"}],"
                + "\"unitMode\":false}],\"producerDataSet\":[]}";
        FakeRequest beat = new FakeRequest(RequestCode.HEART_BEAT)
                .on(broker.connection())
                .body(heartbeat.getBytes(StandardCharsets.UTF_8));
        assertThat(broker.call(beat).replyCode()).isZero();
        FakeRequest known =
                broker.call(broker.pull("T", 0, 0).with("sysFlag", 0).with("subVersion", 5));
        assertThat(known.replyCode()).isZero();
    }

    @Test
    void aNewerSubscriptionThanTheOneKnownIsServedWhereThatDoesNoHarm() {
        broker.call(broker.send("T", 0, "one", "TAGS", "a"));
        broker.call(broker.send("T", 0, "two", "TAGS", "b"));
        subscribe("*");
        assertThat(newer("CPP")).as("everything was wanted").isEqualTo(2);
        assertThat(newer("JAVA")).isEqualTo(2);
        subscribe("a");
        assertThat(newer("JAVA")).as("the client picks by tag itself").isEqualTo(2);
        assertThat(newer("CPP")).isEqualTo(-ResponseCode.SUBSCRIPTION_NOT_LATEST);
        assertThat(code(broker.pull("T", 0, 0)
                        .with("sysFlag", 0)
                        .with("subVersion", 99)
                        .with("expressionType", "SQL92")))
                .isEqualTo(ResponseCode.SUBSCRIPTION_NOT_LATEST);
    }

    /** Messages that a pull with a newer version of its subscription gets, or the negative code of its refusal. */
    private int newer(String language) {
        FakeRequest pull = broker.call(
                broker.pull("T", 0, 0).speaking(language).with("sysFlag", 0).with("subVersion", 99));
        return pull.replyCode() == ResponseCode.SUCCESS
                ? TestBroker.messages(pull.replyBody()).size()
                : -pull.replyCode();
    }

    private long subscriptions;

    private void subscribe(String tags) {
        String set = tags.equals("*") ? "" : "\"" + tags + "\"";
        broker.call(new FakeRequest(RequestCode.HEART_BEAT)
                .on(broker.connection())
                .body(("{\"clientID\":\"c\",\"consumerDataSet\":[{\"groupName\":\"consumers\",\"subscriptionDataSet\":"
                                + "[{\"topic\":\"T\",\"subString\":\"" + tags + "\",\"tagsSet\":[" + set
                                + "],\"subVersion\":" + ++subscriptions + "}]}],\"producerDataSet\":[]}")
                        .getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void badPullsAreRefusedWithTheirCode() {
        send(1);
        for (String field : List.of("consumerGroup", "topic", "queueId", "queueOffset", "maxMsgNums", "sysFlag")) {
            assertThat(broker.call(broker.pull("T", 0, 0).with(field, null)).replyCode())
                    .isEqualTo(1);
        }
        assertThat(code(broker.pull("Unknown", 0, 0))).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        assertThat(code(broker.pull("T", 4, 0))).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(code(broker.pull("T", -1, 0))).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(code(broker.pull("T", 0, 0).with("expressionType", "SQL92")))
                .isEqualTo(ResponseCode.SUBSCRIPTION_PARSE_FAILED);
        assertThat(code(broker.pull("T", 0, 0).with("maxMsgNums", -5))).isZero();
        assertThat(code(broker.pull("T", 0, 0).with("maxMsgBytes", Integer.MIN_VALUE)))
                .isZero();
        assertThat(code(broker.pull("T", 0, Long.MAX_VALUE))).isEqualTo(ResponseCode.PULL_OFFSET_MOVED);
    }

    private int code(FakeRequest request) {
        return broker.call(request).replyCode();
    }

    @Test
    void anUnknownGroupIsRefusedIfGroupsAreNotCreated() throws Exception {
        broker.close();
        broker = TestBroker.strict();
        assertThat(code(broker.pull("TBW102", 0, 0))).isEqualTo(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
        assertThat(code(broker.pull("TBW102", 0, 0).with("consumerGroup", "TOOLS_CONSUMER")))
                .isEqualTo(ResponseCode.PULL_NOT_FOUND);
    }
}
