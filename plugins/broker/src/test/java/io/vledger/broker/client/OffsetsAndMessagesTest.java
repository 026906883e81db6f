package io.vledger.broker.client;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OffsetsAndMessagesTest {
    @TempDir
    Path directory;

    private TestBroker broker;
    private final FakeConnection client = new FakeConnection(1001);

    @BeforeEach
    void open() throws Exception {
        broker = TestBroker.leaderOver(directory);
        broker.topic("T", 2);
        broker.call(new FakeRequest(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP).body("{\"groupName\":\"g\"}"));
    }

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private FakeRequest query(String setZero) {
        FakeRequest request = new FakeRequest(RequestCode.QUERY_CONSUMER_OFFSET)
                .on(client)
                .with("consumerGroup", "g")
                .with("topic", "T")
                .with("queueId", 0);
        return broker.call(setZero.isEmpty() ? request : request.with("setZeroIfNotFound", setZero));
    }

    private FakeRequest update(long queueOffset) {
        return new FakeRequest(RequestCode.UPDATE_CONSUMER_OFFSET)
                .on(client)
                .with("consumerGroup", "g")
                .with("topic", "T")
                .with("queueId", 0)
                .with("commitOffset", queueOffset);
    }

    @Test
    void aCommittedOffsetIsAnswered() {
        FakeRequest update = broker.call(update(5));
        broker.group().advance(1);
        assertThat(update.replyCode()).isZero();
        assertThat(query("").replyField("offset")).isEqualTo("5");
    }

    @Test
    void aOneWayCommitIsGathered() {
        broker.call(update(5).withoutReply());
        broker.call(update(9).withoutReply());
        broker.group().advance(200);
        assertThat(query("").replyField("offset")).isEqualTo("9");
    }

    @Test
    void aQueryRightAfterAOneWayCommitFindsTheOffset() {
        broker.call(update(5).withoutReply());
        broker.group().advance(200);
        broker.call(update(9).withoutReply());
        FakeRequest query = query("");
        broker.group().advance(1);
        assertThat(query.replyField("offset")).isEqualTo("9");
    }

    @Test
    void statisticsRightAfterAOneWayCommitShowTheOffset() {
        broker.call(update(1).withoutReply());
        FakeRequest stats = broker.call(new FakeRequest(RequestCode.GET_CONSUME_STATS).with("consumerGroup", "g"));
        broker.group().advance(1);
        assertThat(stats.replyText()).contains("\"consumerOffset\":1");
    }

    @Test
    void anExplicitCommitIsAnsweredWhenItIsCommitted() {
        broker.group().hold();
        FakeRequest update = broker.call(update(5));
        broker.group().advance(1);
        assertThat(update.replied()).isFalse();
        broker.group().commitHeld();
        assertThat(update.replyCode()).isZero();
    }

    @Test
    void aNewGroupOnAYoungQueueStartsAtZero() {
        assertThat(query("").replyField("offset")).isEqualTo("0");
        assertThat(query("false").replyCode()).isEqualTo(22);
    }

    @Test
    void aFollowerThatKnowsTheLeaderClosesTheConnection() {
        broker.group().follow("n1");
        FakeRequest query = query("");
        assertThat(query.replied()).isFalse();
        assertThat(client.open()).isFalse();
    }

    @Test
    void aQuestionWaitsForThisMemberToLead() {
        broker.group().follow(null);
        FakeRequest query = query("");
        broker.group().advance(500);
        assertThat(query.replied()).isFalse();
        assertThat(client.open()).isTrue();
        broker.group().lead();
        broker.group().settle();
        assertThat(query.replyField("offset")).isEqualTo("0");
    }

    @Test
    void aQuestionDoesNotWaitForever() {
        broker.group().follow(null);
        FakeRequest query = query("");
        broker.group().advance(ConsumerOffsetHandler.MAX_WAIT_MS + 200);
        assertThat(query.replied()).isFalse();
        assertThat(client.open()).isFalse();
    }

    @Test
    void aFollowerDropsOneWayCommitsAndRefusesOthers() {
        broker.group().follow("n1");
        FakeRequest oneway = broker.call(update(5).withoutReply());
        assertThat(oneway.replied()).isFalse();
        assertThat(broker.call(update(5)).replyCode()).isEqualTo(14);
    }

    @Test
    void impossibleCommitsAreRefused() {
        assertThat(broker.call(update(-3)).replyCode()).isEqualTo(29);
        assertThat(broker.call(update(1).with("queueId", 77)).replyCode()).isEqualTo(29);
        assertThat(broker.call(update(1).with("queueId", "99999999999")).replyCode())
                .isEqualTo(1);
        assertThat(broker.call(update(1).with("topic", "none")).replyCode()).isEqualTo(17);
        assertThat(broker.call(update(1).with("consumerGroup", "nobody")).replyCode())
                .isEqualTo(26);
        assertThat(broker.call(new FakeRequest(RequestCode.UPDATE_CONSUMER_OFFSET))
                        .replyCode())
                .isIn(1, 29);
    }

    private String offset(int code, String key, Object... more) {
        FakeRequest request = new FakeRequest(code).with("topic", "T").with("queueId", 0);
        for (int i = 0; i < more.length; i += 2) {
            request.with((String) more[i], more[i + 1]);
        }
        return requireNonNull(broker.call(request).replyField(key));
    }

    @Test
    void queuesAreSearchedByTime() {
        long start = broker.group().nowMs();
        for (int i = 0; i < 10; i++) {
            broker.message("T", 0, "m" + i, "");
            broker.group().advance(100);
        }
        assertThat(offset(RequestCode.GET_MAX_OFFSET, "offset")).isEqualTo("10");
        assertThat(offset(RequestCode.GET_MIN_OFFSET, "offset")).isEqualTo("0");
        assertThat(offset(RequestCode.GET_EARLIEST_MSG_STORETIME, "timestamp")).isEqualTo(Long.toString(start));
        int search = RequestCode.SEARCH_OFFSET_BY_TIMESTAMP;
        assertThat(offset(search, "offset", "timestamp", start + 300)).isEqualTo("3");
        assertThat(offset(search, "offset", "timestamp", start + 301)).isEqualTo("4");
        assertThat(offset(search, "offset", "timestamp", start + 350, "boundaryType", "upper"))
                .isEqualTo("3");
        assertThat(offset(search, "offset", "timestamp", 0)).isEqualTo("0");
        assertThat(offset(search, "offset", "timestamp", Long.MAX_VALUE)).isEqualTo("10");
        assertThat(offset(search, "offset", "timestamp", Long.MAX_VALUE, "boundaryType", "UPPER"))
                .isEqualTo("9");
    }

    @Test
    void emptyAndUnknownQueuesBeginAndEndAtZero() {
        for (String topic : new String[] {"T", "unknown"}) {
            assertThat(offset(RequestCode.GET_MAX_OFFSET, "offset", "topic", topic))
                    .isEqualTo("0");
            assertThat(offset(RequestCode.GET_MIN_OFFSET, "offset", "topic", topic))
                    .isEqualTo("0");
            assertThat(offset(RequestCode.SEARCH_OFFSET_BY_TIMESTAMP, "offset", "topic", topic, "timestamp", 1))
                    .isEqualTo("0");
            assertThat(offset(RequestCode.GET_EARLIEST_MSG_STORETIME, "timestamp", "topic", topic))
                    .isEqualTo("-1");
        }
    }

    private FakeRequest view(long position) {
        return broker.call(new FakeRequest(RequestCode.VIEW_MESSAGE_BY_ID).with("offset", position));
    }

    @Test
    void aMessageIsViewedAtItsPositionOnly() {
        broker.message("T", 0, "before", "");
        long position = broker.message("T", 1, "hello", "");
        byte[] body = view(position).replyBody();
        assertThat(new String(body, StandardCharsets.ISO_8859_1)).contains("hello");
        assertThat(ByteBuffer.wrap(body).getLong(28)).isEqualTo(position);
        for (long wrong : new long[] {position + 1, position - 8, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 40, 0}) {
            assertThat(view(wrong).replyCode()).as("position " + wrong).isEqualTo(1);
        }
    }

    @Test
    void bytesInABodyThatLookLikeAMessageAreNone() {
        long outer = broker.message("T", 0, "x".repeat(200), "");
        // A whole message whose own position is right, inside the body of another.
        long inner = broker.group().nextPayloadPosition(91 + 1 + 92 + 0) + 88;
        ByteBuffer forged = ByteBuffer.allocate(92);
        forged.putInt(92)
                .putInt(0xDAA320A7)
                .putInt(0)
                .putInt(0)
                .putInt(0)
                .putLong(0)
                .putLong(inner);
        forged.position(87).put((byte) 0);
        forged.position(88).put((byte) 1).put((byte) 'T');
        String body = new String(forged.array(), StandardCharsets.ISO_8859_1);
        assertThat(view(outer).replyCode()).isZero();
        long position = broker.message("T", 0, body.replaceAll("[^\\x00-\\x7F]", "?"), "");
        assertThat(view(position).replyCode()).isZero();
        for (long at = position + 1; at < position + 180; at++) {
            assertThat(view(at).replyCode()).isEqualTo(1);
        }
    }

    private FakeRequest byKey(String topic, String key) {
        return broker.call(new FakeRequest(RequestCode.QUERY_MESSAGE)
                .with("topic", topic)
                .with("key", key)
                .with("maxNum", 32)
                .with("beginTimestamp", 0)
                .with("endTimestamp", Long.MAX_VALUE));
    }

    @Test
    void messagesAreFoundByKeyAndUniqueId() {
        broker.topic("U", 1);
        broker.message("T", 0, "one", "KEYS\u0001k1 k2\u0002UNIQ_KEY\u0001ID1\u0002");
        broker.message("T", 1, "two", "KEYS\u0001k2 заказ\u0002UNIQ_KEY\u0001ID2\u0002");
        broker.message("U", 0, "three", "KEYS\u0001k2\u0002");
        assertThat(byKey("T", "k1").replyText()).contains("one").doesNotContain("two");
        assertThat(byKey("T", "k2").replyText()).contains("one", "two").doesNotContain("three");
        assertThat(byKey("T", "заказ").replyText()).contains("two");
        assertThat(byKey("T", "k").replyCode()).isEqualTo(22);
        FakeRequest unique = broker.call(new FakeRequest(RequestCode.QUERY_MESSAGE)
                .with("topic", "T")
                .with("key", "ID2")
                .with("maxNum", 0)
                .with("_UNIQUE_KEY_QUERY", "true"));
        assertThat(unique.replyText()).contains("two").doesNotContain("one");
        assertThat(unique.replyField("indexLastUpdateTimestamp"))
                .isEqualTo(Long.toString(broker.group().nowMs()));
        assertThat(unique.replyField("indexLastUpdatePhyoffset")).isNotNull();
    }

    private FakeRequest byKeyBetween(long fromMs, long toMs, int max, String... more) {
        FakeRequest request = new FakeRequest(RequestCode.QUERY_MESSAGE)
                .with("topic", "T")
                .with("key", more.length > 0 ? more[0] : "k")
                .with("maxNum", max)
                .with("beginTimestamp", fromMs)
                .with("endTimestamp", toMs);
        broker.call(more.length > 0 ? request.with("_UNIQUE_KEY_QUERY", "true") : request);
        broker.group().advance(1);
        return request;
    }

    @Test
    void aSearchByKeyShowsWhatWasStoredInItsSpanOfTimeAndNothingElse() {
        for (int i = 0; i < 300; i++) {
            broker.message("T", 0, "body-" + i + ";", "KEYS\u0001k\u0002UNIQ_KEY\u0001ID" + i + "\u0002");
            broker.group().advance(10);
        }
        long start = broker.group().nowMs() - 3000;
        // Both ends belong to the span; the many newer ones do not hide it, however few are asked for.
        assertThat(byKeyBetween(start + 100, start + 120, 32).replyText())
                .contains("body-10;", "body-11;", "body-12;")
                .doesNotContain("body-9;", "body-13;", "body-200;");
        assertThat(byKeyBetween(start + 100, start + 120, 1).replyText())
                .contains("body-12;")
                .doesNotContain("body-11;");
        assertThat(byKeyBetween(start + 101, start + 109, 32).replyCode()).isEqualTo(22);
        assertThat(byKeyBetween(start + 100_000, Long.MAX_VALUE, 32).replyCode())
                .isEqualTo(22);
        // By unique id the same.
        assertThat(byKeyBetween(start + 50, start + 50, 32, "ID5").replyText()).contains("body-5;");
        assertThat(byKeyBetween(start + 51, start + 60, 32, "ID5").replyCode()).isEqualTo(22);
    }

    @Test
    void messagesFoundByKeyComeOldestFirstAsFromRocketMq() {
        broker.message("T", 0, "first", "KEYS\u0001k\u0002");
        broker.message("T", 1, "second", "KEYS\u0001k\u0002");
        assertThat(byKey("T", "k").replyText()).containsSubsequence("first", "second");
    }
}
