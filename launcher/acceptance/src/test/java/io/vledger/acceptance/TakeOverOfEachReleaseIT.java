package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Delivery;
import io.vledger.acceptance.fixture.History;
import io.vledger.acceptance.fixture.OldFiles;
import io.vledger.acceptance.fixture.RealBroker;
import io.vledger.acceptance.fixture.RealNameServer;
import io.vledger.acceptance.fixture.Sent;
import io.vledger.acceptance.fixture.ServerRelease;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What real brokers wrote is there, message by message, in the group that went on from their directories. */
class TakeOverOfEachReleaseIT {
    private static final String BROKER = "old-a";
    private static final String[] SETTINGS = {
        "flushDiskType=ASYNC_FLUSH", "transactionCheckInterval=2000", "transactionCheckMax=9999"
    };

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static final Path DIRECTORY = WorkDirectory.of(TakeOverOfEachReleaseIT.class);

    @ParameterizedTest
    @EnumSource(ServerRelease.class)
    void aMasterAloneBecomesThreeNodesTwoOfWhichWereEmpty(ServerRelease release) throws IOException {
        Path place = DIRECTORY.resolve(release.name());
        History history = new History();
        try (RealNameServer nameServer = RealNameServer.start(place);
                RealBroker broker = RealBroker.startMaster(release, BROKER, nameServer.address(), place)) {
            History.View before;
            History.View beforeV4;
            try (ClientPool clients = new ClientPool(nameServer.address(), place.resolve("before"))) {
                ClientProcess client = clients.of(ClientRelease.V5);
                history.write(client);
                before = history.record(client, place.resolve("before"));
                // The 4.9 client keeps the flag of a body that it has inflated: each client is compared with itself.
                beforeV4 = history.record(clients.of(ClientRelease.V4), place.resolve("before"));
                assertThat(before.size()).isGreaterThan(200);
            }
            broker.stop();
            assertThat(OldFiles.written(broker.store())).hasSizeGreaterThan(2);
            Map<String, String> digests = OldFiles.digests(broker.store());
            List<Path> stores = List.of(
                    broker.store(),
                    place.resolve("n1").resolve("store"),
                    place.resolve("n2").resolve("store"));
            try (VledgerCluster cluster = VledgerCluster.upgraded(place, BROKER, broker.port(), stores, SETTINGS)) {
                cluster.startAll();
                cluster.awaitReady();
                same(cluster, ClientRelease.V4, history, beforeV4, place.resolve("after-v4"));
                theGroupHasAllOf(before, history, cluster, place.resolve("after"));
                cluster.nodes().forEach(VledgerNode::stop);
                goesBack(broker, nameServer.address(), digests, before, history, place.resolve("back"));
                isFormedOnlyOnceSomebodyDecides(cluster);
            }
        }
    }

    /** The two members that have copies only are a majority, and would give queue offsets that the old broker gave. */
    private static void isFormedOnlyOnceSomebodyDecides(VledgerCluster cluster) throws IOException {
        cluster.startAll();
        List<VledgerNode> nodes = cluster.nodes();
        VledgerNode first = nodes.get(0);
        Await.until("it notices what the old broker wrote since", LIMIT, () -> first.log()
                .contains("the old broker has run again"));
        for (VledgerNode other : nodes.subList(1, nodes.size())) {
            Await.until("the others learn of it", LIMIT, () -> other.log()
                    .contains("the group is not formed until somebody decides: n0: the old broker has run again"));
            assertThat(other.health("ready").statusCode()).isEqualTo(503);
        }
        Matcher file = Pattern.compile("create the empty file (\\S+)").matcher(first.log());
        assertThat(file.find()).as(first.log()).isTrue();
        Files.createFile(Path.of(file.group(1)));
        first.kill();
        first.start();
        cluster.awaitReady();
    }

