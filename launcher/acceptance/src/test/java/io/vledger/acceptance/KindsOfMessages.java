package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.Delivery;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.line.Line;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * Messages of each kind, sent and received by the 5.x clients of one process, and what must come of them. Much of it takes seconds of its
 * own: all is begun at once.
 */
final class KindsOfMessages {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int DELAY_MS = 3_000;
    private static final int IN_ORDER = 5;
    private static final int INVISIBLE_MS = 15_000;
    private static final int CHANGED_MS = 1_000;
    private static final String ONE_RETRY = " -r 1";
    private static final List<String> TAGS = List.of("a", "b", "c");
    private static final List<String> COLORS = List.of("red", "blue", "green");

    private final String clients;
    private final ClientProcess by;
    private final Topics5x topics;
    private final String tags;
    private final String sql;
    private final String transactions;
    private final String delays;
    private final String fifo;
    private final String dead;
    private final String deadInOrder;
    private final String unacknowledged;
    private final String changed;
    private CompletableFuture<Long> changedAfterMs = new CompletableFuture<>();
    private long delayedMs;
    private String delayedId = "";
    private String recalledId = "";

    /**
     * Creates the topics.
     *
     * @param clients which they are, a word
     * @param retry options of the groups that consume in order, for retry policies that these clients know
     */
    KindsOfMessages(String clients, ClientProcess by, Topics5x topics, String retry) {
        this.clients = clients;
        this.by = by;
        this.topics = topics;
        tags = topics.create(clients + "-tags", "NORMAL");
        sql = topics.create(clients + "-sql", "NORMAL");
        transactions = topics.create(clients + "-transactions", "TRANSACTION");
        delays = topics.create(clients + "-delays", "DELAY");
        fifo = topics.createOrdered(clients + "-fifo", Topics5x.EXPONENTIAL);
        dead = topics.create(clients + "-dead", "NORMAL");
        topics.groupOf(dead, ONE_RETRY);
        deadInOrder = topics.createOrdered(clients + "-dead-fifo", ONE_RETRY + retry);
        unacknowledged = topics.createOrdered(clients + "-unacknowledged", "");
        changed = topics.create(clients + "-changed", "NORMAL");
    }

    /** Subscribes, and sends what takes time. */
    void begin() {
        beginOrder();
        push("dead", dead, "fail", 99);
        push("dead-fifo", deadInOrder, "fail", 99);
        push("fifo", fifo, "fail", 1);
        push("tags", tags, "tags", "a || c");
        push("sql", sql, "sql", "color = 'red'");
        push("transactions", transactions);
        push("delays", delays);
        send(dead, "poison", 1);
        send(deadInOrder, "poison", 2, "messageGroup", "one");
        send(fifo, "f", IN_ORDER, "messageGroup", "one");
        by.call("transact", "topic", transactions, "body", "committed", "outcome", "commit");
        by.call("transact", "topic", transactions, "body", "rolled-back", "outcome", "rollback");
        by.call("transact", "topic", transactions, "body", "asked-commit", "outcome", "none");
        by.call("transact", "topic", transactions, "body", "asked-rollback", "outcome", "none");
        Line toRecall = by.call("delay", "topic", delays, "body", "recalled", "afterMs", 2 * DELAY_MS);
        delayedMs = System.currentTimeMillis();
        by.call("delay", "topic", delays, "body", "late", "afterMs", DELAY_MS);
        recalledId = by.call("recall", "topic", delays, "handle", toRecall.text("handle"))
                .text("id");
        delayedId = toRecall.text("id");
        for (String topic : List.of(tags, sql)) {
            for (int i = 0; i < TAGS.size(); i++) {
                send(topic, TAGS.get(i), 2, "tag", TAGS.get(i), "color", COLORS.get(i));
            }
        }
        changedAfterMs = CompletableFuture.supplyAsync(this::change);
    }

    private void push(String kind, String topic, Object... more) {
        List<Object> pairs = new ArrayList<>(List.of("name", kind, "group", topics.groupOf(topic), "topic", topic));
        pairs.addAll(List.of(more));
        by.call("push", pairs.toArray());
    }

    private void send(String topic, String prefix, int count, Object... more) {
        List<Object> pairs = new ArrayList<>(List.of("topic", topic, "prefix", prefix, "count", count));
        pairs.addAll(List.of(more));
        by.call("send", pairs.toArray());
    }

    /** Five messages of a group are received, and two of them acknowledged. */
    private void beginOrder() {
        String group = topics.groupOf(unacknowledged);
        send(unacknowledged, "u", 5, "messageGroup", "one");
        assertThat(topics.receive(by, unacknowledged, 5, INVISIBLE_MS))
                .as(clients)
                .containsExactly("u0:1", "u1:1", "u2:1", "u3:1", "u4:1");
        by.call("ack", "group", group, "body", "u0");
        by.call("ack", "group", group, "body", "u1");
        send(unacknowledged, "v", 1, "messageGroup", "one");
    }

