package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Delivery;
import io.vledger.acceptance.fixture.RealProxy;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The stock proxy of 5.5.0 in front of a group of three, with clients of its gRPC protocol. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProxyIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int INVISIBLE_MS = 15_000;

    private final Path directory = WorkDirectory.of(ProxyIT.class);
    private final Topics topics = new Topics();
    private final VledgerCluster cluster = VledgerCluster.ofThree(directory);
    private ClientPool clients;
    private ClientProcess admin;
    private RealProxy proxy;
    private ClientProcess client;

    @BeforeAll
    void start() {
        cluster.startAll();
        cluster.awaitReady();
        clients = new ClientPool(cluster.nameServer(), directory);
        admin = clients.of(ClientRelease.V5);
        proxy = RealProxy.start("VledgerCluster", cluster.nameServer(), directory);
        client = ClientProcess.startAtProxy(proxy, directory);
    }

    @AfterAll
    void stop() {
        client.close();
        proxy.close();
        clients.close();
        cluster.close();
    }

    /** What a simple consumer gets, as body and attempt. */
    private List<String> receive(String topic) {
        String bodies = client.call(
                        "receive", "group", "g_" + topic, "topic", topic, "max", 16, "invisibleMs", INVISIBLE_MS)
                .text("bodies");
        return bodies.isEmpty() ? List.of() : List.of(bodies.split(";"));
    }

    private List<String> receive(String topic, int count) {
        List<String> all = new ArrayList<>();
        Await.until(count + " messages are received", LIMIT, () -> {
            all.addAll(receive(topic));
            return bodies(all).size() >= count;
        });
        return all;
    }

    private static Set<String> bodies(List<String> received) {
        return received.stream().map(each -> each.replaceFirst(":.*", "")).collect(Collectors.toSet());
    }

    @Test
    void simpleAndPushConsumersWorkThroughAKillOfTheLeader() {
        String simple = topics.next("simple");
        String push = topics.next("push");
        String fifo = topics.next("fifo");
        for (String topic : List.of(simple, push)) {
            admin.createTopic(topic, 2);
            admin.mqadmin("updateSubGroup -c VledgerCluster -g g_" + topic);
        }
        admin.mqadmin("updateTopic -c VledgerCluster -t " + fifo + " -r 2 -w 2 -a +message.type=FIFO");
        admin.mqadmin("updateSubGroup -c VledgerCluster -g g_" + fifo + " -o true");

        client.call("push", "name", "push", "group", "g_" + push, "topic", push);
        client.call("push", "name", "fifo", "group", "g_" + fifo, "topic", fifo);
        client.call("send", "topic", simple, "prefix", "s", "count", 4);
        client.call("send", "topic", push, "prefix", "before", "count", 20);
        client.call("send", "topic", fifo, "prefix", "f", "count", 10, "messageGroup", "one");

        client.awaitBodies("fifo", 10);
        assertThat(bodies(receive(simple, 4))).containsExactlyInAnyOrder("s0", "s1", "s2", "s3");
        client.call("ack", "group", "g_" + simple, "body", "s0");
        client.call("change", "group", "g_" + simple, "body", "s1", "invisibleMs", 300_000);

        VledgerNode leader = cluster.leader();
        leader.kill();
        cluster.leaderOtherThan(leader);
        // Sends are repeated until they are taken: then the proxy's route of the topic is the new one.
        client.call("send", "topic", simple, "prefix", "t", "count", 1);
        client.call("send", "topic", push, "prefix", "after", "count", 20);
        client.call("send", "topic", fifo, "prefix", "g", "count", 10, "messageGroup", "one");

        // One whose answer was lost has one attempt more.
        assertThat(bodies(receive(simple, 3)))
                .as("nothing acknowledged comes back, and what is invisible for long stays so")
                .containsExactlyInAnyOrder("t0", "s2", "s3");
        client.awaitBodies("push", 40);
        client.awaitBodies("fifo", 20);
        List<String> inOrder = client.deliveries("fifo").stream()
                .map(Delivery::body)
                .distinct()
                .toList();
        assertThat(inOrder)
                .isEqualTo(IntStream.range(0, 20)
                        .mapToObj(i -> i < 10 ? "f" + i : "g" + (i - 10))
                        .toList());
    }
}