    /** The old broker's files are as it left them, and it serves them again. */
    private static void goesBack(
            RealBroker broker,
            String nameServer,
            Map<String, String> digests,
            History.View before,
            History history,
            Path directory) {
        assertThat(OldFiles.digests(broker.store())).isEqualTo(digests);
        broker.start();
        try (ClientPool clients = new ClientPool(nameServer, directory)) {
            History.View again = Await.until(
                    "the old broker is known and read",
                    Duration.ofSeconds(60),
                    () -> history.record(clients.of(ClientRelease.V5), directory),
                    view -> true);
            same(again, before);
            clients.of(ClientRelease.V5).send("topic", History.PLAIN, "body", "back");
        }
        broker.stop();
    }

    private static void theGroupHasAllOf(History.View before, History history, VledgerCluster cluster, Path directory) {
        try (ClientPool clients = new ClientPool(cluster.nameServer(), directory)) {
            ClientProcess client = clients.of(ClientRelease.V5);
            same(history.record(client, directory), before);
            Sent keyed = history.keyed().get(0);
            assertThat(client.call("viewUnique", "topic", History.PLAIN, "id", keyed.id())
                            .text("body"))
                    .isEqualTo("first-0");
            assertThat(client.call("query", "topic", History.PLAIN, "key", "k2").text("bodies"))
                    .as("the newest of many")
                    .contains("first-59");

            VledgerNode leader = cluster.leader();
            leader.kill();
            cluster.leaderOtherThan(leader);
            // The client may not yet know the new leader.
            History.View after = Await.until(
                    "it is read again", Duration.ofSeconds(30), () -> history.record(client, directory), v -> true);
            same(after, before);
            leader.start();
            leader.awaitReady();
            groupsResume(client, before);
            theOpenTransactionIsSettled(client);
        }
    }

    private static void same(
            VledgerCluster cluster, ClientRelease release, History history, History.View before, Path directory) {
        try (ClientPool clients = new ClientPool(cluster.nameServer(), WorkDirectory.create(directory))) {
            same(history.record(clients.of(release), directory), before);
        }
    }

    /** Its producer is asked, and commits what it began at the old broker; nothing else of the old transactions comes again. */
    private static void theOpenTransactionIsSettled(ClientProcess client) {
        client.call("transactor", "name", "asked", "group", "p_tx");
        // So that it learns where the broker is.
        client.call("transact", "name", "asked", "topic", History.SPECIAL, "body", "no", "outcome", "ROLLBACK_MESSAGE");
        Await.until(
                "the message is committed",
                LIMIT,
                () -> client.offsets(History.SPECIAL).values().stream()
                                .mapToLong(range -> range[1])
                                .sum()
                        == 5);
        assertThat(client.deliveries("asked")).extracting(Delivery::body).containsOnly("open");
    }

    /** Groups resume where they stood, and what is new follows what is old. */
    private static void groupsResume(ClientProcess client, History.View before) {
        Map<Integer, long[]> ends = client.offsets(History.PLAIN);
        for (Map.Entry<Integer, long[]> end : ends.entrySet()) {
            List<Sent> sent = client.send("topic", History.PLAIN, "body", "new", "queue", end.getKey());
            assertThat(sent.get(0).place().queueOffset()).isEqualTo(end.getValue()[1]);
        }
        for (String group : List.of(History.HALF_PUSH, History.HALF_PULL)) {
            Map<Integer, Long> stood = before.progress().get(group);
            long left = ends.entrySet().stream()
                    .mapToLong(end -> end.getValue()[1] + 1 - stood.get(end.getKey()))
                    .sum();
            client.call("push", "name", group, "group", group, "topic", History.PLAIN);
            List<Delivery> handed = Await.until(
                    left + " messages for " + group,
                    Duration.ofSeconds(40),
                    () -> client.deliveries(group),
                    all -> all.stream().map(Delivery::place).distinct().count() >= left);
            assertThat(handed).allSatisfy(each -> assertThat(each.place().queueOffset())
                    .isGreaterThanOrEqualTo(stood.get(each.place().queueId())));
        }
    }

    private static void same(History.View after, History.View before) {
        before.messages()
                .forEach((topic, lines) ->
                        assertThat(after.messages().get(topic)).as(topic).containsExactlyElementsOf(lines));
        assertThat(after.progress()).isEqualTo(before.progress());
    }
}
