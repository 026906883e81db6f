package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Delivery;
import io.vledger.acceptance.fixture.Place;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Clients of 5.5.0 pop messages of a group of three whose leader is killed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PopIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int INVISIBLE_MS = 25_000;
    /** Of messages of push consumers, which have the client's own default. */
    private static final int PUSH_INVISIBLE_MS = 60_000;

    private final Path directory = WorkDirectory.of(PopIT.class);
    private final Topics topics = new Topics();
    private final VledgerCluster cluster = VledgerCluster.ofThree(directory);
    private ClientPool clients;
    private ClientProcess client;

    @BeforeAll
    void start() {
        cluster.startAll();
        cluster.awaitReady();
        clients = new ClientPool(cluster.nameServer(), directory);
        client = clients.of(ClientRelease.V5);
    }

    @AfterAll
    void stop() {
        clients.close();
        cluster.close();
    }

    private List<String> pop(String topic, Object... more) {
        List<Object> pairs = new ArrayList<>(
                List.of("topic", topic, "group", "g_" + topic, "count", 32, "invisibleMs", INVISIBLE_MS));
        pairs.addAll(List.of(more));
        String left = client.call("pop", pairs.toArray()).text("left");
        return left.isEmpty() ? List.of() : Arrays.asList(left.split(";"));
    }

    private void send(String topic, String prefix, int count) {
        client.send("topic", topic, "count", count, "body", prefix);
    }

    @Test
    void whatAClientWasAnsweredHoldsThroughAKillOfTheLeader() {
        String pushed = topics.next("push");
        String popped = topics.next("pop");
        String ordered = topics.next("order");
        client.createTopic(pushed, 4);
        client.createTopic(popped, 1);
        client.createTopic(ordered, 1);
        client.mqadmin("updateSubGroup -c VledgerCluster -g g_" + pushed);
        assertThat(client.mqadmin("setConsumeMode -c VledgerCluster -t " + pushed + " -g g_" + pushed + " -m POP -q 0"))
                .contains("success");
        for (String name : List.of("a", "b")) {
            client.call("push", "name", name, "group", "g_" + pushed, "topic", pushed, "assigned", true);
        }
        send(pushed, "before", 200);
        client.awaitBodies("a", 1);
        send(popped, "m", 20);
        send(ordered, "o", 4);
        List<String> locked = popInOrder(ordered, "one");
        assertThat(locked).hasSize(2);
        // Last: it must still be invisible when the next leader is asked.
        List<String> left = pop(popped);
        assertThat(left).hasSize(10);

        VledgerNode leader = cluster.leader();
        leader.kill();
        cluster.leaderOtherThan(leader);

        assertThat(pop(popped, "keep", true)).isEmpty();
        assertThat(popInOrder(ordered, "two")).isEmpty();
        assertThat(popInOrder(ordered, "one")).isEqualTo(locked);
        send(pushed, "after", 200);
        // What the leader answered when it was killed, and nobody got, comes when it is visible again.
        Await.until("everything is consumed", LIMIT.plusMillis(PUSH_INVISIBLE_MS), () -> bodies().size() == 400);
        assertNothingCameAgainBeforeItsTime();

        Set<String> again = new HashSet<>();
        Await.until("what was not acknowledged comes back", LIMIT, () -> {
            again.addAll(pop(popped, "keep", true));
            return again.size() >= left.size();
        });
        assertThat(again).containsExactlyInAnyOrderElementsOf(left);
    }

    private List<String> popInOrder(String topic, String attempt) {
        return pop(
                topic, "count", 2, "order", true, "keep", true, "attempt", attempt, "invisibleMs", PUSH_INVISIBLE_MS);
    }

    private void assertNothingCameAgainBeforeItsTime() {
        Map<Place, Long> lastMs = new HashMap<>();
        deliveries().sorted(Comparator.comparingLong(Delivery::receivedMs)).forEach(each -> {
            Long beforeMs = lastMs.put(each.place(), each.receivedMs());
            assertThat(beforeMs == null ? PUSH_INVISIBLE_MS : each.receivedMs() - beforeMs)
                    .as("ms until %s came again; the client sees the first a little after it became invisible", each)
                    .isGreaterThan(PUSH_INVISIBLE_MS / 2);
        });
    }

    private Set<String> bodies() {
        Set<String> all = new HashSet<>();
        deliveries().forEach(delivery -> all.add(delivery.body()));
        return all;
    }

    private Stream<Delivery> deliveries() {
        return Stream.concat(client.deliveries("a").stream(), client.deliveries("b").stream());
    }
}
