package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Processes;
import io.vledger.acceptance.fixture.Sent;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Any number of groups side by side: in the same processes, in processes of their own, and added to what runs. */
class ManyGroupsIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Path directory = WorkDirectory.of(ManyGroupsIT.class);
    private final Topics topics = new Topics();
    private final Processes processes = new Processes(directory);
    private final String nameServer = processes.address();

    @SuppressWarnings("NullAway.Init") // each test begins with start()
    private ClientProcess client;

    private void start() {
        processes.startAll();
        processes.awaitReady();
        client = ClientProcess.start(ClientRelease.V5, nameServer, directory);
    }

    @AfterEach
    void stop() {
        client.close();
        processes.close();
    }

    /** Makes a topic in all groups as operators do, with two queues each. */
    private String topicOn(Set<String> groups) {
        String topic = topics.next("spread");
        Await.until(
                "every group has its leader in the cluster list",
                LIMIT,
                () -> client.mqadmin("clusterList"),
                printed -> groups.stream().allMatch(group -> printed.lines()
                        .anyMatch(line -> line.contains(group + " ")
                                && line.trim().split("\\s+")[2].equals("0"))));
        Await.until(
                "topic " + topic + " is made on " + groups,
                LIMIT,
                () -> client.mqadmin("updateTopic -c VledgerCluster -t " + topic + " -r 2 -w 2"),
                printed -> printed.split("success", -1).length == groups.size() + 1);
        Await.until(
                "the route has " + groups,
                LIMIT,
                () -> client.mqadmin("topicRoute -t " + topic),
                printed -> groups.stream().allMatch(printed::contains));
        return topic;
    }

    /** Sends until all groups have acknowledged something, and consumes all of it. */
    private List<Sent> spreads(String topic, Set<String> groups) {
        client.call("push", "name", topic, "group", "g_" + topic, "topic", topic);
        List<Sent> sent = new ArrayList<>();
        Await.until("all of " + groups + " have acknowledged", LIMIT, () -> {
            sent.addAll(client.send("topic", topic, "body", "m" + sent.size(), "count", 24));
            return brokers(sent).equals(groups);
        });
        client.awaitBodies(topic, sent.size());
        client.stop(topic);
        return sent;
    }

    /** A group goes by a second name too, under which a follower takes sends. */
    private static String group(Sent sent) {
        return sent.broker().replaceFirst("-standby$", "");
    }

    private static Set<String> brokers(List<Sent> sent) {
        return sent.stream().map(ManyGroupsIT::group).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void oneTopicIsSpreadOverThreeGroupsInTheSameThreeProcesses() {
        List<String> groups = List.of("broker-a", "broker-b", "broker-c");
        groups.forEach(group -> processes.group(group, "n0", "n1", "n2"));
        for (String node : List.of("n0", "n1", "n2")) {
            processes.node(node, nameServer, groups);
        }
        start();
        String topic = topicOn(Set.copyOf(groups));
        List<Sent> sent = spreads(topic, new TreeSet<>(groups));
        Set<String> places = new HashSet<>();
        sent.forEach(each -> assertThat(places.add(group(each) + " " + each.place()))
                .as("two messages in one place: %s", each)
                .isTrue());
        // A node takes its part of every group with it, and each group elects for itself.
        VledgerNode leader = processes.leader("broker-a");
        leader.kill();
        groups.forEach(group -> processes.leader(group));
        spreads(topicOn(Set.copyOf(groups)), new TreeSet<>(groups));
    }

    @Test
    void groupsInProcessesOfTheirOwnAndOneThatIsAddedLater() {
        processes.group("broker-a", "a0");
        processes.group("broker-b", "b0");
        processes.node("a0", nameServer, List.of("broker-a"));
        processes.node("b0", nameServer, List.of("broker-b"));
        start();
        long first = processes.nodes().get(0).process().pid();
        long second = processes.nodes().get(1).process().pid();
        String topic = topicOn(Set.of("broker-a", "broker-b"));
        spreads(topic, new TreeSet<>(Set.of("broker-a", "broker-b")));
        processes.group("broker-c", "c0", "c1");
        processes.node("c0", nameServer, List.of("broker-c")).start();
        processes.node("c1", nameServer, List.of("broker-c")).start();
        processes.awaitReady();
        // The same topic, made on the new group as well: clients find it by themselves.
        Await.until(
                "the topic is made on all three",
                LIMIT,
                () -> client.mqadmin("updateTopic -c VledgerCluster -t " + topic + " -r 2 -w 2"),
                printed -> printed.split("success", -1).length == 4);
        spreads(topic, new TreeSet<>(Set.of("broker-a", "broker-b", "broker-c")));
        assertThat(processes.nodes().get(0).process().pid()).isEqualTo(first);
        assertThat(processes.nodes().get(1).process().pid()).isEqualTo(second);
    }
}
