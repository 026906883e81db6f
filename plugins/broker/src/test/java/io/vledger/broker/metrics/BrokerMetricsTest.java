package io.vledger.broker.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.metrics.MetricSink;
import io.vledger.broker.group.Traffic.MessageType;
import io.vledger.broker.rig.Rig;
import io.vledger.broker.rig.RigConnection;
import io.vledger.protocol.RequestCode;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokerMetricsTest {
    @TempDir
    Path directory;

    private Rig rig;
    private BrokerMetrics metrics;

    @BeforeEach
    void open() throws Exception {
        rig = new Rig(directory);
        rig.topic("T", 2);
        rig.call(rig.request(RequestCode.HEART_BEAT, new RigConnection(1001))
                .body("{\"clientID\":\"c\",\"consumerDataSet\":[{\"groupName\":\"g\",\"consumeType\":"
                        + "\"CONSUME_PASSIVELY\",\"subscriptionDataSet\":[{\"topic\":\"T\",\"subString\":\"*\","
                        + "\"subVersion\":1},{\"topic\":\"%RETRY%g\",\"subString\":\"*\",\"subVersion\":1}]}],"
                        + "\"producerDataSet\":[{\"groupName\":\"pg\"}]}"));
        metrics = rig.broker().metrics();
    }

    @AfterEach
    void close() throws Exception {
        metrics.stop();
        rig.close();
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
        rig.group().run(2 * BrokerMetrics.SAMPLE_MS);
        return exported();
    }

    private static String lagged(String name) {
        return "rocketmq_consumer_" + name + "{cluster=cluster-a, consumer_group=g, is_retry=false, is_system=false, "
                + "node_id=broker-a, node_type=broker, topic=T}";
    }

    @Test
    void aGroupIsBehindByWhatItHasNotConsumedAndNotPulled() {
        for (int i = 0; i < 5; i++) {
            rig.message("T", 0, "m" + i, "");
            rig.group().run(10_000);
        }
        rig.message("T", 1, "never asked for", "");
        rig.consumed("g", "T", 0, 1);
        rig.broker().traffic().out("T@g", 3, 300);
        rig.broker().traffic().pulled("T@g", 0, 3);
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
    void onlyALeaderExportsLags() {
        rig.message("T", 0, "m", "");
        rig.consumed("g", "T", 0, 0);
        assertThat(exportedAfterASample()).containsEntry(lagged("lag_messages"), 1.0);
        rig.group().follow("n1");
        assertThat(exported()).doesNotContainKey(lagged("lag_messages"));
        rig.group().lead();
        assertThat(exportedAfterASample()).containsEntry(lagged("lag_messages"), 1.0);
    }

    @Test
    void trafficIsExportedByTopicTypeAndGroup() {
        rig.broker().traffic().in("T", MessageType.NORMAL, 3, 600);
        rig.broker().traffic().in("T", MessageType.FIFO, 1, 50);
        rig.broker().traffic().in("TBW102", MessageType.DELAY, 1, 50);
        rig.broker().traffic().out("%RETRY%g@g", 2, 100);
        rig.broker().traffic().pulled("%RETRY%g@g", 0, 2);
        rig.broker().traffic().deadLetter("T@g", 10);
        String common = "cluster=cluster-a, ";
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
                        "rocketmq_consumer_connections{cluster=cluster-a, consume_mode=push, consumer_group=g, "
                                + "is_system=false, language=java, node_id=broker-a, node_type=broker, "
                                + "protocol_type=remoting, version=v5_5_0}",
                        1.0)
                .containsEntry(
                        "rocketmq_producer_connections{cluster=cluster-a, language=java, node_id=broker-a, "
                                + "node_type=broker, protocol_type=remoting, version=v5_5_0}",
                        1.0);
    }
}
