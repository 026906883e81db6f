package io.vledger.broker.metrics;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.metrics.MetricSink;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.broker.group.Traffic.MessageType;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokerMetricsTest {
    private TestBroker broker;
    private BrokerMetrics metrics;

    @BeforeEach
    void open() throws Exception {
        broker = TestBroker.leader();
        broker.topic("T", 2);
        broker.call(new FakeRequest(RequestCode.HEART_BEAT)
                .on(new FakeConnection(1001))
                .body("{\"clientID\":\"c\",\"consumerDataSet\":[{\"groupName\":\"g\",\"consumeType\":"
                        + "\"CONSUME_PASSIVELY\",\"subscriptionDataSet\":[{\"topic\":\"T\",\"subString\":\"*\","
                        + "\"subVersion\":1},{\"topic\":\"%RETRY%g\",\"subString\":\"*\",\"subVersion\":1}]}],"
                        + "\"producerDataSet\":[{\"groupName\":\"pg\"}]}"));
        metrics = broker.parts().metrics();
    }

    @AfterEach
    void close() throws Exception {
        metrics.stop();
        broker.close();
    }

    /** What is exported now, by name and labels in the order of their names. */
    private Map<String, Double> exported() {
        Map<String, Double> exported = new TreeMap<>();
        metrics.collect(new MetricSink() {
            @Override
            public void counter(String name, String help, Map<String, String> labels, double value) {
                assertThat(exported.put(name + new TreeMap<>(labels), value)).isNull();
            }

            @Override
            public void gauge(String name, String help, Map<String, String> labels, double value) {
                counter(name, help, labels, value);
            }

            @Override
            public void histogram(
                    String name, String help, Map<String, String> labels, double[] bounds, long[] counts, double sum) {
                counter(name, help, labels, sum);
            }
        });
        return exported;
    }

    private Map<String, Double> exportedAfterASample() {
        exported();
        broker.group().advance(2 * BrokerMetrics.SAMPLE_MS);
        return exported();
    }

    private static String lagged(String name) {
        return "rocketmq_consumer_" + name + "{cluster=Cluster, consumer_group=g, is_retry=false, is_system=false, "
                + "node_id=broker-a, node_type=broker, topic=T}";
    }

    @Test
    void aGroupIsBehindByWhatItHasNotConsumedAndNotPulled() {
        for (int i = 0; i < 5; i++) {
            broker.message("T", 0, "m" + i, "");
            broker.group().advance(10_000);
        }
        broker.message("T", 1, "never asked for", "");
        broker.consumed("g", "T", 0, 1);
        broker.parts().traffic().out("T@g", 3, 300);
        broker.parts().traffic().pulled("T@g", 0, 3);
        Map<String, Double> exported = exportedAfterASample();
        assertThat(exported)
                .containsEntry(lagged("lag_messages"), 4.0)
                .containsEntry(lagged("inflight_messages"), 2.0)
                .containsEntry(lagged("ready_messages"), 2.0);
        // Message 1 was stored 40 s before the last run of the clock ended, message 3 20 s before.
        assertThat(exported.get(lagged("lag_latency_milliseconds"))).isBetween(40_000.0, 43_000.0);
        assertThat(exported.get(lagged("queueing_latency_milliseconds"))).isBetween(20_000.0, 23_000.0);
        assertThat(exported.keySet()).noneMatch(name -> name.contains("%RETRY%"));
    }

    @Test
    void whatIsInFlightOfAPoppingGroupIsKnownToTheNextLeaderToo() {
        for (int i = 0; i < 4; i++) {
            broker.message("T", 0, "m", "");
        }
        FakeRequest pop = broker.call(new FakeRequest(RequestCode.POP_MESSAGE)
                .with("consumerGroup", "g")
                .with("topic", "T")
                .with("queueId", -1)
                .with("maxMsgNums", 3)
                .with("invisibleTime", 60_000)
                .with("pollTime", 0)
                .with("bornTime", 0)
                .with("initMode", 0));
        String receipt = "0 " + pop.replyField("popTime") + " 60000 0 0 broker-a 0 1";
        assertThat(broker.call(new FakeRequest(RequestCode.ACK_MESSAGE)
                                .with("consumerGroup", "g")
                                .with("topic", "T")
                                .with("queueId", 0)
                                .with("extraInfo", receipt)
                                .with("offset", 1))
                        .replyCode())
                .isZero();
        broker.group().follow("n1");
        broker.group().lead();
        assertThat(exportedAfterASample())
                .containsEntry(lagged("inflight_messages"), 2.0)
                .containsEntry(lagged("ready_messages"), 1.0)
                .containsEntry(lagged("lag_messages"), 3.0);
        String common = "{cluster=Cluster, ";
        assertThat(exported().keySet())
                .anyMatch(name -> name.startsWith("rocketmq_pop_checkpoint_buffer_size"))
                .anyMatch(name -> name.startsWith("rocketmq_pop_offset_buffer_size"))
                .anyMatch(name -> name.startsWith("rocketmq_pop_revive_lag" + common) && name.contains("queue_id=0"))
                .anyMatch(name -> name.startsWith("rocketmq_pop_revive_latency_milliseconds" + common))
                .anyMatch(name -> name.startsWith("rocketmq_pop_revive_out_message_total" + common));
    }

    @Test
    void onlyALeaderExportsLags() {
        broker.message("T", 0, "m", "");
        broker.consumed("g", "T", 0, 0);
        assertThat(exportedAfterASample()).containsEntry(lagged("lag_messages"), 1.0);
        broker.group().follow("n1");
        assertThat(exported()).doesNotContainKey(lagged("lag_messages"));
        broker.group().lead();
        assertThat(exportedAfterASample()).containsEntry(lagged("lag_messages"), 1.0);
    }

    @Test
    void trafficIsExportedByTopicTypeAndGroup() {
        broker.parts().traffic().in("T", MessageType.NORMAL, 3, 600);
        broker.parts().traffic().in("T", MessageType.FIFO, 1, 50);
        broker.parts().traffic().in("TBW102", MessageType.DELAY, 1, 50);
        broker.parts().traffic().out("%RETRY%g@g", 2, 100);
        broker.parts().traffic().pulled("%RETRY%g@g", 0, 2);
        broker.parts().traffic().deadLetter("T@g", 10);
        String common = "cluster=Cluster, ";
        String node = "node_id=broker-a, node_type=broker, topic=";
        assertThat(exported())
                .containsEntry(
                        "rocketmq_messages_in_total{" + common + "is_system=false, message_type=normal, " + node + "T}",
                        3.0)
                .containsEntry(
                        "rocketmq_throughput_in_total{" + common + "is_system=false, message_type=fifo, " + node + "T}",
                        50.0)
                .containsEntry(
                        "rocketmq_message_size{" + common + "is_system=true, message_type=delay, " + node + "TBW102}",
                        50.0)
                .containsEntry(
                        "rocketmq_messages_out_total{" + common + "consumer_group=g, is_retry=true, is_system=false, "
                                + node + "%RETRY%g}",
                        2.0)
                .containsEntry(
                        "rocketmq_send_to_dlq_messages_total{" + common + "consumer_group=g, is_system=false, " + node
                                + "T}",
                        1.0);
    }

    @Test
    void connectionsAreCountedByWhatTheyAre() {
        assertThat(exportedAfterASample())
                .containsEntry(
                        "rocketmq_consumer_connections{cluster=Cluster, consume_mode=push, consumer_group=g, "
                                + "is_system=false, language=java, node_id=broker-a, node_type=broker, "
                                + "protocol_type=remoting, version=v5_5_0}",
                        1.0)
                .containsEntry(
                        "rocketmq_producer_connections{cluster=Cluster, language=java, node_id=broker-a, "
                                + "node_type=broker, protocol_type=remoting, version=v5_5_0}",
                        1.0);
    }

    @Test
    void filtersAndLightQueuesAreExported() throws Exception {
        metrics.stop();
        broker.close();
        broker = TestBroker.leader(new GroupConfig.Features(true, true, true, 100, false));
        metrics = broker.parts().metrics();
        broker.call(broker.send("T", 0, "cheap", "price", "1", "INNER_MULTI_DISPATCH", "%LMQ%a,%LMQ%b"));
        broker.call(broker.send("T", 0, "dear", "price", "9", "INNER_MULTI_DISPATCH", "%LMQ%a"));
        broker.call(new FakeRequest(RequestCode.HEART_BEAT)
                .on(new FakeConnection(1001))
                .body(
                        "{\"clientID\":\"c\",\"consumerDataSet\":[{\"groupName\":\"g\",\"subscriptionDataSet\":[{\"topic\":"
                                + "\"T\",\"expressionType\":\"SQL92\",\"subString\":\"price > 5\",\"subVersion\":1}]}],"
                                + "\"producerDataSet\":[]}"));
        FakeRequest pull =
                broker.pull("T", 0, 0).with("expressionType", "SQL92").with("subscription", "price > 5");
        assertThat(TestBroker.messages(broker.call(pull).replyBody())).hasSize(1);
        FakeRequest pop = new FakeRequest(RequestCode.POP_MESSAGE)
                .with("consumerGroup", "h")
                .with("topic", "T")
                .with("queueId", 0)
                .with("maxMsgNums", 8)
                .with("invisibleTime", 60_000)
                .with("pollTime", 0)
                .with("bornTime", 0)
                .with("initMode", 0)
                .with("expType", "SQL92")
                .with("exp", "price < 20");
        assertThat(TestBroker.messages(broker.call(pop).replyBody())).hasSize(2);
        String plain = "{cluster=Cluster, node_id=broker-a, node_type=broker}";
        assertThat(exportedAfterASample())
                .containsEntry("rocketmq_filter_evaluated_messages_total" + plain, 4.0)
                .containsEntry("rocketmq_filter_selected_messages_total" + plain, 3.0)
                .containsEntry("rocketmq_filter_number" + plain, 1.0)
                .containsEntry("rocketmq_light_queue_number" + plain, 2.0)
                .containsEntry("rocketmq_light_queue_messages_total" + plain, 3.0);
    }

    @Test
    void aDamagedQueueIndexLeavesTheOtherFiguresWhole(@TempDir Path directory) throws Exception {
        metrics.stop();
        broker.close();
        broker = TestBroker.leaderOver(directory);
        metrics = broker.parts().metrics();
        broker.topic("T", 2);
        broker.message("T", 0, "m", "");
        broker.message("T", 1, "m", "");
        broker.store().queues().prepareFlush().run();
        List<Path> files;
        try (Stream<Path> all = Files.walk(directory)) {
            files = all.filter(file -> Files.isRegularFile(file)
                            && requireNonNull(file.getParent()).endsWith("queues"))
                    .toList();
        }
        assertThat(files).isNotEmpty();
        for (Path file : files) {
            byte[] bytes = Files.readAllBytes(file);
            // In a unit of the first queue, behind the header of its chunk.
            bytes[40] ^= 1;
            Files.write(file, bytes);
        }
        assertThat(exportedAfterASample())
                .containsKey("rocketmq_topic_number{cluster=Cluster, node_id=broker-a, node_type=broker}");
    }
}
