package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Delivery;
import io.vledger.acceptance.fixture.History;
import io.vledger.acceptance.fixture.OldFiles;
import io.vledger.acceptance.fixture.OldReleaseStore;
import io.vledger.acceptance.fixture.Sent;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What brokers of eight releases wrote before they were killed is there, message by message. Run by hand, since nothing of it
 * changes from build to build: {@code -Dit.test=OldReleasesMatrix}, and {@code -Dold.releases=4.7.1,5.3.3} for some of them; the
 * stores are recorded at the first run.
 */
class OldReleasesMatrix {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Path DIRECTORY = WorkDirectory.of(OldReleasesMatrix.class);

    static List<String> releases() {
        return List.of(System.getProperty("old.releases", "4.3.2,4.5.2,4.7.1,4.8.0,4.9.7,5.1.4,5.3.3,5.5.0")
                .split(","));
    }

    @ParameterizedTest
    @MethodSource("releases")
    void everythingIsThere(String version) throws Exception {
        OldReleaseStore old = new OldReleaseStore(version);
        old.record();
        Path place = WorkDirectory.create(DIRECTORY.resolve(version));
        Path store = OldFiles.copy(old.store(), place.resolve("n0/store"));
        Map<String, String> before = OldFiles.digests(store);
        try (VledgerCluster cluster = VledgerCluster.upgraded(
                place,
                OldReleaseStore.BROKER,
                Integer.parseInt(old.fact("port")),
                List.of(store),
                old.settings().toArray(String[]::new))) {
            cluster.startAll();
            cluster.awaitReady();
            try (ClientPool clients = new ClientPool(cluster.nameServer(), place)) {
                ClientProcess client = clients.of(old.client());
                Map<Integer, long[]> special = client.offsets(History.SPECIAL);
                messagesAndProgressAreThere(old, client, place);
                nothingDeletedIsThere(clients.of(ClientRelease.V5));
                if (old.pops()) {
                    whatWasPoppedComesAgain(old, clients.of(ClientRelease.V5));
                }
                groupsGoOn(client);
                assertThat(client.offsets(History.SPECIAL).values())
                        .as("what is due in two hours waits")
                        .containsExactlyElementsOf(special.values());
            }
        }
        assertThat(OldFiles.digests(store)).as("the old files").containsAllEntriesOf(before);
    }

    private static void messagesAndProgressAreThere(OldReleaseStore old, ClientProcess client, Path place) {
        History.View after = new History().record(client, place);
        old.messages()
                .forEach((topic, lines) ->
                        assertThat(after.messages().get(topic)).as(topic).containsExactlyElementsOf(lines));
        // Where a group has written down nothing, brokers answer differently.
        after.progress().forEach((group, byQueue) -> {
            if (!group.equals(History.RETRYING)) {
                assertThat(old.fact("progress")).contains(group + "=" + byQueue);
            }
        });
        assertThat(client.call("drain", "topic", History.PLAIN, "tags", "red", "file", place.resolve("red.txt"))
                        .number("messages"))
                .as("filtered by tag")
                .isEqualTo(60);
        assertThat(client.call("viewUnique", "topic", History.PLAIN, "id", old.fact("keyed"))
                        .text("body"))
                .isEqualTo("first-0");
        assertThat(client.call("query", "topic", History.PLAIN, "key", "k2").text("bodies"))
                .contains("first-59");
    }

    private static void nothingDeletedIsThere(ClientProcess admin) {
        assertThat(admin.mqadmin("topicList"))
                .contains(OldReleaseStore.CREATED_AGAIN)
                .doesNotContain(OldReleaseStore.DELETED);
        assertThat(admin.offsets(OldReleaseStore.CREATED_AGAIN).get(0)).containsExactly(0, 2);
        admin.call("push", "name", "again", "group", "again", "topic", OldReleaseStore.CREATED_AGAIN);
        assertThat(admin.awaitBodies("again", 2)).allMatch(each -> each.body().startsWith("alive"));
        admin.stop("again");
    }

    private static void whatWasPoppedComesAgain(OldReleaseStore old, ClientProcess client) {
        client.call("push", "name", "popped", "group", OldReleaseStore.POP_GROUP, "topic", OldReleaseStore.POPPED);
        List<String> left = List.of(old.fact("left").split(";"));
        assertThat(left).hasSize(3);
        Await.until("what was not acknowledged comes again", LIMIT, () -> client.deliveries("popped").stream()
                .map(Delivery::body)
                .toList()
                .containsAll(left));
        client.stop("popped");
    }

    private static void groupsGoOn(ClientProcess client) {
        Map<Integer, Long> stood = client.committed(History.HALF_PUSH, History.PLAIN);
        Map<Integer, long[]> ends = client.offsets(History.PLAIN);
        for (Map.Entry<Integer, long[]> end : ends.entrySet()) {
            List<Sent> sent = client.send("topic", History.PLAIN, "body", "new", "queue", end.getKey());
            assertThat(sent.get(0).place().queueOffset()).isEqualTo(end.getValue()[1]);
        }
        long left = ends.entrySet().stream()
                .mapToLong(end -> end.getValue()[1] + 1 - stood.get(end.getKey()))
                .sum();
        client.call("push", "name", "rest", "group", History.HALF_PUSH, "topic", History.PLAIN);
        List<Delivery> handed = Await.until(
                left + " messages",
                LIMIT,
                () -> client.deliveries("rest"),
                all -> all.stream().map(Delivery::place).distinct().count() >= left);
        assertThat(handed).allSatisfy(each -> assertThat(each.place().queueOffset())
                .isGreaterThanOrEqualTo(stood.get(each.place().queueId())));
        client.stop("rest");
    }
}
