package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.acceptance.fixture.ClientFailure;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Delivery;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Messages are delivered at their time, exactly once, also if the leader is killed while it delivers; and they are recalled. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TimerIT {
    private static final int TIMERS = 200;
    private static final int STEP_MS = 40;
    private static final int DELAYED = 60;
    private static final int RECALLED = 15;
    private static final int LATE_MS = 5_000;
    /** Elections and builds beside this test take their time. */
    private static final int FAILOVER_MS = 20_000;

    /** A send that an election has come in the way of is repeated by the client, and then there are two timers. */
    private static final int ELECTION_MS = 2_000;

    private final Path directory = WorkDirectory.of(TimerIT.class);
    private final Topics topics = new Topics();
    private final VledgerCluster cluster = VledgerCluster.ofThreeElecting(ELECTION_MS, directory);
    private ClientPool clients;

    @BeforeAll
    void start() {
        cluster.startAll();
        cluster.awaitReady();
        clients = new ClientPool(cluster.nameServer(), directory);
        List.of(ClientRelease.values()).parallelStream().forEach(clients::of);
    }

    @AfterAll
    void stop() {
        clients.close();
        cluster.close();
    }

    private static long dueMs(String body) {
        return Long.parseLong(body.substring(body.lastIndexOf('-') + 1));
    }

    @Test
    void timersComeOnceAtTheirTimeThroughAKillOfTheLeader() {
        String topic = topics.next("timer");
        ClientProcess fifth = clients.of(ClientRelease.V5);
        ClientProcess fourth = clients.of(ClientRelease.V4);
        fifth.createTopic(topic, 4);
        fifth.call("push", "name", "reader", "group", "g_" + topic, "topic", topic);
        // Far enough that some are recalled before they are due, on a busy machine too; the rest may be late.
        long from = System.currentTimeMillis() + 12_000;
        recallSome(fifth, topic, from);
        String[] handles = fifth.call(
                        "timed", "topic", topic, "body", "v5", "count", TIMERS, "fromMs", from, "stepMs", STEP_MS)
                .text("handles")
                .split(" ");
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < TIMERS; i++) {
            expected.add("v5-" + (from + (long) i * STEP_MS));
        }
        // RocketMQ 4.9 has no call for it, but sends what it is given.
        long sharedDue = from + 2_500;
        fourth.send("topic", topic, "body", "v4-" + sharedDue, "how", "sync", "p.TIMER_DELIVER_MS", sharedDue);
        expected.add("v4-" + sharedDue);
        fourth.send("topic", topic, "body", "level", "count", DELAYED, "how", "async", "delay", 2);
        for (int i = 0; i < DELAYED; i++) {
            expected.add("level-" + i);
        }
        long sentMs = System.currentTimeMillis();
        fifth.awaitBodies("reader", TIMERS / 4);
        VledgerNode leader = cluster.leader();
        long killedMs = System.currentTimeMillis();
        leader.kill();
        List<Delivery> deliveries = fifth.awaitBodies("reader", expected.size());
        // Every queue is read back: what was delivered twice, or in spite of a recall, would be there.
        assertThat(Evidence.readBack(fifth, topic, directory.resolve(topic + ".log"))
                        .bodies())
                .containsExactlyInAnyOrderElementsOf(expected);
        for (Delivery delivery : deliveries) {
            if (delivery.body().startsWith("level")) {
                continue;
            }
            long due = dueMs(delivery.body());
            long stored = delivery.line().number("storedMs");
            boolean leaderless = due > killedMs - LATE_MS && due < killedMs + FAILOVER_MS;
            // One that was due before it could be sent, on a very slow machine, comes when it has been.
            long latest = Math.max(due, sentMs) + (leaderless ? FAILOVER_MS : LATE_MS);
            assertThat(stored).as(delivery.body()).isBetween(due, latest);
            if (due > sentMs) {
                assertThat(delivery.property("TIMER_OUT_MS")).isEqualTo(Long.toString((due - 1) / 1000 * 1000));
            }
        }
        assertThatThrownBy(() -> fifth.call("recall", "topic", topic, "handle", handles[0]))
                .isInstanceOf(ClientFailure.class)
                .hasMessageContaining("604");
        leader.start();
        leader.awaitReady();
        fifth.stop("reader");
    }

    /** Sends timers that are due among the later ones of the others, and takes them back at once. */
    private static void recallSome(ClientProcess client, String topic, long from) {
        String[] handles = client.call(
                        "timed",
                        "topic",
                        topic,
                        "body",
                        "recalled",
                        "count",
                        RECALLED,
                        "fromMs",
                        from + TIMERS * STEP_MS / 2,
                        "stepMs",
                        STEP_MS * 4)
                .text("handles")
                .split(" ");
        for (String handle : handles) {
            client.call("recall", "topic", topic, "handle", handle);
        }
    }

    @Test
    void badTimesAreRefusedAndDisturbNothing() {
        String topic = topics.next("bad");
        ClientProcess fourth = clients.of(ClientRelease.V4);
        fourth.createTopic(topic, 1);
        for (String time : List.of("253402300799000", "soon", Long.toString(Long.MAX_VALUE))) {
            assertThatThrownBy(() -> fourth.send("topic", topic, "body", "x", "p.TIMER_DELIVER_MS", time))
                    .isInstanceOf(ClientFailure.class)
                    .hasMessageContaining("13");
        }
        fourth.send("topic", topic, "body", "past", "p.TIMER_DELIVER_MS", "-1");
        assertThat(Evidence.readBack(fourth, topic, directory.resolve(topic + ".log"))
                        .bodies())
                .containsExactly("past");
    }
}
