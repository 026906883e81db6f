package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Delivery;
import io.vledger.acceptance.fixture.Place;
import io.vledger.acceptance.fixture.Sent;
import io.vledger.acceptance.fixture.Target;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every way of sending and receiving that the clients have, in both releases. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProduceAndConsumeIT {
    private static final int FRESH_CONSUMERS = 50;
    private static final Duration FRESH_LIMIT = Duration.ofSeconds(15);

    private final Path directory = WorkDirectory.of(ProduceAndConsumeIT.class);
    private final Topics topics = new Topics();
    private Target target;
    private ClientPool clients;

    @BeforeAll
    void start() {
        target = Target.start(directory);
        clients = new ClientPool(target.nameServer(), directory);
    }

    @AfterAll
    void stop() {
        clients.close();
        target.close();
    }

    @ParameterizedTest
    @EnumSource
    void whatIsSentInAnyWayIsDeliveredFromThePlaceThatWasAcknowledged(ClientRelease release) {
        ClientProcess client = clients.of(release);
        String topic = topics.next("ways");
        client.createTopic(topic, 4);
        Map<String, Place> acknowledged = new HashMap<>();
        List<Sent> sync = client.send(
                "topic", topic, "body", "sync", "count", 5, "keys", "k1 k2", "tags", "T", "p.colour", "red=1;x");
        List<Sent> async = client.send("topic", topic, "body", "async", "count", 50, "how", "async");
        List<Sent> batch = client.send("topic", topic, "body", "batch", "count", 10, "how", "batch");
        client.send("topic", topic, "body", "oneway", "count", 5, "how", "oneway");
        IntStream.range(0, 5)
                .forEach(i -> acknowledged.put("sync-" + i, sync.get(i).place()));
        IntStream.range(0, 50)
                .forEach(i -> acknowledged.put("async-" + i, async.get(i).place()));
        Place first = batch.get(0).place();
        IntStream.range(0, 10)
                .forEach(i -> acknowledged.put("batch-" + i, new Place(first.queueId(), first.queueOffset() + i)));
        assertThat(batch.get(0).id().split(",")).hasSize(10);
        assertThat(batch.get(0).offsetId().split(",")).hasSize(10);
        assertThat(sync).extracting(Sent::status).containsOnly("SEND_OK");

        client.call("push", "name", topic, "group", "g_" + topic, "topic", topic);
        List<Delivery> delivered = client.awaitBodies(topic, 70);
        Map<String, Place> places = new HashMap<>();
        delivered.forEach(each -> places.put(each.body(), each.place()));
        assertThat(places).containsAllEntriesOf(acknowledged).containsKeys("oneway-0", "oneway-4");
        assertThat(delivered).filteredOn(each -> each.body().startsWith("sync")).allSatisfy(each -> {
            assertThat(each.tags()).isEqualTo("T");
            assertThat(each.keys()).isEqualTo("k1 k2");
            assertThat(each.property("colour")).isEqualTo("red=1;x");
        });
        client.stop(topic);
    }

    /** What a producer of 5.x gathers itself (autoBatch) is an ordinary batch, so that no topic needs inner batches for it. */
    @Test
    void whatAClientGathersIntoBatchesIsDeliveredMessageByMessage() {
        ClientProcess client = clients.of(ClientRelease.V5);
        String topic = topics.next("gathered");
        client.createTopic(topic, 1);
        client.call("producer", "name", "gatherer", "group", "gatherers", "gather", true);
        List<Sent> sent = client.send(
                "producer",
                "gatherer",
                "topic",
                topic,
                "body",
                "m",
                "count",
                100,
                "how",
                "async",
                "tags",
                "T",
                "keys",
                "k");
        assertThat(sent).hasSize(100).extracting(Sent::status).containsOnly("SEND_OK");
        client.call("push", "name", topic, "group", "g_" + topic, "topic", topic);
        List<Delivery> delivered = client.awaitBodies(topic, 100);
        assertThat(delivered).allSatisfy(each -> assertThat(each.tags()).isEqualTo("T"));
        client.stop(topic);
    }

    /** With the client's own intervals of 30 s for routes and heartbeats, a client that misses something once is silent for as long. */
    @Test
    void consumersOfNewTopicsThatStartAtOnceConsumeAtOnce() {
        String name = topics.next("fresh");
        try (ClientProcess client = ClientProcess.start(
                ClientRelease.V5,
                target.nameServer(),
                WorkDirectory.create(directory.resolve(name)),
                "-Dacceptance.pollMs=30000",
                "-Dacceptance.heartbeatMs=30000",
                "-Xss256k")) {
            IntStream.range(0, FRESH_CONSUMERS).parallel().forEach(i -> {
                String topic = name + "_" + i;
                client.send("topic", topic, "body", "m");
                client.call("push", "name", topic, "group", "g_" + topic, "topic", topic);
            });
            for (int i = 0; i < FRESH_CONSUMERS; i++) {
                String topic = name + "_" + i;
                Await.until(topic + " is consumed", FRESH_LIMIT, () -> !client.deliveries(topic)
                        .isEmpty());
            }
        }
    }

    @Test
    void aClientOfTheVipChannelSendsAndConsumes() {
        String topic = topics.next("vip");
        // What clients up to 4.5.0 and rocketmq-dashboard do by default: all but pulls and
        // heartbeats goes two ports below.
        try (ClientProcess client = ClientProcess.start(
                ClientRelease.V4,
                target.nameServer(),
                WorkDirectory.create(directory.resolve(topic)),
                "-Dcom.rocketmq.sendMessageWithVIPChannel=true")) {
            client.createTopic(topic, 2);
            assertThat(client.send("topic", topic, "body", "m", "count", 20))
                    .extracting(Sent::status)
                    .containsOnly("SEND_OK");
            client.call("push", "name", topic, "group", "g_" + topic, "topic", topic, "orderly", true);
            client.awaitBodies(topic, 20);
            client.stop(topic);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLargeBodyComesBackWhole(ClientRelease release) {
        ClientProcess client = clients.of(release);
        String topic = topics.next("large");
        client.createTopic(topic, 1);
        client.send("topic", topic, "body", "large", "pad", 1_000_000);
        client.call("push", "name", topic, "group", "g_" + topic, "topic", topic);
        List<Delivery> delivered = client.awaitBodies(topic, 1);
        assertThat(delivered.get(0).line().number("length")).isEqualTo(1_000_005);
        client.stop(topic);
    }

    @ParameterizedTest
    @EnumSource
    void aTagFilterPassesOnlyItsTags(ClientRelease release) {
        ClientProcess client = clients.of(release);
        String topic = topics.next("tags");
        client.createTopic(topic, 2);
        client.call("push", "name", topic, "group", "g_" + topic, "topic", topic, "tags", "A || C");
        for (String tag : List.of("B", "A", "", "C", "D")) {
            client.send("topic", topic, "body", "tag" + tag, "count", 3, "tags", tag);
        }
        assertThat(client.awaitDifferentBodies(topic, 6))
                .containsExactlyInAnyOrder("tagA-0", "tagA-1", "tagA-2", "tagC-0", "tagC-1", "tagC-2");
        client.stop(topic);
    }

    @ParameterizedTest
    @EnumSource
    void anOrderlyConsumerSeesAQueueInOrderEvenWhenItRefusesAMessageOnce(ClientRelease release) {
        ClientProcess client = clients.of(release);
        String topic = topics.next("orderly");
        client.createTopic(topic, 2);
        client.call("push", "name", topic, "group", "g_" + topic, "topic", topic, "orderly", true, "fail", 1);
        client.send("topic", topic, "body", "m", "count", 10, "queue", 1);
        List<Delivery> delivered = client.awaitBodies(topic, 10);
        List<String> order = IntStream.range(0, 10).mapToObj(i -> "m-" + i).toList();
        assertThat(delivered).extracting(Delivery::body).contains("m-9");
        assertThat(delivered.stream().map(Delivery::body).distinct()).containsExactlyElementsOf(order);
        assertThat(delivered.stream()
                        .filter(each -> each.reconsumed() > 0)
                        .map(Delivery::body)
                        .distinct())
                .as("each is delivered again after the refusal")
                .startsWith("m-0", "m-1", "m-2");
        client.stop(topic);
    }

    @ParameterizedTest
    @EnumSource
    void broadcastReachesEveryConsumerOfTheGroup(ClientRelease release) {
        ClientProcess client = clients.of(release);
        String topic = topics.next("broadcast");
        client.createTopic(topic, 2);
        for (String name : List.of(topic + "1", topic + "2")) {
            client.call("push", "name", name, "group", "g_" + topic, "topic", topic, "broadcast", true);
        }
        client.send("topic", topic, "body", "to-all", "count", 10);
        client.awaitBodies(topic + "1", 10);
        client.awaitBodies(topic + "2", 10);
        client.stop(topic + "1");
        client.stop(topic + "2");
    }

    @Test
    void consumersOfBothReleasesShareTheQueuesOfAGroup() {
        String topic = topics.next("shared");
        clients.of(ClientRelease.V5).createTopic(topic, 4);
        for (ClientRelease release : ClientRelease.values()) {
            clients.of(release).call("push", "name", topic, "group", "g_" + topic, "topic", topic);
        }
        List<String> sent = new ArrayList<>();
        Await.until("both get messages", Duration.ofSeconds(60), () -> {
            String body = "round" + sent.size();
            clients.of(ClientRelease.V4).send("topic", topic, "body", body, "count", 4);
            IntStream.range(0, 4).forEach(i -> sent.add(body + "-" + i));
            return !clients.of(ClientRelease.V4).deliveries(topic).isEmpty()
                    && !clients.of(ClientRelease.V5).deliveries(topic).isEmpty();
        });
        Await.until("all is delivered", Duration.ofSeconds(60), () -> {
            List<String> bodies = new ArrayList<>();
            for (ClientRelease release : ClientRelease.values()) {
                clients.of(release).deliveries(topic).forEach(each -> bodies.add(each.body()));
            }
            return bodies.containsAll(sent);
        });
        for (ClientRelease release : ClientRelease.values()) {
            clients.of(release).stop(topic);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLitePullConsumerResumesWhereItCommitted(ClientRelease release) {
        ClientProcess client = clients.of(release);
        String topic = topics.next("lite");
        String group = "g_" + topic;
        client.createTopic(topic, 2);
        client.send("topic", topic, "body", "first", "count", 20);
        client.call("lite", "name", topic + "1", "group", group, "topic", topic);
        client.awaitBodies(topic + "1", 20);
        client.call("commitLite", "name", topic + "1", "topic", topic);
        client.awaitAllCommitted(group, topic);
        client.stop(topic + "1");
        client.send("topic", topic, "body", "second", "count", 5);
        client.call("lite", "name", topic + "2", "group", group, "topic", topic);
        assertThat(client.awaitBodies(topic + "2", 5))
                .extracting(Delivery::body)
                .allSatisfy(body -> assertThat(body).startsWith("second"));
        client.stop(topic + "2");
    }

    @ParameterizedTest
    @EnumSource
    void aPushConsumerThatReturnsResumesWhereItStopped(ClientRelease release) {
        ClientProcess client = clients.of(release);
        String topic = topics.next("resume");
        String group = "g_" + topic;
        client.createTopic(topic, 2);
        client.send("topic", topic, "body", "first", "count", 10);
        client.call("push", "name", topic + "1", "group", group, "topic", topic);
        client.awaitBodies(topic + "1", 10);
        client.awaitAllCommitted(group, topic);
        client.stop(topic + "1");
        client.send("topic", topic, "body", "second", "count", 5);
        client.call("push", "name", topic + "2", "group", group, "topic", topic);
        assertThat(client.awaitBodies(topic + "2", 5))
                .extracting(Delivery::body)
                .allSatisfy(body -> assertThat(body).startsWith("second"));
        client.stop(topic + "2");
    }
}
