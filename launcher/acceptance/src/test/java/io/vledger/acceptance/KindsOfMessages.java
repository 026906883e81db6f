package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.Delivery;
import io.vledger.acceptance.line.Line;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Messages of each kind, sent and received by the 5.x clients of one process, and what must come of them. Much of it takes seconds of its
 * own: all is begun at once.
 */
final class KindsOfMessages {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int DELAY_MS = 3_000;
    private static final int IN_ORDER = 5;
    private static final List<String> TAGS = List.of("a", "b", "c");
    private static final List<String> COLORS = List.of("red", "blue", "green");

    private final String language;
    private final ClientProcess client;
    private final Topics5x topics;
    private final String tags;
    private final String sql;
    private final String transactions;
    private final String delays;
    private final String fifo;
    private long delayedMs;
    private String delayedId = "";
    private String recalledId = "";

    KindsOfMessages(String language, ClientProcess client, Topics5x topics) {
        this.language = language;
        this.client = client;
        this.topics = topics;
        tags = topics.create(language + "-tags", "NORMAL");
        sql = topics.create(language + "-sql", "NORMAL");
        transactions = topics.create(language + "-transactions", "TRANSACTION");
        delays = topics.create(language + "-delays", "DELAY");
        fifo = topics.createOrdered(language + "-fifo");
    }

    /** Subscribes, and sends what takes time. */
    void begin() {
        push("tags", tags, "tags", "a || c");
        push("sql", sql, "sql", "color = 'red'");
        push("transactions", transactions);
        push("delays", delays);
        push("fifo", fifo, "fail", 1);
        client.call("transact", "topic", transactions, "body", "committed", "outcome", "commit");
        client.call("transact", "topic", transactions, "body", "rolled-back", "outcome", "rollback");
        client.call("transact", "topic", transactions, "body", "asked-commit", "outcome", "none");
        client.call("transact", "topic", transactions, "body", "asked-rollback", "outcome", "none");
        Line toRecall = client.call("delay", "topic", delays, "body", "recalled", "afterMs", 2 * DELAY_MS);
        delayedMs = System.currentTimeMillis();
        client.call("delay", "topic", delays, "body", "late", "afterMs", DELAY_MS);
        recalledId = client.call("recall", "topic", delays, "handle", toRecall.text("handle"))
                .text("id");
        delayedId = toRecall.text("id");
        client.call("send", "topic", fifo, "prefix", "f", "count", IN_ORDER, "messageGroup", "one");
        for (String topic : List.of(tags, sql)) {
            for (int i = 0; i < TAGS.size(); i++) {
                client.call(
                        "send",
                        "topic",
                        topic,
                        "prefix",
                        TAGS.get(i),
                        "count",
                        2,
                        "tag",
                        TAGS.get(i),
                        "color",
                        COLORS.get(i));
            }
        }
    }

    private void push(String kind, String topic, Object... more) {
        List<Object> pairs = new ArrayList<>(List.of("name", kind, "group", topics.groupOf(topic), "topic", topic));
        pairs.addAll(List.of(more));
        client.call("push", pairs.toArray());
    }

    void assertFilters() {
        client.awaitBodies("tags", 4);
        client.awaitBodies("sql", 2);
        assertThat(bodies("tags")).as(language).containsExactlyInAnyOrder("a0", "a1", "c0", "c1");
        assertThat(bodies("sql")).as(language).containsExactlyInAnyOrder("a0", "a1");
    }

    void assertTransactions() {
        client.awaitBodies("transactions", 2);
        assertThat(bodies("transactions")).as(language).containsExactlyInAnyOrder("committed", "asked-commit");
    }

    void assertDelays() {
        assertThat(recalledId).as(language).isEqualTo(delayedId);
        client.awaitBodies("delays", 1);
        assertThat(client.deliveries("delays").get(0).receivedMs() - delayedMs)
                .as(language)
                .isGreaterThanOrEqualTo(DELAY_MS - 100);
        assertThat(bodies("delays")).as(language).containsExactly("late");
    }

    /** Each fails once: none is delivered before the one before has been taken. */
    void assertOrder() {
        Await.until(
                language + ": each is delivered twice",
                LIMIT,
                () -> client.deliveries("fifo").size() >= 2 * IN_ORDER);
        assertThat(bodies("fifo"))
                .as(language)
                .containsExactlyElementsOf(IntStream.range(0, 2 * IN_ORDER)
                        .mapToObj(i -> "f" + i / 2)
                        .toList());
    }

    private List<String> bodies(String kind) {
        return client.deliveries(kind).stream().map(Delivery::body).toList();
    }
}
