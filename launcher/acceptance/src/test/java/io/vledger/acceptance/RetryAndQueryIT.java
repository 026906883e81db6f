package io.vledger.acceptance;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Delivery;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.fixture.Sent;
import io.vledger.acceptance.fixture.Target;
import io.vledger.acceptance.fixture.WorkDirectory;
import io.vledger.acceptance.line.Line;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Retries, dead letters, delays, and every way of finding a message or an offset, in both releases. Nearly all of it is waiting
 * for delays of the broker and rebalances of the clients, so the tests wait beside each other, with topics of their own.
 */
@Execution(ExecutionMode.CONCURRENT)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RetryAndQueryIT {
    /** A client that learns of its retry topic late takes its queue at its next rebalance, up to 20 s later. */
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** On a machine that does other things too. */
    private static final int LATE_MS = 15_000;

    private final Path directory = WorkDirectory.of(RetryAndQueryIT.class);
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
    void aRefusedMessageComesAgainUnderItsOwnTopic(ClientRelease release) {
        ClientProcess client = clients.of(release);
        String topic = topics.next("retry");
        client.createTopic(topic, 1);
        client.call("push", "name", topic, "group", "g_" + topic, "topic", topic, "fail", 2);
        client.send("topic", topic, "body", "again", "keys", "kept", "p.colour", "red");
        List<Delivery> delivered = awaitAttempts(client, topic, 3);
        assertThat(delivered.stream().map(Delivery::reconsumed).distinct()).containsExactly(0L, 1L, 2L);
        assertThat(delivered).allSatisfy(each -> {
            assertThat(each.body()).isEqualTo("again");
            assertThat(each.topic()).isEqualTo(topic);
            assertThat(each.keys()).isEqualTo("kept");
            assertThat(each.property("colour")).isEqualTo("red");
        });
        client.stop(topic);
    }

    /** Waits until a consumer has been handed messages that were refused less than so often, of each count at least one. */
    private static List<Delivery> awaitAttempts(ClientProcess client, String consumer, int attempts) {
        return Await.until(
                attempts + " attempts",
                LIMIT,
                () -> client.deliveries(consumer),
                all -> all.stream().map(Delivery::reconsumed).distinct().count() >= attempts);
    }

    @ParameterizedTest
    @EnumSource
    void aMessageRefusedTooOftenBecomesADeadLetter(ClientRelease release) {
        aMessageRefusedTooOftenBecomesADeadLetter(clients.of(release), topics.next("dead"), false);
    }

    @ParameterizedTest
    @EnumSource
    void aMessageRefusedTooOftenInOrderBecomesADeadLetter(ClientRelease release) {
        aMessageRefusedTooOftenBecomesADeadLetter(clients.of(release), topics.next("deadOrderly"), true);
    }

    private void aMessageRefusedTooOftenBecomesADeadLetter(ClientProcess client, String topic, boolean orderly) {
        String group = "g_" + topic;
        client.createTopic(topic, 1);
        client.call(
                "push",
                "name",
                topic,
                "group",
                group,
                "topic",
                topic,
                "fail",
                99,
                "maxReconsumes",
                1,
                "orderly",
                orderly);
        client.send("topic", topic, "body", "poison");
        Await.until(
                "the dead letter",
                LIMIT,
                () -> Evidence.readBack(client, "%DLQ%" + group, directory.resolve(topic + ".txt"))
                        .bodies(),
                bodies -> Set.copyOf(bodies).equals(Set.of("poison")));
        assertThat(client.deliveries(topic).stream().map(Delivery::reconsumed).distinct())
                .containsExactly(0L, 1L);
        client.stop(topic);
    }

    @ParameterizedTest
    @EnumSource
    void delayedMessagesComeAfterTheTimeOfTheirLevelsAndNotMuchLater(ClientRelease release) {
        ClientProcess client = clients.of(release);
        String topic = topics.next("delay");
        client.createTopic(topic, 1);
        client.call("push", "name", topic, "group", "g_" + topic, "topic", topic);
        client.send("topic", topic, "body", "warm-up");
        client.awaitBodies(topic, 1);
        long sentMs = System.currentTimeMillis();
        client.send("topic", topic, "body", "ten", "delay", 3);
        client.send("topic", topic, "body", "five", "delay", 2);
        client.send("topic", topic, "body", "one", "delay", 1);
        client.send("topic", topic, "body", "now");
        long acknowledgedMs = System.currentTimeMillis();
        List<Delivery> delivered = client.awaitBodies(topic, 5);
        Map<String, Integer> seconds = Map.of("now", 0, "one", 1, "five", 5, "ten", 10);
        assertThat(client.differentBodies(topic)).hasSize(5).containsAll(seconds.keySet());
        delivered.stream().filter(each -> seconds.containsKey(each.body())).forEach(each -> {
            long delayMs = 1_000L * requireNonNull(seconds.get(each.body()));
            assertThat(each.line().number("storedMs"))
                    .as(each.body())
                    .isBetween(sentMs + delayMs, acknowledgedMs + delayMs + LATE_MS);
        });
        client.stop(topic);
    }

    @ParameterizedTest
    @EnumSource
    void aMessageIsFoundByItsOffsetIdItsUniqueIdAndItsKeys(ClientRelease release) {
        ClientProcess client = clients.of(release);
        String topic = topics.next("find");
        client.createTopic(topic, 2);
        List<Sent> sent = client.send("topic", topic, "body", "m", "count", 4, "keys", "order-7 order-8");
        client.send("topic", topic, "body", "other", "keys", "order-9");
        for (int i = 0; i < 4; i++) {
            Line byOffset =
                    client.call("view", "topic", topic, "id", sent.get(i).offsetId());
            assertThat(byOffset.text("body")).isEqualTo("m-" + i);
            assertThat(byOffset.number("queueOffset"))
                    .isEqualTo(sent.get(i).place().queueOffset());
        }
        Await.until(
                "found by unique id",
                LIMIT,
                () -> client.call(
                                "viewUnique", "topic", topic, "id", sent.get(2).id())
                        .text("body"),
                "m-2"::equals);
        Await.until(
                "found by key",
                LIMIT,
                () -> client.call("query", "topic", topic, "key", "order-8").text("bodies"),
                "m-0;m-1;m-2;m-3"::equals);
    }

    @ParameterizedTest
    @EnumSource
    void offsetsAreReportedAndSearchedByTime(ClientRelease release) {
        ClientProcess client = clients.of(release);
        String topic = topics.next("offsets");
        client.createTopic(topic, 2);
        List<Sent> sent = client.send("topic", topic, "body", "early", "count", 3, "queue", 1);
        long storedMs = client.call("view", "topic", topic, "id", sent.get(2).offsetId())
                .number("storedMs");
        Await.until("the clock has moved on", LIMIT, () -> System.currentTimeMillis() > storedMs + 20);
        client.send("topic", topic, "body", "late", "count", 2, "queue", 1);
        Map<Integer, long[]> ranges = client.offsets(topic);
        assertThat(ranges.get(0)).containsExactly(0, 0);
        assertThat(ranges.get(1)).containsExactly(0, 5);
        assertThat(search(client, topic, 0)).isZero();
        assertThat(search(client, topic, storedMs + 10)).isEqualTo(3);
        assertThat(search(client, topic, storedMs + 3_600_000)).isBetween(4L, 5L);
    }

    private static long search(ClientProcess client, String topic, long timeMs) {
        return client.call("search", "topic", topic, "queue", 1, "timeMs", timeMs)
                .number("queueOffset");
    }

    @ParameterizedTest
    @EnumSource
    void aCommittedOffsetIsReadBack(ClientRelease release) {
        ClientProcess client = clients.of(release);
        String topic = topics.next("commit");
        String group = "g_" + topic;
        client.createTopic(topic, 2);
        client.send("topic", topic, "body", "m", "count", 8, "queue", 1);
        // The group becomes known by its first member.
        client.call("push", "name", topic, "group", group, "topic", topic);
        client.awaitBodies(topic, 8);
        client.awaitAllCommitted(group, topic);
        client.stop(topic);
        client.call("commit", "group", group, "topic", topic, "queue", 1, "queueOffset", 5);
        assertThat(client.committed(group, topic)).containsEntry(1, 5L);
        client.call("push", "name", topic + "b", "group", group, "topic", topic);
        assertThat(client.awaitDifferentBodies(topic + "b", 3)).containsExactlyInAnyOrder("m-5", "m-6", "m-7");
        client.stop(topic + "b");
    }

    @ParameterizedTest
    @EnumSource
    void aTopicComesIntoBeingByTheFirstSend(ClientRelease release) {
        ClientProcess client = clients.of(release);
        String topic = topics.next("auto");
        assertThat(client.send("topic", topic, "body", "first").get(0).status()).isEqualTo("SEND_OK");
        Line route = Await.until(
                "a route", LIMIT, () -> client.call("route", "topic", topic), line -> line.number("writeQueues") > 0);
        assertThat(route.number("writeQueues")).isEqualTo(4);
        assertThat(route.number("permission")).isEqualTo(6);
        client.call("push", "name", topic, "group", "g_" + topic, "topic", topic);
        client.awaitBodies(topic, 1);
        client.stop(topic);
    }

    @ParameterizedTest
    @ValueSource(strings = {"JSON", "ROCKETMQ"})
    void bothHeaderEncodingsAreSpoken(String encoding) {
        for (ClientRelease release : ClientRelease.values()) {
            Path home = WorkDirectory.create(directory.resolve(encoding));
            try (ClientProcess client =
                    ClientProcess.start(release, target.nameServer(), home, "-Drocketmq.serialize.type=" + encoding)) {
                String topic = topics.next(encoding);
                client.createTopic(topic, 2);
                client.call("push", "name", topic, "group", "g_" + topic, "topic", topic, "fail", 1);
                List<Sent> sent = client.send("topic", topic, "body", "m", "count", 3, "keys", "k", "p.colour", "red");
                assertThat(client.call("view", "topic", topic, "id", sent.get(1).offsetId())
                                .text("p.colour"))
                        .isEqualTo("red");
                client.send("topic", topic, "body", "b", "count", 5, "how", "batch");
                Await.until(
                        "every message is delivered again",
                        LIMIT,
                        () -> client.deliveries(topic).stream()
                                .map(each -> each.body() + " " + each.reconsumed())
                                .distinct()
                                .count(),
                        different -> different == 16);
                client.stop(topic);
            }
        }
    }
}
