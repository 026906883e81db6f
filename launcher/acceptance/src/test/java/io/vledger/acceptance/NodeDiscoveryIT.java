package io.vledger.acceptance;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.JavaProcess;
import io.vledger.acceptance.fixture.Processes;
import io.vledger.acceptance.fixture.Sent;
import io.vledger.acceptance.fixture.TcpProxy;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Two groups in processes of their own that share no name server: a client that knows one group's name server uses both,
 * and continues to while discovery is cut off, down or lying.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NodeDiscoveryIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final List<String> NODES = List.of("a0", "b0", "b1", "b2");
    private static final Pattern MEMBERS = Pattern.compile("\"members\"\\s*:\\s*(\\d+)");
    private static final Pattern REFUSED = Pattern.compile("\"refused\"\\s*:\\s*(\\d+)");

    private final Path directory = WorkDirectory.of(NodeDiscoveryIT.class);
    private final Topics topics = new Topics();
    private final Processes processes = new Processes(directory);
    private final List<TcpProxy> links = new ArrayList<>();
    private final Map<String, VledgerNode> nodes = new HashMap<>();
    private final String nameServerA = processes.address();
    private String members = "";
    private ClientProcess client;

    @BeforeAll
    void start() {
        List<Integer> publicPorts = new ArrayList<>();
        List<String> quoted = new ArrayList<>();
        for (int i = 0; i < NODES.size(); i++) {
            int port = processes.port();
            publicPorts.add(port);
            quoted.add("\"127.0.0.1:" + port + "\"");
            members += (members.isEmpty() ? "" : ",") + "127.0.0.1:" + port;
        }
        processes.group("broker-a", "a0");
        processes.group("broker-b", "b0", "b1", "b2");
        String nameServerB = processes.address();
        for (int i = 0; i < NODES.size(); i++) {
            int port = processes.port();
            links.add(new TcpProxy(publicPorts.get(i), port));
            boolean a = i == 0;
            nodes.put(
                    NODES.get(i),
                    processes.node(
                            NODES.get(i),
                            a ? nameServerA : nameServerB,
                            List.of(a ? "broker-a" : "broker-b"),
                            """
                            {"hazelcast": {"port": %d, "publicAddress": "127.0.0.1:%d", "members": [%s]}}"""
                                    .formatted(port, publicPorts.get(i), String.join(",", quoted))));
        }
        processes.startAll();
        client = ClientProcess.start(ClientRelease.V5, nameServerA, directory);
    }

    private static Path hazelcast() {
        return Path.of(System.getProperty("acceptance.hazelcast"));
    }

    @AfterAll
    void stop() {
        client.close();
        processes.close();
        links.forEach(TcpProxy::close);
    }

    @BeforeEach
    void allNodesRunAndKnowEachOther() {
        links.forEach(TcpProxy::restore);
        processes.nodes().stream().filter(node -> !node.isRunning()).forEach(VledgerNode::start);
        processes.awaitReady();
        awaitMembers(NODES.size());
        awaitRoutes();
    }

    /** Waits until every node's member sees so many. */
    private void awaitMembers(int count) {
        for (VledgerNode node : processes.nodes()) {
            Await.until(
                    node.id() + " sees " + count + " members",
                    LIMIT,
                    () -> detail(node, MEMBERS),
                    seen -> seen == count);
        }
    }

    private static long detail(VledgerNode node, Pattern pattern) throws IOException {
        String body = node.health("ready").body();
        Matcher matcher = pattern.matcher(body.substring(body.indexOf("hazelcast/discovery")));
        return matcher.find() ? Long.parseLong(matcher.group(1)) : -1;
    }

    /** Waits until the name server of group a shows all of both groups, with their leaders, and nothing else. */
    private void awaitRoutes() {
        Await.until("both groups are shown", LIMIT, () -> shown().equals(
                        routes(processes.leader("broker-b").clientAddress())));
    }

    /** All of both groups, where this one leads group b. */
    private Set<String> routes(String leader) {
        Set<String> expected = new TreeSet<>();
        processes.nodes().forEach(node -> {
            boolean leads = node.id().equals("a0") || node.clientAddress().equals(leader);
            expected.add((node.id().equals("a0") ? "broker-a" : "broker-b")
                    + (leads ? " 0 " : " - ")
                    + node.clientAddress());
        });
        return expected;
    }

    /** What {@code clusterList} shows of brokers: name, 0 for a leader, address. */
    private Set<String> shown() {
        Set<String> shown = new TreeSet<>();
        client.mqadmin("clusterList")
                .lines()
                .filter(line -> line.startsWith("VledgerCluster"))
                .forEach(line -> {
                    String[] words = line.trim().split("\\s+");
                    shown.add(words[1] + (words[2].equals("0") ? " 0 " : " - ") + words[3]);
                });
        return shown;
    }

    /** Sends until both groups have acknowledged something; all of it is consumed. */
    private void bothGroupsServe(String purpose) {
        String topic = topics.next(purpose);
        Await.until(
                "topic " + topic + " is made in both groups",
                LIMIT,
                () -> client.mqadmin("updateTopic -c VledgerCluster -t " + topic + " -r 2 -w 2"),
                printed -> printed.split("success", -1).length == 3);
        Await.until(
                "both groups have it",
                LIMIT,
                () -> client.mqadmin("topicRoute -t " + topic),
                printed -> printed.contains("broker-a") && printed.contains("broker-b"));
        client.call("push", "name", topic, "group", "g_" + topic, "topic", topic);
        Set<String> brokers = new TreeSet<>();
        List<Sent> sent = new ArrayList<>();
        Await.until("both groups have acknowledged", LIMIT, () -> {
            for (Sent each : client.send("topic", topic, "body", "m" + sent.size(), "count", 8)) {
                sent.add(each);
                brokers.add(each.broker());
            }
            return brokers.equals(Set.of("broker-a", "broker-b"));
        });
        client.awaitBodies(topic, sent.size());
        client.stop(topic);
    }

    /** Group b has another leader before both serve a topic, and the old one is back after it. */
    private void electsAnotherAndServes(String topic) {
        VledgerNode old = processes.leader("broker-b");
        old.kill();
        processes.leaderOtherThan("broker-b", old);
        bothGroupsServe(topic);
        old.start();
        old.awaitReady();
        awaitRoutes();
    }

    @Test
    void aClientThatKnowsOneNameServerUsesBothGroups() {
        bothGroupsServe("both");
        assertThat(client.mqadmin("topicList")).contains("both");
    }

    @Test
    void whileDiscoveryIsCutOffGroupsElectAndTheLastKnownAreFollowed() {
        links.forEach(TcpProxy::cut);
        awaitMembers(1);
        bothGroupsServe("cut");
        electsAnotherAndServes("elected");
        links.forEach(TcpProxy::restore);
        awaitMembers(NODES.size());
    }

    @Test
    void aNodeServesAndIsReadyWhileItsMemberCannotStart() throws Exception {
        VledgerNode follower = processes.nodes().stream()
                .filter(node -> node.id().startsWith("b") && node != processes.leader("broker-b"))
                .findFirst()
                .orElseThrow();
        follower.kill();
        int port = Integer.parseInt(Pattern.compile("\"port\": (\\d+), \"publicAddress\"")
                .matcher(Files.readString(follower.configuration()))
                .results()
                .findFirst()
                .orElseThrow()
                .group(1));
        try (java.net.ServerSocket taken =
                new java.net.ServerSocket(port, 1, java.net.InetAddress.getLoopbackAddress())) {
            assertThat(taken.isBound()).isTrue();
            follower.start();
            follower.awaitReady();
            Await.until("it says why", LIMIT, () -> follower.log().contains("discovery: the member 127.0.0.1:" + port));
            bothGroupsServe("taken");
        }
        awaitMembers(NODES.size());
    }

    @Test
    void falseAnnouncementsReachNoRoute() throws Exception {
        VledgerNode a0 = nodes.get("a0");
        VledgerNode b1 = nodes.get("b1");
        String lie = "{\"version\":1,\"members\":["
                // A follower as the leader of the latest term there can be, and an address where nobody is.
                + member("broker-b", "b1", requireNonNull(b1).clientAddress(), Long.MAX_VALUE) + ","
                + member("broker-b", "b2", "127.0.0.1:1", Long.MAX_VALUE) + ","
                // Group a itself, elsewhere.
                + member("broker-a", "a0", b1.clientAddress(), Long.MAX_VALUE) + ","
                // A group that is none, at an address that speaks something else, and one under another's name.
                + member("broker-x", "x0", "127.0.0.1:" + processes.port(), 3) + ","
                + member("broker-y", "y0", requireNonNull(a0).clientAddress(), 3) + "]}";
        Path home = WorkDirectory.create(directory.resolve("rogue"));
        long refused = detail(a0, REFUSED);
        JavaProcess rogue = JavaProcess.start(
                home,
                home.resolve("stderr.log"),
                List.of(
                        "-cp",
                        hazelcast().toAbsolutePath().toString(),
                        Path.of(System.getProperty("acceptance.drivers"), "driver/rogue/Rogue.java")
                                .toString(),
                        "VledgerCluster",
                        Integer.toString(processes.port()),
                        members,
                        lie));
        try {
            awaitMembers(NODES.size() + 1);
            Await.until("garbage is refused", LIMIT, () -> detail(a0, REFUSED), now -> now > refused + 20);
            // At once what is true: group b may have elected another leader on a busy machine, and then is asked again.
            String leader = processes.leader("broker-b").clientAddress();
            Set<String> shown = Await.until("brokers are shown", LIMIT, this::shown, all -> !all.isEmpty());
            if (processes.leader("broker-b").clientAddress().equals(leader)) {
                assertThat(shown).isEqualTo(routes(leader));
            } else {
                awaitRoutes();
            }
            bothGroupsServe("lies");
            electsAnotherAndServes("liesAndElection");
        } finally {
            rogue.close();
        }
        awaitMembers(NODES.size());
    }

    private static String member(String group, String node, String address, long term) {
        return "{\"cluster\":\"VledgerCluster\",\"group\":\"%s\",\"node\":\"%s\",\"address\":\"%s\",\"term\":%d,\"leads\":true,\"topicsVersion\":1}"
                .formatted(group, node, address, term);
    }
}
