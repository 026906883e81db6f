package io.vledger.sim;

import io.vledger.api.store.Durability;
import io.vledger.broker.state.BrokerState;
import io.vledger.sim.check.Broken;
import io.vledger.sim.check.Promises;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** One run: a cluster, its clients and its misfortunes, all of it determined by a seed. */
public final class Simulation {
    private static final int HEALED_MS = 60_000;
    private static final int LOOK_MS = 500;

    private final long seed;
    private final boolean tracing;
    private final Cluster cluster;
    private final Workload workload;
    private final Faults faults;
    private final List<FeatureClients> features = new ArrayList<>();

    /**
     * A run that has not begun.
     *
     * @param tracing whether a failure reports the steps before it
     */
    public Simulation(long seed, boolean tracing) {
        this(seed, tracing, StoreTwist.NONE, NodeStorage.Choice.NONE, false);
    }

    /** A run in which some nodes, or all, keep their data elsewhere than on simulated disks. */
    public Simulation(long seed, boolean tracing, NodeStorage.Choice storage) {
        this(seed, tracing, StoreTwist.NONE, storage, false);
    }

    /** A run on twisted stores, in stormy weather if {@code storm}: what only elections show is found sooner there. */
    Simulation(long seed, boolean tracing, StoreTwist twist, boolean storm) {
        this(seed, tracing, twist, NodeStorage.Choice.NONE, storm);
    }

    private Simulation(long seed, boolean tracing, StoreTwist twist, NodeStorage.Choice storage, boolean storm) {
        this.seed = seed;
        this.tracing = tracing;
        Chance chance = new Chance(seed, storm);
        int size = storm ? 3 : chance.pick(List.of(1, 2, 3, 3, 3, 3, 3, 4, 5, 5));
        Durability durability = !storm && chance.oneIn(4) ? Durability.ASYNC : Durability.SYNC;
        this.cluster = new Cluster(chance, size, durability, twist, storage, tracing);
        this.workload = new Workload(cluster);
        this.faults = new Faults(cluster);
    }

    /**
     * Runs it.
     *
     * @throws AssertionError if a promise was broken, with the command that repeats it
     */
    public void run() {
        try {
            cluster.nodes().forEach(SimNode::start);
            workload.start();
            features.forEach(FeatureClients::start);
            cluster.run(800);
            faults.start();
            cluster.run(3_000 + cluster.chance().below(5_000));
            faults.end();
            requireProgress();
            workload.end();
            features.forEach(FeatureClients::end);
            cluster.run(LOOK_MS * 4);
            features.forEach(FeatureClients::drain);
            cluster.run(LOOK_MS);
            judge();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed " + seed + " fails at " + cluster.time().nowMs() + " ms: " + e.getMessage()
                            + "\nrepeat it with: java -jar raft-verticle/sim/target/simulator.jar --from " + seed
                            + " --seeds 1 --trace" + (tracing ? "\n" + cluster.traced() : ""),
                    e);
        }
    }

    /** Lets members believe anybody who claims a member's name. */
    Simulation believingNames() {
        cluster.network().believeNames();
        return this;
    }

    /** Has clients of each feature beside the others. */
    public Simulation withAllFeatures() {
        return transacting().withPops(false).withTimers(false).withLightQueues().withLocks();
    }

    private void add(FeatureClients clients) {
        cluster.serve();
        features.add(clients);
    }

    private <C extends FeatureClients> C clients(Class<C> type) {
        return features.stream()
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst()
                .orElseThrow();
    }

    /** Has producers transact beside the other clients, on brokers that serve their requests. */
    Simulation transacting() {
        cluster.keepAll();
        add(new TransactionWorkload(cluster));
        return this;
    }

    /** Has something happen to each state that was read from a snapshot: a rule is broken. */
    Simulation afterRestore(Consumer<BrokerState> change) {
        cluster.afterRestore(change);
        return this;
    }

    /** Decisions about transactions that were answered. */
    long decisions() {
        return clients(TransactionWorkload.class).decided();
    }

    /**
     * Has consumers that pop, with chance of their own.
     *
     * @param believing whether they believe that each acknowledgement has succeeded
     */
    Simulation withPops(boolean believing) {
        cluster.keepAll();
        PopWorkload consumers = new PopWorkload(cluster, seed);
        if (believing) {
            consumers.believeAll();
        }
        add(consumers);
        return this;
    }

    /** The consumers that pop. */
    PopWorkload pops() {
        return clients(PopWorkload.class);
    }

    /**
     * Has producers that send messages with times and recall some, with chance of their own.
     *
     * @param believing whether they believe that each recall has succeeded
     */
    Simulation withTimers(boolean believing) {
        cluster.keepAll();
        add(new TimerWorkload(cluster, seed, believing));
        return this;
    }

    /** The producers of timers. */
    TimerWorkload timers() {
        return clients(TimerWorkload.class);
    }

    /** Has producers that send into light queues, with chance of their own. */
    Simulation withLightQueues() {
        cluster.keepAll();
        add(new LightWorkload(cluster, seed));
        return this;
    }

    /** The producers into light queues. */
    LightWorkload light() {
        return clients(LightWorkload.class);
    }

    /** Has consumers that lock queues, with chance of their own. */
    Simulation withLocks() {
        add(new LockWorkload(cluster, seed));
        return this;
    }

    /** The consumers that lock queues. */
    LockWorkload locks() {
        return clients(LockWorkload.class);
    }

    /** What the run's checkers counted. */
    public Promises promises() {
        return cluster.promises();
    }

    /** What happened, if tracing was asked for. */
    String history() {
        return cluster.traced();
    }

    private void requireProgress() {
        Promises promises = cluster.promises();
        long goal = promises.committedIndex();
        int acknowledged = promises.acknowledgedCount();
        String missing = "";
        for (int waited = 0; waited < HEALED_MS; waited += LOOK_MS) {
            cluster.run(LOOK_MS);
            missing = missing(goal, acknowledged);
            if (missing.isEmpty()) {
                return;
            }
        }
        throw new NoProgress(missing);
    }

    private String missing(long goal, int acknowledged) {
        Promises promises = cluster.promises();
        if (promises.committedIndex() <= goal || promises.acknowledgedCount() <= acknowledged) {
            return "nothing is acknowledged any more";
        }
        for (SimNode node : cluster.nodes()) {
            if (!node.running()) {
                return node + " does not run";
            }
            if (promises.appliedBy(node) < goal) {
                return node + " is behind: " + promises.appliedBy(node) + " of " + goal;
            }
            if (!node.admitted()) {
                return node + " was not admitted";
            }
            if (node.repairable() && !node.damage().isEmpty()) {
                return node + " is still damaged: " + node.damage();
            }
        }
        return "";
    }

    private void judge() {
        // What is left of a flipped bit may still lie somewhere; it is found when it is read.
        List<SimNode> sound = cluster.nodes().stream()
                .filter(node -> node.running() && !node.rotten())
                .toList();
        cluster.promises().logsAreIdentical(sound);
        sound.forEach(cluster.promises()::nothingIsMissing);
        features.forEach(clients -> sound.forEach(clients::judge));
    }

    /** Nothing is in the way any more, and yet nothing moves. */
    static final class NoProgress extends AssertionError {
        private static final long serialVersionUID = 1L;

        NoProgress(String message) {
            super(message);
        }
    }

    /** Whether a failure is a broken promise, not lacking progress. */
    static boolean isBroken(AssertionError failure) {
        return failure.getCause() instanceof Broken;
    }
}
