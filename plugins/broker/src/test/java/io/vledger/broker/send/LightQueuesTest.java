package io.vledger.broker.send;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.api.origin.InitialState;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.IndexSink;
import io.vledger.broker.GroupState;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.LightQueues;
import io.vledger.broker.state.Topic;
import io.vledger.broker.testing.FakeOrigin;
import io.vledger.broker.testing.TestBroker;
import io.vledger.broker.testing.TestBroker.Message;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.OffsetMessageId;
import io.vledger.testkit.Seeds;
import io.vledger.testkit.fake.FakeGroup;
import io.vledger.testkit.fake.FakeRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LightQueuesTest {
    private static final int MAX_QUEUES = 20;
    private static final GroupConfig.Features ON = new GroupConfig.Features(true, true, true, MAX_QUEUES, false);

    private TestBroker broker = TestBroker.leader(ON);

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private FakeRequest send(String body, String queues, String... more) {
        List<String> properties = new ArrayList<>(List.of("INNER_MULTI_DISPATCH", queues));
        properties.addAll(List.of(more));
        return broker.send("T", 0, body, properties.toArray(String[]::new));
    }

    private List<Message> pulled(String queue) {
        List<Message> messages = new ArrayList<>();
        FakeRequest pull = broker.call(broker.pull(queue, 0, 0));
        while (pull.replyCode() == 0) {
            messages.addAll(TestBroker.messages(pull.replyBody()));
            pull = broker.call(broker.pull(queue, 0, pull.replyNumber("nextBeginOffset")));
        }
        assertThat(pull.replyCode()).as(pull.replyRemark()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
        return messages;
    }

    private List<String> bodies(String queue) {
        return pulled(queue).stream().map(Message::body).toList();
    }

    private long number(int code, String queue) {
        return broker.call(new FakeRequest(code).with("topic", queue).with("queueId", 0))
                .replyNumber("offset");
    }

    @Test
    void thoseOfAnEarlierBrokerContinueWhereItEnded() throws Exception {
        broker.close();
        String json = "{\"topicName\":\"t\",\"readQueueNums\":1,\"writeQueueNums\":1,\"perm\":6}";
        broker = TestBroker.after(
                new FakeOrigin(
                        8 << 20,
                        new InitialState(
                                List.of(
                                        new InitialState.OriginTopic("%LMQ%a", json, 1, List.of(5L)),
                                        new InitialState.OriginTopic("T", json, 2, List.of(9L))),
                                List.of(),
                                List.of(new InitialState.OriginProgress("g", "%LMQ%a", List.of(3L))),
                                Map.of()),
                        List.of()),
                ON);
        broker.group().lead();
        assertThat(broker.state().topics().all())
                .noneMatch(topic -> topic.name().startsWith("%LMQ%"));
        assertThat(number(RequestCode.GET_MAX_OFFSET, "%LMQ%a")).isEqualTo(5);
        assertThat(broker.state().offsets().all("g", "%LMQ%a")).containsExactly(3L);
        broker.call(send("next", "%LMQ%a,%LMQ%new"));
        assertThat(broker.call(broker.pull("%LMQ%a", 0, 5)).replyBody()).satisfies(found -> {
            assertThat(TestBroker.messages(found).get(0).body()).isEqualTo("next");
            assertThat(TestBroker.messages(found).get(0).properties()).containsEntry("INNER_MULTI_QUEUE_OFFSET", "5,0");
        });
        assertThat(bodies("%LMQ%new")).containsExactly("next");
        assertThat(number(RequestCode.GET_MAX_OFFSET, "T")).isEqualTo(10);
        byte[] snapshot = broker.snapshot();
        broker.state().restore(Unpooled.wrappedBuffer(snapshot));
        assertThat(broker.snapshot()).isEqualTo(snapshot);
        assertThat(number(RequestCode.GET_MAX_OFFSET, "%LMQ%a")).isEqualTo(6);
    }

    @Test
    void aMessageIsInEachQueueThatItNames() {
        broker.call(broker.send("T", 0, "plain"));
        broker.call(send("one", "%LMQ%a"));
        broker.call(send("two", "%LMQ%b,%LMQ%a", "TAGS", "x"));

        assertThat(bodies("T")).containsExactly("plain", "one", "two");
        assertThat(bodies("%LMQ%a")).containsExactly("one", "two");
        assertThat(bodies("%LMQ%b")).containsExactly("two");
        assertThat(pulled("%LMQ%b").get(0).properties())
                .containsEntry("INNER_MULTI_DISPATCH", "%LMQ%b,%LMQ%a")
                .containsEntry("INNER_MULTI_QUEUE_OFFSET", "0,1");
        assertThat(number(RequestCode.GET_MAX_OFFSET, "%LMQ%a")).isEqualTo(2);
        assertThat(number(RequestCode.GET_MIN_OFFSET, "%LMQ%a")).isZero();
        FakeRequest tagged = broker.call(broker.pull("%LMQ%a", 0, 0).with("subscription", "x"));
        assertThat(TestBroker.messages(tagged.replyBody()))
                .extracting(Message::body)
                .containsExactly("two");
        FakeRequest selected = broker.call(
                broker.pull("%LMQ%a", 0, 0).with("expressionType", "SQL92").with("subscription", "TAGS IS NULL"));
        assertThat(TestBroker.messages(selected.replyBody()))
                .extracting(Message::body)
                .containsExactly("one");
    }

    @Test
    void lightQueuesAreInNoListOfTopics() {
        broker.call(send("one", "%LMQ%a"));
        assertThat(broker.call(new FakeRequest(RequestCode.GET_ALL_TOPIC_CONFIG))
                        .replyText())
                .doesNotContain("%LMQ%");
        assertThat(broker.call(new FakeRequest(RequestCode.GET_TOPIC_CONFIG).with("topic", "%LMQ%a"))
                        .replyCode())
                .isZero();
    }

    @Test
    void consumerOffsetsOfALightQueueAreKept() {
        broker.call(send("one", "%LMQ%a"));
        broker.consumed("consumers", "%LMQ%a", 0, 1);
        assertThat(broker.call(new FakeRequest(RequestCode.QUERY_CONSUMER_OFFSET)
                                .with("consumerGroup", "consumers")
                                .with("topic", "%LMQ%a")
                                .with("queueId", 0))
                        .replyNumber("offset"))
                .isEqualTo(1);
    }

    @Test
    void aPullWaitsForTheFirstMessageOfAQueue() {
        FakeRequest waiting = broker.call(broker.longPull("%LMQ%new", 0, 0));
        assertThat(waiting.replied()).isFalse();
        broker.call(send("other", "%LMQ%b"));
        assertThat(waiting.replied()).isFalse();

        broker.call(send("one", "%LMQ%new"));

        assertThat(TestBroker.messages(waiting.replyBody()))
                .extracting(Message::body)
                .containsExactly("one");
        FakeRequest next = broker.call(broker.longPull("%LMQ%new", 0, 1));
        broker.call(send("two", "%LMQ%new"));
        assertThat(TestBroker.messages(next.replyBody()))
                .extracting(Message::body)
                .containsExactly("two");
    }

    @Test
    void offsetsThatAClientMakesUpCountForNothing() throws Exception {
        broker.call(send("one", "%LMQ%a", "INNER_MULTI_QUEUE_OFFSET", "77"));
        assertThat(pulled("%LMQ%a").get(0).properties()).containsEntry("INNER_MULTI_QUEUE_OFFSET", "0");

        broker.close();
        broker = TestBroker.leader();
        broker.call(send("one", "%LMQ%a", "INNER_MULTI_QUEUE_OFFSET", "77"));
        assertThat(bodies("T")).containsExactly("one");
        assertThat(broker.call(broker.pull("%LMQ%a", 0, 0)).replyCode()).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "%LMQ%", "%LMQ%a,", "%LMQ%a,T", "%LMQ%a/b", "%LMQ%a,%LMQ%a", ","})
    void otherNamesAreRefused(String names) {
        FakeRequest send = broker.call(send("one", names));
        assertThat(send.replyCode()).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(bodies("T")).isEmpty();
    }

    @Test
    void nothingIsSentToALightQueueItself() {
        assertThat(broker.call(broker.send("%LMQ%a", 0, "direct")).replyCode())
                .isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(broker.call(send("late", "a", "DELAY", "1")).replyCode()).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
    }

    @Test
    void aDelayedMessageIsInItsLightQueuesOnceItIsDelivered() {
        assertThat(broker.call(send("by level", "%LMQ%a,%LMQ%b", "DELAY", "1", "INNER_MULTI_QUEUE_OFFSET", "7,7"))
                        .replyCode())
                .isZero();
        assertThat(broker.call(send("by time", "%LMQ%b", "TIMER_DELAY_SEC", "2", "TAGS", "x"))
                        .replyCode())
                .isZero();
        broker.call(send("now", "%LMQ%b"));
        assertThat(bodies("%LMQ%b")).containsExactly("now");
        broker.group().advance(1_100);
        assertThat(bodies("%LMQ%a")).containsExactly("by level");
        assertThat(bodies("%LMQ%b")).containsExactly("now", "by level");
        broker.group().advance(2_000);
        assertThat(bodies("%LMQ%b")).containsExactly("now", "by level", "by time");
        assertThat(pulled("%LMQ%b").get(1).properties())
                .containsEntry("INNER_MULTI_DISPATCH", "%LMQ%a,%LMQ%b")
                .containsEntry("INNER_MULTI_QUEUE_OFFSET", "0,1")
                .doesNotContainKey("DELAY");
        assertThat(TestBroker.messages(broker.call(broker.pull("%LMQ%b", 0, 0).with("subscription", "x"))
                        .replyBody()))
                .extracting(Message::body)
                .containsExactly("by time");
        assertThat(bodies("T")).containsExactly("now", "by level", "by time");
    }

    @Test
    void aHalfMessageIsInItsLightQueuesOnceItIsCommitted() {
        FakeRequest committed = broker.call(half("yes", "%LMQ%a"));
        FakeRequest rolledBack = broker.call(half("no", "%LMQ%a"));
        assertThat(committed.replyCode()).isZero();
        assertThat(broker.call(broker.pull("%LMQ%a", 0, 0)).replyCode()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
        assertThat(broker.call(end(rolledBack, "no", 12)).replyCode()).isZero();
        assertThat(broker.call(end(committed, "yes", 8)).replyCode()).isZero();
        assertThat(bodies("%LMQ%a")).containsExactly("yes");
        assertThat(bodies("T")).containsExactly("yes");
    }

    private FakeRequest half(String key, String queues) {
        return send(key, queues, "TRAN_MSG", "true", "PGROUP", "pg", "UNIQ_KEY", key);
    }

    private static FakeRequest end(FakeRequest half, String key, int decision) {
        return new FakeRequest(RequestCode.END_TRANSACTION)
                .with("topic", "T")
                .with("producerGroup", "pg")
                .with("tranStateTableOffset", half.replyNumber("queueOffset"))
                .with(
                        "commitLogOffset",
                        requireNonNull(OffsetMessageId.parse(requireNonNull(half.replyField("msgId"))))
                                .physicalOffset())
                .with("commitOrRollback", decision)
                .with("fromTransactionCheck", false)
                .with("msgId", key)
                .with("transactionId", key);
    }

    @Test
    void messagesOfABatchAreInTheLightQueuesThatTheyName() {
        broker.call(send("before", "%LMQ%a"));
        FakeRequest sent =
                broker.call(batch(broker, 0, List.of("b0", "b1", "b2"), List.of("%LMQ%a,%LMQ%b", "", "%LMQ%a")));
        assertThat(sent.replyCode()).as(sent.replyRemark()).isZero();
        assertThat(sent.replyNumber("queueOffset")).isEqualTo(1);
        assertThat(bodies("T")).containsExactly("before", "b0", "b1", "b2");
        assertThat(bodies("%LMQ%a")).containsExactly("before", "b0", "b2");
        assertThat(bodies("%LMQ%b")).containsExactly("b0");
        assertThat(broker.call(batch(broker, 0, List.of("c0", "c1"), List.of("", "other")))
                        .replyCode())
                .isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(bodies("T")).hasSize(4);
    }

    private static FakeRequest batch(TestBroker member, int queueId, List<String> bodies, List<String> queues) {
        ByteBuf body = Unpooled.buffer();
        for (int i = 0; i < bodies.size(); i++) {
            byte[] text = bodies.get(i).getBytes(StandardCharsets.UTF_8);
            String properties = queues.get(i).isEmpty()
                    ? ""
                    : "INNER_MULTI_DISPATCH\u0001" + queues.get(i) + "\u0002INNER_MULTI_QUEUE_OFFSET\u00015\u0002";
            byte[] all = properties.getBytes(StandardCharsets.UTF_8);
            body.writeInt(22 + text.length + all.length).writeInt(0).writeInt(0).writeInt(0);
            body.writeInt(text.length).writeBytes(text).writeShort(all.length).writeBytes(all);
        }
        return member.send("T", queueId, "").with("m", true).with("i", "").body(ByteBufUtil.getBytes(body));
    }

    @Test
    void whatIsDeliveredToTooManyQueuesIsInItsTopicAlone() {
        for (int i = 1; i < MAX_QUEUES; i++) {
            broker.call(send("m", "%LMQ%" + i));
        }
        broker.call(send("late", "%LMQ%a,%LMQ%b", "DELAY", "1"));
        broker.group().advance(1_100);
        assertThat(bodies("T")).contains("late");
        assertThat(broker.call(broker.pull("%LMQ%a", 0, 0)).replyCode()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
    }

    @Test
    void whatIsDeliveredWaitsForAQueueThatIsDeleted() {
        broker.call(send("one", "%LMQ%a"));
        broker.call(send("late", "%LMQ%a", "DELAY", "1"));
        broker.group().hold();
        broker.parts().metadata().deleteTopic("%LMQ%a", outcome -> {});
        broker.group().advance(1_100);
        broker.group().commitHeld();
        broker.group().settle();
        broker.group().advance(1_000);
        assertThat(bodies("%LMQ%a")).containsExactly("late");
        assertThat(bodies("T")).containsExactly("one", "late");
    }

    @Test
    void thereAreNoMoreQueuesThanConfigured() {
        for (int i = 0; i < MAX_QUEUES; i++) {
            broker.begin(send("m", "%LMQ%" + i));
        }
        FakeRequest beyond = broker.call(send("m", "%LMQ%beyond"));
        assertThat(beyond.replyCode()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(beyond.replyRemark()).contains("LMQ_CONSUME_QUEUE_NUM_EXCEEDED");
        assertThat(broker.call(send("m", "%LMQ%3")).replyCode()).isZero();

        broker.parts().metadata().deleteTopic("%LMQ%3", outcome -> {});
        broker.group().settle();
        assertThat(broker.call(send("m", "%LMQ%beyond")).replyCode()).isZero();
    }

    @Test
    void aDeletedQueueBeginsAnewAndNothingIsStoredWhileItGoes() {
        broker.call(send("one", "%LMQ%a"));
        broker.consumed("consumers", "%LMQ%a", 0, 1);
        broker.parts().metadata().deleteTopic("%LMQ%a", outcome -> {});
        assertThat(broker.begin(send("two", "%LMQ%a")).replyCode()).isEqualTo(ResponseCode.SYSTEM_BUSY);
        broker.group().settle();
        assertThat(broker.call(send("three", "%LMQ%a")).replyCode()).isZero();
        assertThat(bodies("%LMQ%a")).containsExactly("three");
        assertThat(broker.state().offsets().find("consumers", "%LMQ%a", 0)).isEqualTo(-1);
    }

    /** Sends, losses of leadership with what was proposed, deletions, and restores; then what consumers see is compared with what was acknowledged. */
    @Test
    void offsetsAreDenseAndNothingAcknowledgedIsMissingWhateverHappensToLeaders() {
        Seeds.run(40, random -> {
            try (TestBroker member = TestBroker.leader(ON)) {
                new RandomRun(member, random).run();
            }
        });
    }

    /** One seed. */
    private static final class RandomRun {
        private final TestBroker member;
        private final Random random;
        /** Sends by body, with the queues that they name. */
        private final Map<String, List<String>> sent = new LinkedHashMap<>();

        private final Map<String, FakeRequest> requests = new LinkedHashMap<>();
        private int number;

        RandomRun(TestBroker member, Random random) {
            this.member = member;
            this.random = random;
        }

        void run() throws Exception {
            member.topic("T", 2);
            for (int step = 0; step < 120; step++) {
                step();
            }
            member.group().commitHeld();
            member.group().settle();
            member.group().advance(10_000);
            check();
            replay();
        }

        private void step() {
            switch (random.nextInt(15)) {
                case 5 -> {
                    if (member.group().pendingEntries() == 0) {
                        member.group().advance(random.nextInt(1_500));
                    }
                }
                case 0 -> member.group().hold();
                case 1, 2 -> {
                    member.group().commitHeld();
                    member.group().settle();
                }
                case 3 -> {
                    member.group().follow();
                    member.group().settle();
                    member.group().lead();
                    member.group().settle();
                }
                case 4 -> {
                    if (member.group().pendingEntries() == 0) {
                        member.state().restore(Unpooled.wrappedBuffer(member.snapshot()));
                    }
                }
                default -> send();
            }
        }

        private void send() {
            List<String> queues = new ArrayList<>();
            for (String name : List.of("a", "b", "c")) {
                if (random.nextInt(3) == 0) {
                    queues.add("%LMQ%" + name);
                }
            }
            String body = "m" + number++;
            FakeRequest send = request(body, String.join(",", queues));
            sent.put(body, queues);
            requests.put(body, member.begin(send));
            if (random.nextBoolean()) {
                member.group().settle();
            }
        }

        /** At once, by a delay level, at a time, or as one of two in a batch. */
        private FakeRequest request(String body, String queues) {
            int queueId = random.nextInt(2);
            return switch (queues.isEmpty() ? 0 : random.nextInt(5)) {
                case 0 -> member.send("T", queueId, body, "INNER_MULTI_DISPATCH", queues);
                case 1 -> member.send("T", queueId, body, "INNER_MULTI_DISPATCH", queues, "DELAY", "1");
                case 2 -> member.send("T", queueId, body, "INNER_MULTI_DISPATCH", queues, "TIMER_DELAY_SEC", "1");
                case 3 -> batch(member, queueId, List.of("plain", body), List.of("", queues));
                default -> member.send("T", queueId, body, "INNER_MULTI_DISPATCH", queues);
            };
        }

        private void check() {
            for (String name : List.of("%LMQ%a", "%LMQ%b", "%LMQ%c")) {
                List<Message> messages = TestBroker.messages(read(name));
                List<String> bodies = messages.stream().map(Message::body).toList();
                assertThat(bodies).as(name).doesNotHaveDuplicates();
                for (int i = 0; i < messages.size(); i++) {
                    Message message = messages.get(i);
                    List<String> queues = Objects.requireNonNull(sent.get(message.body()));
                    assertThat(queues).contains(name);
                    String[] offsets = requireNonNull(message.properties().get("INNER_MULTI_QUEUE_OFFSET"))
                            .split(",", -1);
                    assertThat(offsets[queues.indexOf(name)]).isEqualTo(Integer.toString(i));
                }
                assertThat(messages).extracting(Message::position).isSorted();
                requests.forEach((body, request) -> {
                    if (request.replied()
                            && request.replyCode() == 0
                            && Objects.requireNonNull(sent.get(body)).contains(name)) {
                        assertThat(bodies).as("acknowledged in " + name).contains(body);
                    }
                });
            }
        }

        private byte[] read(String name) {
            FakeRequest pull = member.call(member.pull(name, 0, 0).with("maxMsgNums", 1_000));
            return pull.replyCode() == 0 ? pull.replyBody() : new byte[0];
        }

        /** Another member, which applies the same entries, has the same state and the same units, and would rebuild the same. */
        private void replay() throws Exception {
            Map<String, List<Long>> rebuilt = new LinkedHashMap<>();
            IndexSink sink = new IndexSink() {
                @Override
                public void next(long queueKey, long position, int size, long tagsCode) {
                    // What waits for its time has such units; light queues say their queue offsets.
                }

                @Override
                public void unit(long queueKey, long queueOffset, long position, int size, long tagsCode) {
                    rebuilt.computeIfAbsent(Long.toString(queueKey), key -> new ArrayList<>())
                            .add(position);
                }

                @Override
                public void key(long keyHash, long position, long storeTimestamp) {}
            };
            try (GroupStore store = TestBroker.openStore()) {
                BrokerState other = GroupState.create("Cluster", "broker-a", store, null);
                for (FakeGroup.Entry entry : member.group().applied()) {
                    other.apply(
                            entry.index(),
                            entry.kind(),
                            entry.version(),
                            entry.position(),
                            Unpooled.wrappedBuffer(entry.payload()));
                }
                assertThat(TestBroker.snapshotOf(other)).isEqualTo(member.snapshot());
                for (FakeGroup.Entry entry : member.group().applied()) {
                    other.index(
                            entry.kind(),
                            entry.version(),
                            entry.position(),
                            Unpooled.wrappedBuffer(entry.payload()),
                            sink);
                }
                for (Topic topic : other.part(LightQueues.class).all()) {
                    List<Long> applied = new ArrayList<>();
                    var queue = Objects.requireNonNull(topic.queue(0));
                    queue.log().read(0, 10_000, (queueOffset, position, size, tagsCode) -> applied.add(position));
                    assertThat(rebuilt.get(Long.toString(queue.key()))).isEqualTo(applied);
                }
            }
        }
    }
}
