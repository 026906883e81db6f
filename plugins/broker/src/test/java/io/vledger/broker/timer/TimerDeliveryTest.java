package io.vledger.broker.timer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.Refusal;
import io.vledger.api.metrics.MetricSink;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.broker.testing.TestBroker;
import io.vledger.broker.testing.TestBroker.Message;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.testkit.fake.FakeRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TimerDeliveryTest {
    private static final long HOUR_MS = 3_600_000;

    private final TestBroker broker = TestBroker.leader();

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private List<Message> pulled(String topic, int queueId) {
        List<Message> all = new ArrayList<>();
        while (true) {
            FakeRequest pull =
                    broker.call(broker.pull(topic, queueId, all.size()).with("maxMsgNums", 500));
            if (pull.replyCode() != ResponseCode.SUCCESS) {
                return all;
            }
            all.addAll(TestBroker.messages(pull.replyBody()));
        }
    }

    private long now() {
        return broker.group().nowMs();
    }

    private FakeRequest timed(String body, long deliverMs, String key) {
        return broker.send("T", 0, body, "TIMER_DELIVER_MS", Long.toString(deliverMs), "UNIQ_KEY", key);
    }

    private FakeRequest recall(String topic, String handle) {
        return broker.call(new FakeRequest(RequestCode.RECALL_MESSAGE)
                .on(broker.connection())
                .with("producerGroup", "producers")
                .with("topic", topic)
                .with("recallHandle", handle));
    }

    private static String handle(String... parts) {
        return Base64.getUrlEncoder().encodeToString(String.join(" ", parts).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aTimerComesAtItsMillisecondToItsOwnQueue() {
        long due = now() + 90_123;
        FakeRequest send = broker.call(broker.send(
                "T", 2, "later", "TIMER_DELIVER_MS", Long.toString(due), "UNIQ_KEY", "K", "TAGS", "t", "mine", "v"));
        assertThat(send.replyCode()).isZero();
        assertThat(send.replyNumber("queueId")).isEqualTo(2);
        long outMs = (due - 1) / 1000 * 1000;
        assertThat(send.replyField("recallHandle"))
                .isEqualTo(handle("v1", "T", "broker-a", Long.toString(outMs + 1), "K"));
        assertThat(broker.state().part(TimerState.class).waiting()).containsEntry("T", 1L);
        broker.group().advance(90_122);
        assertThat(pulled("T", 2)).isEmpty();
        broker.group().advance(1);
        Message message = pulled("T", 2).get(0);
        assertThat(message.body()).isEqualTo("later");
        assertThat(message.properties())
                .containsEntry("UNIQ_KEY", "K")
                .containsEntry("TAGS", "t")
                .containsEntry("mine", "v")
                .containsEntry("REAL_TOPIC", "T")
                .containsEntry("REAL_QID", "2")
                .containsEntry("TIMER_OUT_MS", Long.toString(outMs))
                .containsEntry("TIMER_DEQUEUE_MS", Long.toString(due))
                .containsKey("TIMER_ENQUEUE_MS");
        assertThat(broker.state().part(TimerState.class).waitingCount()).isZero();
        broker.group().advance(200_000);
        assertThat(pulled("T", 2)).hasSize(1);
    }

    @Test
    void theFirstPropertyThatIsThereCounts() {
        long late = now() + 50_000;
        broker.call(broker.send("T", 0, "sec", "TIMER_DELAY_SEC", "1", "TIMER_DELAY_MS", "9000"));
        broker.call(broker.send("T", 0, "ms", "TIMER_DELAY_MS", "2500", "TIMER_DELIVER_MS", Long.toString(late)));
        broker.call(broker.send("T", 0, "at", "TIMER_DELIVER_MS", Long.toString(now() + 3_000)));
        List<String> bodies = new ArrayList<>();
        for (int ms : List.of(999, 1, 1_499, 1, 499, 1)) {
            broker.group().advance(ms);
            bodies.add(pulled("T", 0).stream().map(Message::body).toList().toString());
        }
        assertThat(bodies).containsExactly("[]", "[sec]", "[sec]", "[sec, ms]", "[sec, ms]", "[sec, ms, at]");
    }

    @Test
    void aTimeThatIsPastIsNow() {
        for (String time : List.of("1", Long.toString(now()), "-5", Long.toString(Long.MIN_VALUE))) {
            assertThat(broker.call(broker.send("T", 0, "x", "TIMER_DELIVER_MS", time))
                            .replyField("recallHandle"))
                    .isNull();
        }
        broker.call(broker.send("T", 0, "x", "TIMER_DELAY_SEC", "0"));
        broker.call(broker.send("T", 0, "x", "TIMER_DELAY_MS", "-100"));
        assertThat(pulled("T", 0)).hasSize(6).noneMatch(each -> each.properties()
                .containsKey("TIMER_OUT_MS"));
    }

    @Test
    void timesThatCannotBeKeptAreRefused() {
        broker.call(broker.send("T", 0, "x"));
        long tooFar = now() + 259_200_001;
        for (String[] wrong : new String[][] {
            {"TIMER_DELIVER_MS", Long.toString(tooFar)},
            {"TIMER_DELIVER_MS", "253402300799000"},
            {"TIMER_DELIVER_MS", Long.toString(Long.MAX_VALUE)},
            {"TIMER_DELIVER_MS", "9".repeat(30_000)},
            {"TIMER_DELIVER_MS", "soon"},
            {"TIMER_DELIVER_MS", "1e9"},
            {"TIMER_DELAY_SEC", "259201"},
            {"TIMER_DELAY_SEC", Long.toString(Long.MAX_VALUE / 10)},
            {"TIMER_DELAY_SEC", "1.5"},
            {"TIMER_DELAY_MS", Long.toString(Long.MAX_VALUE)},
        }) {
            FakeRequest refused = broker.call(broker.send("T", 0, "x", wrong));
            assertThat(refused.replyCode()).as(wrong[1]).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        }
        FakeRequest lateRecall =
                broker.call(broker.send("T", 0, "x", "TIMER_DELIVER_MS", "1", "TIMER_DEL_UNIQKEY", "T+K"));
        assertThat(lateRecall.replyCode()).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(broker.call(broker.send("rmq_sys_wheel_timer", 0, "x")).replyCode())
                .isEqualTo(ResponseCode.NO_PERMISSION);
        assertThat(broker.call(timed("x", tooFar - 1, "K")).replyCode()).isZero();
        assertThat(pulled("T", 0)).hasSize(1);
    }

    @Test
    void withoutTheWheelTimersAreRefusedAndDelayLevelsAreNot() throws Exception {
        try (TestBroker other = TestBroker.leader(GroupConfig.BrokerSettings.builder()
                .messageDelayLevel("1s")
                .timers(new GroupConfig.Timers(false, 100, 1_000, 1, false))
                .build())) {
            assertThat(other.call(other.send("T", 0, "x", "TIMER_DELAY_SEC", "1"))
                            .replyCode())
                    .isEqualTo(ResponseCode.SYSTEM_ERROR);
            assertThat(other.call(other.send("T", 0, "x", "TIMER_DELAY_SEC", "1", "DELAY", "1"))
                            .replyCode())
                    .isZero();
            FakeRequest recall = other.call(new FakeRequest(RequestCode.RECALL_MESSAGE)
                    .with("topic", "T")
                    .with("recallHandle", handle("v1", "T", "broker-a", "1", "K")));
            assertThat(recall.replyCode()).isEqualTo(ResponseCode.NO_PERMISSION);
        }
    }

    @Test
    void noMoreAreTakenForAMinuteThanAreAllowed() throws Exception {
        try (TestBroker other = TestBroker.leader(GroupConfig.BrokerSettings.builder()
                .timers(new GroupConfig.Timers(true, 10_000, 1_000, 1, true))
                .build())) {
            int taken = 0;
            for (int i = 0; i < 70; i++) {
                String time = Long.toString(other.group().nowMs() / 60_000 * 60_000 + 120_000 + i);
                int code = other.call(other.send("T", 0, "x", "TIMER_DELIVER_MS", time))
                        .replyCode();
                taken += code == 0 ? 1 : 0;
                assertThat(code).isIn(ResponseCode.SUCCESS, ResponseCode.SYSTEM_ERROR);
            }
            assertThat(taken).isEqualTo(60);
        }
    }

    @Test
    void aDelayLevelComesFirstAndTakesTheTimesAway() {
        FakeRequest send = broker.call(broker.send("T", 0, "x", "TIMER_DELAY_SEC", "100", "DELAY", "1"));
        assertThat(send.replyField("recallHandle")).isNull();
        broker.group().advance(1_000);
        assertThat(pulled("T", 0)).hasSize(1);
        assertThat(pulled("T", 0).get(0).properties()).doesNotContainKeys("TIMER_DELAY_SEC", "DELAY");
    }

    @Test
    void aMessageThatHadItsTimeIsNotTimedAgain() {
        broker.call(broker.send("T", 0, "x", "TIMER_DELAY_SEC", "50", "TIMER_OUT_MS", "1"));
        assertThat(pulled("T", 0)).hasSize(1);
    }

    @Test
    void timersAreDeliveredInTheOrderOfTheirTimesManyInAnEntry() {
        broker.call(broker.send("T", 0, "now"));
        for (int i = 0; i < 1_200; i++) {
            broker.begin(timed("m" + (1_199 - i), now() + 70_000 + 1_199 - i, "K" + i));
        }
        broker.group().settle();
        broker.group().hold();
        broker.group().advance(80_000);
        int before = broker.group().applied().size();
        broker.group().commitHeld();
        broker.group().advance(1);
        List<Message> messages = pulled("T", 0);
        assertThat(messages).hasSize(1_201);
        for (int i = 0; i < 1_200; i++) {
            assertThat(messages.get(i + 1).body()).isEqualTo("m" + i);
        }
        assertThat(broker.group().applied().size() - before).isLessThan(600);
    }

    @Test
    void whatIsDueAtOneMillisecondSharesEntries() {
        for (int i = 0; i < 1_200; i++) {
            broker.begin(timed("m" + i, 1_700_000_100_000L, "K" + i));
        }
        broker.group().settle();
        int before = broker.group().applied().size();
        broker.group().advance(100_000);
        assertThat(pulled("T", 0)).hasSize(1_200);
        assertThat(broker.group().applied().size() - before).isLessThan(20);
    }

    @Test
    void aFarTimerIsStoredAgainBeforeRetentionReachesIt() {
        // Retention keeps two hours here, so nothing waits longer than one in one place.
        long due = now() + 5 * HOUR_MS + 700;
        broker.call(timed("far", due, "K"));
        broker.group().advance(5 * HOUR_MS + 699);
        assertThat(pulled("T", 0)).isEmpty();
        broker.group().advance(1);
        assertThat(pulled("T", 0)).hasSize(1);
        assertThat(pulled("T", 0).get(0).properties()).containsEntry("TIMER_ROLL_TIMES", "5");
        assertThat(broker.state().part(TimerState.class).waitingCount()).isZero();
    }

    @Test
    void aRecalledMessageIsNotDelivered() {
        FakeRequest send = broker.call(timed("recalled", now() + 30_500, "K1"));
        broker.call(timed("kept", now() + 30_500, "K2"));
        broker.group().advance(10_000);
        FakeRequest recall = recall("T", requireNonNull(send.replyField("recallHandle")));
        assertThat(recall.replyCode()).isZero();
        assertThat(recall.replyField("msgId")).isEqualTo("K1");
        assertThat(recall.replyField("MSG_REGION"))
                .as("what a client needs to trace the recall")
                .isEqualTo("DefaultRegion");
        broker.group().advance(60_000);
        assertThat(pulled("T", 0)).extracting(Message::body).containsExactly("kept");
        assertThat(broker.state().part(TimerState.class).waitingCount()).isZero();
    }

    @Test
    void aFarMessageIsRecalledToo() {
        FakeRequest send = broker.call(timed("recalled", now() + 3 * HOUR_MS, "K1"));
        broker.group().advance(HOUR_MS / 2);
        assertThat(recall("T", requireNonNull(send.replyField("recallHandle"))).replyCode())
                .isZero();
        broker.group().advance(4 * HOUR_MS);
        assertThat(pulled("T", 0)).isEmpty();
    }

    @Test
    void aProducerMayRecallByAMessageOfItsOwn() {
        long due = now() + 30_500;
        broker.call(timed("recalled", due, "K1"));
        broker.call(broker.send(
                "T", 0, "x", "TIMER_DELIVER_MS", Long.toString(due), "TIMER_DEL_UNIQKEY", "K1", "UNIQ_KEY", "R"));
        broker.call(broker.send(
                "U", 0, "x", "TIMER_DELIVER_MS", Long.toString(due), "TIMER_DEL_UNIQKEY", "T+K2", "UNIQ_KEY", "R"));
        broker.call(timed("kept", due, "K2"));
        broker.group().advance(60_000);
        assertThat(pulled("T", 0)).extracting(Message::body).containsExactly("kept");
        assertThat(pulled("U", 0)).isEmpty();
    }

    @Test
    void forgedAndLateHandlesAreRefusedAndDisturbNothing() {
        long due = now() + 30_500;
        String good = broker.call(timed("kept", due, "K")).replyField("recallHandle");
        String at = Long.toString(due);
        for (String wrong : List.of(
                "x",
                "%%%",
                handle("v2", "T", "broker-a", at, "K"),
                handle("v1", "T", "broker-a", at),
                handle("v1", "U", "broker-a", at, "K"),
                handle("v1", "T", "broker-b", at, "K"),
                handle("v1", "T", "broker-a", "1", "K"),
                handle("v1", "T", "broker-a", "-1", "K"),
                handle("v1", "T", "broker-a", "253402300799000", "K"),
                handle("v1", "T", "broker-a", "9".repeat(40), "K"),
                handle("v1", "T", "broker-a", "x", "K"),
                handle("v1", "T", "broker-a", at, "K".repeat(100_000)))) {
            assertThat(recall("T", wrong).replyCode()).as(wrong).isEqualTo(ResponseCode.ILLEGAL_OPERATION);
        }
        assertThat(recall("Unknown", requireNonNull(good)).replyCode()).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        broker.group().advance(30_400);
        assertThat(recall("T", requireNonNull(good)).replyCode()).isEqualTo(ResponseCode.ILLEGAL_OPERATION);
        broker.group().advance(100);
        assertThat(pulled("T", 0)).hasSize(1);
    }

    @Test
    void aRecallCountsFromItsProposalOn() {
        long second = now() / 1000 * 1000 + 50_000;
        FakeRequest send = broker.call(timed("recalled", second + 5, "K1"));
        broker.group().advance(second - 1 - now());
        broker.group().hold();
        FakeRequest recall = recall("T", requireNonNull(send.replyField("recallHandle")));
        broker.group().advance(3_000);
        assertThat(recall.replied()).isFalse();
        broker.group().commitHeld();
        assertThat(recall.replyCode()).isZero();
        broker.group().advance(3_000);
        assertThat(pulled("T", 0)).isEmpty();
    }

    @Test
    void aRecallCountsForTheNextLeaderToo() {
        long second = now() / 1000 * 1000 + 50_000;
        broker.call(timed("early", second + 10, "K0"));
        FakeRequest send = broker.call(timed("recalled", second + 900, "K1"));
        recall("T", requireNonNull(send.replyField("recallHandle")));
        broker.group().advance(second + 20 - now());
        assertThat(pulled("T", 0)).hasSize(1);
        // The recall lies before what is delivered already.
        broker.group().follow();
        broker.group().lead();
        broker.group().advance(5_000);
        assertThat(pulled("T", 0)).extracting(Message::body).containsExactly("early");
    }

    @Test
    void whatAnEarlierLeaderProposedIsNotDeliveredAgain() {
        for (int i = 0; i < 1_200; i++) {
            broker.begin(timed("m" + i, now() + 65_000 + i % 7, "K" + i));
        }
        broker.group().settle();
        broker.group().hold();
        broker.group().advance(66_000);
        assertThat(broker.group().pendingEntries()).isPositive();
        broker.group().follow();
        broker.group().advance(1_000);
        broker.group().lead();
        broker.group().commitHeld();
        broker.group().advance(1_000);
        assertThat(pulled("T", 0)).hasSize(1_200);
    }

    @Test
    void whatIsRefusedIsDeliveredOnceItIsTaken() {
        broker.call(timed("x", now() + 1_000, "K"));
        broker.group().refuse(Refusal.BUSY);
        broker.group().advance(5_000);
        broker.group().refuse(null);
        broker.group().advance(100);
        assertThat(pulled("T", 0)).hasSize(1);
    }

    @Test
    void timersOfADeletedTopicAreSkippedAndBlockNoOthers() {
        broker.call(broker.send("Gone", 0, "x", "TIMER_DELAY_SEC", "5"));
        broker.call(broker.send("T", 0, "y", "TIMER_DELAY_SEC", "5"));
        broker.parts().metadata().deleteTopic("Gone", refusal -> {});
        broker.group().advance(6_000);
        assertThat(pulled("T", 0)).hasSize(1);
        assertThat(broker.state().part(TimerState.class).waitingCount()).isZero();
    }

    @Test
    void toolsAndMetricsShowWhatWaitsAndWhatWasDelivered() {
        broker.call(timed("x", now() + 5_000, "K1"));
        broker.call(timed("y", now() + 500_000, "K2"));
        assertThat(runtimeTable()).contains("\"timerCongestNum\":\"2\"", "\"timerReadBehind\":\"0\"");
        broker.group().refuse(Refusal.BUSY);
        broker.group().advance(9_500);
        assertThat(runtimeTable()).contains("\"timerReadBehind\":\"4\"");
        broker.group().refuse(null);
        broker.group().advance(10_000);
        assertThat(runtimeTable()).contains("\"timerCongestNum\":\"1\"", "\"timerReadBehind\":\"0\"");
        Map<String, Double> shown = new HashMap<>();
        Map<String, Double> snapshot = new HashMap<>();
        Map<String, Double> histograms = new HashMap<>();
        broker.parts().metrics().collect(new MetricSink() {
            @Override
            public void counter(String name, String help, Map<String, String> labels, double value) {
                shown.put(name, value);
            }

            @Override
            public void gauge(String name, String help, Map<String, String> labels, double value) {
                shown.put(name, value);
                if (name.equals("rocketmq_timer_message_snapshot")) {
                    snapshot.put(labels.get("timer_bound_s"), value);
                }
            }

            @Override
            public void histogram(
                    String name, String help, Map<String, String> labels, double[] bounds, long[] counts, double sum) {
                histograms.put(name, sum);
            }
        });
        assertThat(shown)
                .containsEntry("rocketmq_timing_messages", 1.0)
                .containsEntry("rocketmq_timer_enqueue_total", 2.0)
                .containsEntry("rocketmq_timer_dequeue_total", 1.0)
                .containsEntry("rocketmq_timer_dequeue_lag", 1.0)
                .containsEntry("rocketmq_timer_dequeue_latency_milliseconds", 0.0);
        // One waits for eight minutes more: between the bounds of five and of fifteen.
        assertThat(snapshot)
                .containsOnlyKeys("5", "60", "300", "900", "3600", "14400", "28800", "86400")
                .containsEntry("300", 0.0)
                .containsEntry("900", 1.0)
                .containsEntry("3600", 0.0);
        assertThat(histograms).containsEntry("rocketmq_delay_message_latency_seconds", 505.0);
    }

    private String runtimeTable() {
        return broker.call(new FakeRequest(RequestCode.GET_BROKER_RUNTIME_INFO)).replyText();
    }
}
