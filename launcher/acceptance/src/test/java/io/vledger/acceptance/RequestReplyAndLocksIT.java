package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientFailure;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.MisleadingNameServer;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A reply finds its requester at any member, and a queue that is consumed in order has one owner through a change of leader. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RequestReplyAndLocksIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int LOCK = 41;
    private static final int UNLOCK = 42;

    private final Path directory = WorkDirectory.of(RequestReplyAndLocksIT.class);
    private final Topics topics = new Topics();
    private final VledgerCluster cluster = VledgerCluster.ofThree(directory);
    private MisleadingNameServer nameServer;
    private ClientPool clients;
    private ClientPool misled;

    @BeforeAll
    void start() {
        cluster.startAll();
        cluster.awaitReady();
        nameServer = new MisleadingNameServer(cluster.nameServer());
        clients = new ClientPool(cluster.nameServer(), WorkDirectory.create(directory.resolve("led")));
        misled = new ClientPool(nameServer.address(), WorkDirectory.create(directory.resolve("misled")));
        Stream.of(ClientRelease.values()).parallel().forEach(release -> {
            clients.of(release);
            misled.of(release);
        });
    }

    @AfterAll
    void stop() {
        clients.close();
        misled.close();
        nameServer.close();
        cluster.close();
    }

    /** Requester and responder do not take the same member for the leader: the one that is misled knows a follower only. */
    @Test
    void aReplyReachesARequesterThatKnowsAnotherMember() {
        String topic = topics.next("ask");
        ClientProcess responder = clients.of(ClientRelease.V5);
        responder.createTopic(topic, 1);
        responder.call("responder", "name", "responder", "group", "g_" + topic, "topic", topic);
        for (ClientRelease release : ClientRelease.values()) {
            for (ClientPool pool : new ClientPool[] {misled, clients}) {
                ClientProcess requester = pool.of(release);
                Await.until("the responder has its queue", LIMIT, () -> ask(requester, topic, "warm"));
                for (int i = 0; i < 3; i++) {
                    assertThat(ask(requester, topic, "q" + i)).isTrue();
                }
            }
        }
        responder.stop("responder");
    }

    private static boolean ask(ClientProcess requester, String topic, String body) {
        try {
            return requester
                    .call("ask", "name", "asking", "topic", topic, "body", body)
                    .text("reply")
                    .equals("[" + body + "]");
        } catch (ClientFailure late) {
            return false;
        }
    }

    @Test
    void aLockedQueueHasOneOwnerThroughAKillOfTheLeader() {
        String topic = topics.next("locked");
        clients.of(ClientRelease.V5).createTopic(topic, 2);
        VledgerNode leader = cluster.leader();
        assertThat(locks(LOCK, leader, topic, "first"))
                .contains("\"queueId\":0")
                .contains("\"queueId\":1");
        assertThat(locks(LOCK, leader, topic, "second")).doesNotContain("queueId");
        leader.kill();
        VledgerNode next = cluster.leaderOtherThan(leader);
        assertThat(locks(LOCK, next, topic, "second")).doesNotContain("queueId");
        assertThat(locks(LOCK, next, topic, "first")).contains("\"queueId\":0").contains("\"queueId\":1");
        locks(UNLOCK, next, topic, "first");
        leader.start();
        leader.awaitReady();
        // Given back is given back, also for a member that was down then.
        assertThat(locks(LOCK, leader, topic, "second"))
                .contains("\"queueId\":0")
                .contains("\"queueId\":1");
    }

    private String locks(int code, VledgerNode node, String topic, String clientId) {
        String queue = "{\"brokerName\":\"broker-a\",\"queueId\":%d,\"topic\":\"" + topic + "\"}";
        String body = "{\"clientId\":\"" + clientId + "\",\"consumerGroup\":\"g_locks\",\"mqSet\":["
                + queue.formatted(0) + "," + queue.formatted(1) + "]}";
        // A member that has just started, or an election that a busy machine causes, may have to be waited for.
        return Await.until(
                        "the leader answers",
                        LIMIT,
                        () -> clients.of(ClientRelease.V5)
                                .call("request", "address", node.clientAddress(), "code", code, "body", body),
                        answer -> answer.number("code") == 0)
                .text("body", "");
    }
}
