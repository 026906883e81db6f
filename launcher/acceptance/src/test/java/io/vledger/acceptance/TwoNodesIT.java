package io.vledger.acceptance;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientFailure;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Processes;
import io.vledger.acceptance.fixture.Production;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A group of two needs both: it says so, refuses while one is away, and loses nothing. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TwoNodesIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Path directory = WorkDirectory.of(TwoNodesIT.class);
    private final Topics topics = new Topics();
    private final Processes processes = new Processes(directory);
    private ClientPool clients;
    private ClientProcess patient;

    @BeforeAll
    void start() {
        String nameServer = processes.address();
        processes.group("broker-a", "n0", "n1");
        processes.node("n0", nameServer, List.of("broker-a"));
        processes.node("n1", nameServer, List.of("broker-a"));
        processes.startAll();
        processes.awaitReady();
        clients = new ClientPool(nameServer, directory);
        // One that keeps the route it has, as clients do between two polls, and reports the first answer that it gets.
        patient = ClientProcess.start(
                ClientRelease.V5,
                nameServer,
                WorkDirectory.create(directory.resolve("patient")),
                "-Dacceptance.pollMs=600000");
        patient.call("producer", "name", "patient", "group", "patient", "timeoutMs", 10_000, "retries", 0);
    }

    @AfterAll
    void stop() {
        patient.close();
        clients.close();
        processes.close();
    }

    private VledgerNode otherThan(VledgerNode node) {
        return processes.nodes().stream()
                .filter(each -> each != node)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void bothNodesSayWhatTheLossOfOneMeans() throws Exception {
        for (VledgerNode node : processes.nodes()) {
            assertThat(node.log()).contains("group broker-a has two members and needs both to write");
            assertThat(node.health("ready").body())
                    .containsPattern("\"majority\"\\s*:\\s*2")
                    .containsPattern("\"toleratedFailures\"\\s*:\\s*0")
                    .contains("the loss of either stops the group");
        }
    }

    @Test
    void theLossOfTheFollowerIsRefusedInWordsAndNothingIsLost() {
        String topic = topics.next("follower");
        Production production = Production.start(clients, topic, directory);
        production.awaitMore(25);
        patient.send("producer", "patient", "topic", topic, "body", "before");
        VledgerNode leader = processes.leader("broker-a");
        VledgerNode follower = otherThan(leader);
        follower.kill();
        Set<String> answers = new LinkedHashSet<>();
        Await.until(
                "a send is refused with the reason",
                LIMIT,
                () -> {
                    answers.add(refusal(topic));
                    return answers.toString();
                },
                words -> words.contains("2 of 2 members are needed") && words.contains("waiting for " + follower.id()));
        Await.until(
                "the node is not ready and says why",
                LIMIT,
                () -> leader.health("ready"),
                answer -> answer.statusCode() == 503 && answer.body().contains("waiting for " + follower.id()));
        follower.start();
        processes.awaitReady();
        production.awaitMore(25);
        production.prove();
    }

    @Test
    void theLossOfTheLeaderStopsTheGroupUntilItIsBackAndNothingIsLost() {
        String topic = topics.next("leader");
        Production production = Production.start(clients, topic, directory);
        production.awaitMore(25);
        VledgerNode leader = processes.leader("broker-a");
        VledgerNode follower = otherThan(leader);
        leader.kill();
        Await.until(
                "the other says what it misses",
                LIMIT,
                () -> follower.health("ready"),
                answer -> answer.statusCode() == 503 && answer.body().contains("waiting for " + leader.id()));
        leader.start();
        processes.awaitReady();
        production.awaitMore(25);
        production.prove();
    }

    private String refusal(String topic) {
        try {
            patient.send("producer", "patient", "topic", topic, "body", "during");
            return "taken";
        } catch (ClientFailure failure) {
            return requireNonNull(failure.getMessage());
        }
    }
}
