package io.vledger.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.api.group.GroupRole;
import io.vledger.api.store.Durability;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.TopicNames;
import io.vledger.raft.MemberStart;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * One run in which a member of three goes over to the enemy, and as a leader of a later term brings another one an entry that contradicts its
 * state. Nobody can refuse it before what comes before it is applied. The member follows that leader no further and names the entry; once there
 * is another leader, all members have the entry, leave out what contradicts, and go on with the same state.
 */
final class LyingLeader {
    private static final int QUEUES = 3;

    private final long seed;
    private final Contradictions.Lie lie;
    private final Cluster cluster;

    LyingLeader(long seed, Contradictions.Lie lie) {
        this.seed = seed;
        this.lie = lie;
        this.cluster = new Cluster(
                new Chance(seed, false), 3, Durability.SYNC, StoreTwist.NONE, NodeStorage.Choice.NONE, false);
    }

    /**
     * Runs it.
     *
     * @throws AssertionError if something was lost, or the reason is not given
     */
    void run() {
        try {
            Workload workload = new Workload(cluster);
            cluster.nodes().forEach(SimNode::start);
            workload.start();
            cluster.run(1_500);
            workload.end();
            cluster.run(2_000);
            SimNode victim = cluster.any();
            List<SimNode> others =
                    cluster.nodes().stream().filter(node -> node != victim).toList();
            String had = content(victim);
            lie(victim, others.get(0), others);
            verify(!content(victim).isEmpty() && content(victim).equals(had), victim + " lost what it had");
            verify(victim.damage().isEmpty(), victim + " cannot read what it had: " + victim.damage());
            // The liar comes last: the other one might elect it for the term that it lied in.
            others.get(1).start();
            cluster.run(5_000);
            others.get(0).start();
            cluster.run(5_000);
            cluster.nodes().forEach(node -> verify(content(node).equals(had), node + " has not what the group had"));
            Workload more = new Workload(cluster);
            more.start();
            cluster.run(1_500);
            more.end();
            cluster.run(5_000);
            verify(content(victim).startsWith(had.substring(0, had.indexOf('\n'))), victim + " lost what it had");
            verify(content(victim).length() > had.length(), "the group takes no messages any more");
            String state = state(victim);
            for (SimNode node : cluster.nodes()) {
                verify(node.running() && node.replica().status().role() != GroupRole.FAILED, node + " does not serve");
                verify(
                        node.state().leftOut() == 1,
                        node + " left out " + node.state().leftOut() + " parts");
                verify(state(node).equals(state), node + " has another state than " + victim);
                verify(
                        node.replica().status().problems().toString().contains("contradicted the state"),
                        node + " does not say it");
            }
            victim.crash(false);
            victim.start();
            cluster.run(5_000);
            verify(state(victim).equals(state(others.get(0))), victim + " has another state after a restart");
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed " + seed + " fails with " + lie.what() + " at "
                            + cluster.time().nowMs() + " ms: " + e.getMessage()
                            + "\nrepeat it with: mvn -q -o -Dfast -pl raft-verticle/sim -am test -Dtest=HostilePeersTest"
                            + " -Dsurefire.failIfNoSpecifiedTests=false -Dvledger.seed=" + seed,
                    e);
        }
    }

    private void lie(SimNode victim, SimNode liar, List<SimNode> others) {
        MemberStart start = liar.replica().greeting();
        others.forEach(node -> node.crash(false));
        cluster.run(50);
        cluster.promises().disregardHistory();
        victim.replica().memberConnected(liar.id(), start);
        long index = victim.store().log().lastIndex() + 1;
        cluster.network().contradict(liar.id(), start.incarnation(), victim, lie, 1);
        String names = "entry " + index + " of kind " + lie.kind() + ", by the leader of term ";
        // Its disk may be slow.
        for (int i = 0; i < 50 && !reason(victim).startsWith(names); i++) {
            cluster.run(40);
        }
        verify(victim.replica().status().role() != GroupRole.FAILED, victim + " stops because of " + lie.what());
        verify(victim.replica().status().appliedIndex() == index - 1, victim + " goes on with " + lie.what());
        verify(reason(victim).startsWith(names), "the reason does not name the entry: " + reason(victim));
        // More of the same leader, which would be committed and applied here otherwise.
        cluster.network().contradict(liar.id(), start.incarnation(), victim, lie, 0);
        cluster.run(40);
        verify(victim.store().log().lastIndex() == index, victim + " takes more of a leader that lied");
    }

    private static String reason(SimNode node) {
        return String.valueOf(node.replica().status().reason());
    }

    /** The whole replicated state. */
    private static String state(SimNode node) {
        ByteBuf snapshot = Unpooled.buffer();
        node.state().snapshot(snapshot);
        return ByteBufUtil.hexDump(snapshot);
    }

    private static void verify(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /** All messages of the workload's topic. */
    private static String content(SimNode node) {
        List<String> all = new ArrayList<>();
        for (int id = 0; id < QUEUES; id++) {
            TopicQueue queue = Objects.requireNonNull(
                    Objects.requireNonNull(node.state().topics().find(TopicNames.TEMPLATE))
                            .queue(id));
            int number = id;
            StoredMessages.of(
                    node, queue, (queueOffset, message, body) -> all.add(number + "/" + queueOffset + " " + body));
        }
        return String.join("\n", all);
    }
}