    /** Two messages are received, and become invisible for a longer, and for a shorter time; after how many ms the second was back. */
    private long change() {
        String group = topics.groupOf(changed);
        send(changed, "c", 2);
        assertThat(topics.receive(by, changed, 2, 10 * INVISIBLE_MS))
                .as(clients)
                .containsExactlyInAnyOrder("c0:1", "c1:1");
        long beganMs = System.currentTimeMillis();
        by.call("change", "group", group, "body", "c0", "invisibleMs", 30 * INVISIBLE_MS);
        by.call("change", "group", group, "body", "c1", "invisibleMs", CHANGED_MS);
        assertThat(topics.receive(by, changed, 1, INVISIBLE_MS)).as(clients).containsExactly("c1:2");
        long backMs = System.currentTimeMillis() - beganMs;
        // By the receipts that the changes gave.
        by.call("ack", "group", group, "body", "c0");
        by.call("ack", "group", group, "body", "c1");
        return backMs;
    }

    void assertFilters() {
        by.awaitBodies("tags", 4);
        by.awaitBodies("sql", 2);
        assertThat(by.differentBodies("tags")).as(clients).containsExactlyInAnyOrder("a0", "a1", "c0", "c1");
        assertThat(by.differentBodies("sql")).as(clients).containsExactlyInAnyOrder("a0", "a1");
    }

    void assertTransactions() {
        by.awaitBodies("transactions", 2);
        assertThat(by.differentBodies("transactions"))
                .as(clients)
                .containsExactlyInAnyOrder("committed", "asked-commit");
    }

    void assertDelays() {
        assertThat(recalledId).as(clients).isEqualTo(delayedId);
        by.awaitBodies("delays", 1);
        assertThat(by.deliveries("delays").get(0).receivedMs() - delayedMs)
                .as(clients)
                .isGreaterThanOrEqualTo(DELAY_MS - 100);
        assertThat(bodies("delays")).as(clients).containsOnly("late");
    }

    /** Each fails once: none is delivered before the one before has been taken. */
    void assertOrder() {
        Await.until(
                clients + ": each is delivered again",
                LIMIT,
                () -> attempts("fifo").stream().distinct().count() >= 2 * IN_ORDER);
        assertThat(attempts("fifo").stream().distinct().limit(2 * IN_ORDER))
                .as(clients)
                .containsExactlyElementsOf(IntStream.range(0, 2 * IN_ORDER)
                        .mapToObj(i -> "f" + i / 2 + ":" + (i % 2 + 1))
                        .toList());
    }

    /** What was not acknowledged comes back, and before what was sent later. */
    void assertOrderOfWhatIsNotAcknowledged() {
        assertThat(topics.receive(by, unacknowledged, 4, INVISIBLE_MS))
                .as(clients)
                .containsExactly("u2:2", "u3:2", "u4:2", "v0:1");
    }

    void assertChangesOfTheInvisibleTime() {
        assertThat(changedAfterMs.join())
                .as("%s: ms until it was back", clients)
                .isBetween(CHANGED_MS - 100L, 9L * INVISIBLE_MS);
    }

    /** Messages that fail twice, where one retry is allowed. */
    void assertDeadLetters(ClientProcess reader, Path directory) {
        List<String> both = List.of("poison0", "poison1");
        for (String topic : List.of(dead, deadInOrder)) {
            List<String> expected = topic.equals(dead) ? both.subList(0, 1) : both;
            List<String> bodies = Await.until(
                    "dead letters of " + topic,
                    LIMIT,
                    () -> Evidence.readBack(reader, "%DLQ%" + topics.groupOf(topic), directory.resolve(topic + ".txt"))
                            .bodies(),
                    all -> all.size() >= expected.size());
            assertThat(bodies).as(clients).isEqualTo(expected);
        }
        assertThat(attempts("dead").stream().distinct()).as(clients).containsExactly("poison0:1", "poison0:2");
        assertThat(attempts("dead-fifo").stream().distinct())
                .as(clients)
                .containsExactly("poison0:1", "poison0:2", "poison1:1", "poison1:2");
    }

    /** Body and attempt of what was delivered: one whose answer was lost comes again with the same. */
    private List<String> attempts(String kind) {
        return by.deliveries(kind).stream()
                .map(each -> each.body() + ":" + each.line().text("attempt"))
                .toList();
    }

    private List<String> bodies(String kind) {
        return by.deliveries(kind).stream().map(Delivery::body).toList();
    }
}
