package io.vledger.sim;

import io.vledger.api.group.GroupRole;
import io.vledger.api.store.Durability;
import io.vledger.raft.MemberStart;
import java.util.List;

/**
 * One run in which the two others of a group of three are not what they were: they know the group's secret, and send the member that is left
 * frames of every type with numbers of any size. What it holds may be a lie then, but it neither fails nor takes a term or an incarnation
 * that nobody accepts.
 */
final class HostilePeers {
    /** The bound of {@code MessageBounds}; a campaign of its own adds one. */
    private static final long MAX_TERM_STEP = (1L << 16) + 1;

    private final long seed;
    private final Cluster cluster;

    HostilePeers(long seed, boolean tracing) {
        this.seed = seed;
        this.cluster = new Cluster(
                new Chance(seed, false), 3, Durability.SYNC, StoreTwist.NONE, NodeStorage.Choice.NONE, tracing);
    }

    /** Lets the member believe whatever incarnation somebody says it had. */
    HostilePeers believingIncarnations() {
        cluster.believeIncarnations();
        return this;
    }

    /** Lets the member take entries and snapshots of others unread. */
    HostilePeers believingStates() {
        cluster.believeStates();
        return this;
    }

    /**
     * Runs it.
     *
     * @throws AssertionError if the member failed, with the command that repeats it
     */
    void run(int frames) {
        try {
            Workload workload = new Workload(cluster);
            cluster.nodes().forEach(SimNode::start);
            workload.start();
            cluster.run(1_500);
            workload.end();
            SimNode victim = cluster.any();
            List<SimNode> others =
                    cluster.nodes().stream().filter(node -> node != victim).toList();
            List<MemberStart> starts =
                    others.stream().map(node -> node.replica().greeting()).toList();
            others.forEach(node -> node.crash(false));
            cluster.run(50);
            cluster.promises().disregardHistory();
            for (int frame = 0; frame < frames; frame++) {
                int from = cluster.chance().below(others.size());
                if (frame % 20 < others.size()) {
                    victim.replica().memberConnected(others.get(frame % 20).id(), starts.get(frame % 20));
                }
                long before = victim.replica().status().term();
                cluster.network()
                        .bombard(others.get(from).id(), starts.get(from).incarnation(), victim);
                cluster.run(cluster.chance().below(30));
                survives(victim, before);
            }
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed " + seed + " fails at " + cluster.time().nowMs() + " ms: " + e.getMessage()
                            + "\nrepeat it with: mvn -q -o -Dfast -pl raft-verticle/sim -am test -Dtest=HostilePeersTest"
                            + " -Dsurefire.failIfNoSpecifiedTests=false -Dvledger.seed=" + seed + "\n"
                            + cluster.traced(),
                    e);
        }
    }

    private void survives(SimNode victim, long termBefore) {
        cluster.promises().check(victim.running(), victim + " does not run");
        long term = victim.replica().status().term();
        cluster.promises()
                .check(
                        victim.replica().status().role() != GroupRole.FAILED,
                        victim + " failed: " + victim.replica().status().reason());
        cluster.promises()
                .check(
                        term >= termBefore && term - termBefore <= MAX_TERM_STEP,
                        victim + " went from term " + termBefore + " to " + term + " by one frame");
    }
}
