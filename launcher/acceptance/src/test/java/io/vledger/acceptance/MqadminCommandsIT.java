package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Delivery;
import io.vledger.acceptance.fixture.Sent;
import io.vledger.acceptance.fixture.ToolCommands;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import io.vledger.acceptance.line.Line;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Every command of mqadmin 5.5.0 and 4.9.8, by the lists in {@code mqadmin/commands.txt}: it does what it is for and prints what shows that,
 * or says in one line why not; with all members, and with a follower killed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MqadminCommandsIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Pattern CLIENT = Pattern.compile("(\\S+@\\S+)");
    private static final Pattern STATS_DAY = Pattern.compile("\"statsDay\":\\{[^}]*\"sum\":(\\d+)");

    /** Most of a command's time is its client's wait for its own threads. */
    private final ExecutorService threads = Executors.newFixedThreadPool(24);

    private final Path directory = WorkDirectory.of(MqadminCommandsIT.class);

    @AfterAll
    void stop() {
        threads.shutdown();
    }

    @Test
    void everyCommandWorksOrSaysWhyNot() throws IOException {
        VledgerCluster cluster = VledgerCluster.ofThreeElecting(3_000, directory);
        try (cluster) {
            cluster.startAll();
            cluster.awaitReady();
            try (ClientProcess five = client(cluster, ClientRelease.V5);
                    ClientProcess four = client(cluster, ClientRelease.V4)) {
                run(five, four, "all");
                for (ClientProcess client : List.of(five, four)) {
                    exchangeInNamespaceAndUnit(client, client == five ? "v5" : "v4");
                }
                exchangeInANamespaceOfTheBroker(five);
                moveAConsumerBack(four);
                clientsTellWhatTheyHold(five, cluster.leader().clientAddress());
                VledgerNode leader = cluster.leader();
                VledgerNode follower = cluster.nodes().stream()
                        .filter(node -> node != leader)
                        .findFirst()
                        .orElseThrow();
                follower.kill();
                run(five, four, "two");
                // By threads that run side by side, and at least once: it may pull anew before it applies the reset.
                Await.until(
                        "the consumer that was moved begins anew, and all comes again",
                        LIMIT,
                        () -> four.deliveries("moved").stream()
                                .collect(Collectors.groupingBy(Delivery::body, Collectors.counting())),
                        times -> times.keySet().equals(Set.of("m0", "m1", "m2"))
                                && times.values().stream().allMatch(count -> count >= 2));
                valuesThatAToolHasSetSurvive(cluster, five, follower);
            }
        }
    }

    /** Topics and groups of a namespace are its own, and those that a unit makes are marked so. */
    private static void exchangeInNamespaceAndUnit(ClientProcess client, String release) {
        String topic = "inside-" + release;
        client.createTopic("ns1%" + topic, 1);
        client.createTopic(topic, 1);
        client.call("producer", "name", "placed", "group", "p", "namespace", "ns1", "unit", "u1");
        client.call("push", "name", "placed", "group", "placed", "topic", topic, "namespace", "ns1", "unit", "u1");
        client.call("push", "name", "outside", "group", "placed", "topic", topic);
        client.send("topic", topic, "body", "outside");
        client.send("producer", "placed", "topic", topic, "body", "inside");
        assertThat(client.awaitBodies("placed", 1)).extracting(Delivery::body).containsOnly("inside");
        assertThat(client.awaitBodies("outside", 1)).extracting(Delivery::body).containsOnly("outside");
        assertThat(client.mqadmin("topicList")).contains("%RETRY%ns1%placed");
        client.stop("placed");
        client.stop("outside");
    }

    /** Clients of 5.x say their namespace with each request and leave names as they are; RocketMQ's broker does not look at it. */
    private static void exchangeInANamespaceOfTheBroker(ClientProcess client) {
        client.createTopic("inside-v2", 1);
        client.call("producer", "name", "v2", "group", "p-v2", "namespaceV2", "ns2");
        client.call("push", "name", "v2", "group", "g-v2", "topic", "inside-v2", "namespaceV2", "ns2");
        client.send("producer", "v2", "topic", "inside-v2", "body", "v2");
        assertThat(client.awaitBodies("v2", 1)).extracting(Delivery::body).containsOnly("v2");
        client.stop("v2");
    }

    /** A client of 4.9 that is pushed a reset (220) begins there, 10 s later: other things are tested meanwhile. */
    private static void moveAConsumerBack(ClientProcess client) {
        client.createTopic("moved", 1);
        client.call("push", "name", "moved", "group", "g-moved", "topic", "moved");
        for (int i = 0; i < 3; i++) {
            client.send("topic", "moved", "body", "m" + i);
        }
        client.awaitBodies("moved", 3);
        client.awaitAllCommitted("g-moved", "moved");
        assertThat(client.mqadmin("resetOffsetByTime -g g-moved -t moved -s 0")).containsPattern("0\\s+0");
    }

    /** 223, which no command sends any more: the leader asks the clients (221). */
    private static void clientsTellWhatTheyHold(ClientProcess client, String leader) {
        Line held = client.call(
                "request",
                "address",
                leader,
                "code",
                223,
                "field.topic",
                "tools-v5-all",
                "field.group",
                "g-v5-all",
                "field.clientAddr",
                "");
        assertThat(held.number("code")).isZero();
        assertThat(held.text("body")).contains("@g-v5-all", "\"queueId\":3", "\"topic\":\"tools-v5-all\"");
    }

    /** On a member that was down when they were set, and after the leader that set them was killed. */
    private static void valuesThatAToolHasSetSurvive(VledgerCluster cluster, ClientProcess client, VledgerNode down) {
        VledgerNode leader = cluster.leader();
        assertThat(client.mqadmin("updateBrokerConfig -b " + leader.clientAddress() + " -k fileReservedTime -v 77"))
                .contains("success");
        down.start();
        down.awaitReady();
        VledgerNode third = cluster.nodes().stream()
                .filter(node -> node != leader && node != down)
                .findFirst()
                .orElseThrow();
        long sent = sentToday(client, leader);
        assertThat(sent).isPositive();
        leader.kill();
        VledgerNode next = cluster.leaderOtherThan(leader);
        List.of(next, down).forEach(node -> awaitValue(client, node));
        Await.until("what 315 counts goes on", LIMIT, () -> sentToday(client, third), counted -> counted == sent);
        down.kill();
        third.kill();
        cluster.startAll();
        cluster.awaitReady();
        cluster.nodes().forEach(node -> awaitValue(client, node));
    }

    private static void awaitValue(ClientProcess client, VledgerNode node) {
        Await.until(
                node.id() + " has the value",
                LIMIT,
                () -> client.mqadmin("getBrokerConfig -b " + node.clientAddress()),
                printed -> printed.matches("(?s).*fileReservedTime\\s+=\\s+77.*"));
    }

    private static long sentToday(ClientProcess client, VledgerNode node) {
        String body = client.call(
                        "request",
                        "address",
                        node.clientAddress(),
                        "code",
                        315,
                        "field.statsName",
                        "TOPIC_PUT_NUMS",
                        "field.statsKey",
                        "tools-v5-all")
                .text("body");
        Matcher day = STATS_DAY.matcher(body);
        assertThat(day.find()).as(body).isTrue();
        return Long.parseLong(day.group(1));
    }

    private ClientProcess client(VledgerCluster cluster, ClientRelease release) {
        return ClientProcess.start(
                release, cluster.nameServer(), WorkDirectory.create(directory.resolve("client-" + release)));
    }

    /** Both releases at once, and in step: what the last stages take away, the other release needs in those before. */
    private void run(ClientProcess five, ClientProcess four, String run) throws IOException {
        CompletableFuture<Commands> prepared =
                CompletableFuture.supplyAsync(() -> commands(four, ClientRelease.V4, run), threads);
        List<Commands> releases = List.of(commands(five, ClientRelease.V5, run), prepared.join());
        List<String> faults = new ArrayList<>();
        for (int stage = 0; stage < releases.get(0).calls.stages().size(); stage++) {
            List<CompletableFuture<String>> running = new ArrayList<>();
            for (Commands release : releases) {
                for (ToolCommands.Call call : release.calls.stages().get(stage)) {
                    running.add(CompletableFuture.supplyAsync(() -> release.fault(call), threads));
                }
            }
            running.stream()
                    .map(CompletableFuture::join)
                    .filter(fault -> !fault.isEmpty())
                    .forEach(faults::add);
        }
        Files.write(directory.resolve("faults-" + run + ".log"), faults);
        assertThat(faults).as("with " + run + " members").isEmpty();
    }

    /** The commands of one release, and what stands for the names in them. */
    private record Commands(
            ClientRelease release, ClientProcess client, ToolCommands calls, Map<String, String> names) {
        String fault(ToolCommands.Call call) {
            String fault = call.fault(client, names);
            return fault.isEmpty() ? "" : release + " " + fault;
        }
    }

    private Commands commands(ClientProcess client, ClientRelease release, String run) {
        try {
            ToolCommands calls = ToolCommands.read("mqadmin/commands.txt", release);
            assertThat(calls.names())
                    .as("commands of %s that the list lacks", release)
                    .containsAll(
                            List.of(client.call("mqadminCommands").text("names").split(" ")));
            return new Commands(release, client, calls, prepare(client, release, run));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** A topic, messages, a consumer that is online, a traced message, and files, and what stands for them in commands. */
    private Map<String, String> prepare(ClientProcess client, ClientRelease release, String run) throws IOException {
        String suffix = release.name().toLowerCase(java.util.Locale.ROOT) + "-" + run;
        String topic = "tools-" + suffix;
        String group = "g-" + suffix;
        client.createTopic(topic, 4);
        client.call("producer", "name", "traced" + run, "group", "producers-" + suffix, "trace", true);
        Sent sent = client.send("producer", "traced" + run, "topic", topic, "body", "first", "queue", 0)
                .get(0);
        client.call("push", "name", group, "group", group, "topic", topic);
        client.awaitBodies(group, 1);
        Matcher online = CLIENT.matcher(Await.until(
                "the consumer is shown",
                LIMIT,
                () -> client.mqadmin("consumerConnection -g " + group),
                printed -> CLIENT.matcher(printed).find()));
        assertThat(online.find()).isTrue();
        Path files = WorkDirectory.create(directory.resolve("files-" + suffix));
        Files.writeString(
                files.resolve("topics.json"),
                "[{\"topicName\":\"" + topic + "-l\",\"readQueueNums\":2,\"writeQueueNums\":2,\"perm\":6}]");
        Files.writeString(files.resolve("groups.json"), "[{\"groupName\":\"" + group + "-l\",\"retryMaxTimes\":2}]");
        Map<String, String> route = client.call("route", "topic", topic).values();
        Map<String, String> names = new LinkedHashMap<>();
        names.put("$topic", topic);
        names.put("$producers", "producers-" + suffix);
        names.put("$group", group);
        names.put("$cluster", String.valueOf(route.get("cluster")));
        names.put("$broker", String.valueOf(route.get("name")));
        names.put("$leader", String.valueOf(route.get("broker.0")));
        names.put("$id", sent.offsetId());
        names.put("$unique", sent.id());
        names.put("$traced", sent.id());
        names.put("$client", online.group(1));
        names.put("$tagsCode", Integer.toString("tag1".hashCode()));
        names.put("$dir", files.toString());
        names.put("$run", suffix);
        return names;
    }
}
