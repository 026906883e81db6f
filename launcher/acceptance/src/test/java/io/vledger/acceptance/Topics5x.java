package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Topics that say which kind of message they take, as 5.x clients ask for, and a consumer group for each. */
final class Topics5x {
    /** Options of the kind of policy that the Node client knows: with another a message that its listener fails in order is a dead letter at once. */
    static final String EXPONENTIAL =
            " -p {\"type\":\"EXPONENTIAL\",\"exponentialRetryPolicy\":{\"initial\":1000,\"max\":2000,\"multiplier\":2}}";

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final ClientProcess admin;
    private final ClientProcess client;
    private final List<String> endpoints;
    private final Topics topics = new Topics();

    /**
     * Made by commands of mqadmin.
     *
     * @param admin runs them
     * @param client asks the members for routes
     * @param endpoints of the members, with semicolons between
     */
    Topics5x(ClientProcess admin, ClientProcess client, String endpoints) {
        this.admin = admin;
        this.client = client;
        this.endpoints = List.of(endpoints.split(";"));
    }

    /** A new topic of two queues, whose name begins so. */
    String create(String purpose, String type) {
        String topic = topics.next(purpose);
        mqadmin("updateTopic -c VledgerCluster -t " + topic + " -r 2 -w 2 -a +message.type=" + type);
        assertKnown(topic);
        return topic;
    }

    /** Every member knows a topic whose creation was answered, also one that does not lead: clients may ask any. */
    void assertKnown(String topic) {
        for (String endpoint : endpoints) {
            String codes = client.call(
                            "call",
                            "endpoint",
                            endpoint,
                            "method",
                            "QueryRoute",
                            "header.x-mq-client-id",
                            "routes",
                            "request",
                            "topic { name: \"" + topic + "\" }")
                    .text("codes");
            assertThat(codes).as("%s asked for %s", endpoint, topic).isEqualTo("OK");
        }
    }

    /** As above for messages in order, with a group that consumes in order and has these further options. */
    String createOrdered(String purpose, String options) {
        String topic = create(purpose, "FIFO");
        groupOf(topic, " -o true" + options);
        return topic;
    }

    /** Makes a topic's consumer group, with these options. */
    void groupOf(String topic, String options) {
        mqadmin("updateSubGroup -c VledgerCluster -g " + groupOf(topic) + options);
    }

    /** Runs a command, one after the other: two that begin in the same millisecond take each other for one client. */
    synchronized void mqadmin(String command) {
        // Tools do not wait for a leader, nor long for an answer.
        Await.until("mqadmin " + command, LIMIT, () -> admin.mqadmin(command), printed -> printed.contains("success"));
    }

    /** What a simple consumer of a topic's group receives until there are so many, as body and attempt. */
    List<String> receive(ClientProcess by, String topic, int count, int invisibleMs) {
        List<String> all = new ArrayList<>();
        Await.until(count + " messages are received", LIMIT, () -> {
            String bodies = by.call(
                            "receive", "group", groupOf(topic), "topic", topic, "max", 16, "invisibleMs", invisibleMs)
                    .text("bodies");
            all.addAll(bodies.isEmpty() ? List.of() : List.of(bodies.split(";")));
            return all.size() >= count;
        });
        return all;
    }

    /** The name of a topic's consumer group. */
    String groupOf(String topic) {
        return "g_" + topic;
    }
}
