package io.vledger.sim;

import io.vertx.core.json.JsonObject;
import io.vledger.api.group.GroupRole;
import io.vledger.api.store.Durability;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardState;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.api.store.TimeSpan;
import io.vledger.broker.GroupState;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.raft.RaftSettings;
import io.vledger.raft.driver.LaneWork;
import io.vledger.raft.driver.Recovered;
import io.vledger.raft.driver.Replica;
import io.vledger.raft.driver.ReplicaSettings;
import io.vledger.sim.check.Member;
import io.vledger.testkit.SimDisk;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One node: a disk that outlives its processes, and while a process lives the production replica, broker state and store on
 * it.
 */
final class SimNode implements Member {
    static final long SEGMENT_BYTES = 16 << 10;
    private static final int TICK_MS = 1_000;
    private static final int MAX_ENTRY_BYTES = 4 << 10;
    private static final long CACHE_BYTES = 4L << 20;
    /** Room for some 220 small messages: each counts its bytes, and 512 more for the request that waits for it. */
    private static final int MAX_PENDING_BYTES = 180 << 10;

    private static final int CHECKPOINT_BYTES = 20 << 10;
    private static final int CHECKPOINT_MS = 1_500;
    private static final int FULL_PERCENT = 95;
    private static final String GROUP = "sim";

    private final String id;
    private final List<String> ids;
    private final Cluster cluster;
    private final NodeDisk disk;
    private int boots = 1;
    private int life;
    private long skewMs;
    private long pausedUntilMs;
    private @Nullable Living process;
    private long incarnation;
    private boolean admitted;
    private boolean failureExpected;
    private boolean atRisk;

    /** What dies with a process. */
    private record Living(
            Replica replica, BrokerState state, GroupStore store, SimLinks links, @Nullable SimBroker broker) {}

    SimNode(String id, List<String> ids, Cluster cluster) {
        this.id = id;
        this.ids = ids;
        this.cluster = cluster;
        this.disk = new NodeDisk(id, cluster);
    }

    static String clientAddress(String id) {
        return id + ":10911";
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public boolean running() {
        return process != null;
    }

    Replica replica() {
        return process().replica;
    }

    @Override
    public BrokerState state() {
        return process().state;
    }

    @Override
    public GroupStore store() {
        return process().store;
    }

    /** What serves clients, where nodes do. */
    SimBroker broker() {
        return Objects.requireNonNull(process().broker);
    }

    SimDisk disk() {
        return disk.files();
    }

    SimLinks links() {
        return process().links;
    }

    int life() {
        return life;
    }

    long incarnation() {
        return incarnation;
    }

    long clockMs() {
        return cluster.time().nowMs() + skewMs;
    }

    boolean paused() {
        return pausedUntilMs > cluster.time().nowMs();
    }

    boolean leads() {
        return process != null && process.state.role() == GroupRole.LEADER && !paused();
    }

    /** Whether the group relies on its memory, and it knows. */
    boolean admitted() {
        return admitted;
    }

    /** Whether a bit of its disk was flipped. */
    boolean rotten() {
        return disk.rotten();
    }

    /** Whether its memory is relied on, it knows, and its disk is as it should be. */
    boolean dependable() {
        return admitted && !disk.rotten() && !atRisk;
    }

    private Living process() {
        return Objects.requireNonNull(process, () -> id + " does not run");
    }

    // ---- events of its life

    /** Runs an action of a life: later while the process is paused, not at all once that life is over. */
    void whileAlive(int ofLife, Runnable action) {
        if (life != ofLife || process == null) {
            return;
        }
        if (paused()) {
            cluster.time().in(pausedUntilMs - cluster.time().nowMs(), () -> whileAlive(ofLife, action));
        } else {
            action.run();
        }
    }

    void pause(long ms) {
        cluster.trace("%s is paused for %d ms", id, ms);
        pausedUntilMs = cluster.time().nowMs() + ms;
    }

    void jumpClock(long ms) {
        skewMs += ms;
    }

    void wake() {
        pausedUntilMs = 0;
    }

    /** Starts a process, unless one runs; tries again later if the store cannot be opened now. */
    void start() {
        if (process != null) {
            return;
        }
        int newLife = ++life;
        failureExpected = false;
        atRisk = false;
        cluster.trace("%s starts", id);
        try {
            open(newLife);
        } catch (StoreException.DiskFull e) {
            cluster.trace("%s does not start: %s", id, String.valueOf(e.getMessage()));
            restart();
        } catch (StoreException e) {
            cluster.trace("%s does not start: %s", id, String.valueOf(e.getMessage()));
            // Rotten files that a node must not live without are an operator's case: the disk is replaced.
            cluster.promises()
                    .check(
                            (disk.rotten() && !disk.repairable()) || disk().isOff(),
                            id + " cannot open its store: " + e.getMessage());
            wipe();
            cluster.time().in(20, this::start);
        }
    }

    /** Its supervisor tries again. */
    private void restart() {
        disk.processDied();
        cluster.time().in(100, this::start);
    }

    private void open(int newLife) throws StoreException {
        GroupStore opened = disk.open(spec());
        GroupStore store = new ObservedStore(cluster.twist().twist(id, opened), this, cluster.promises());
        ReplicaSettings settings = settings();
        Recovered recovered = Recovered.from(store, LogBase.EMPTY, settings, disk.identity());
        SimShell shell = new SimShell(this, cluster, newLife);
        SimLinks links = new SimLinks(this, cluster);
        BrokerState[] made = new BrokerState[1];
        Replica replica = new Replica(settings, store, recovered, shell, (group, groupStore) -> {
            made[0] = GroupState.create("SimCluster", GROUP, groupStore, null);
            return new ObservedMachine(
                    made[0], this, cluster.promises(), cluster.statesBelieved(), cluster.afterRestore());
        });
        SimLane lane = new SimLane(this, cluster, new LaneWork(store, cluster.durability(), replica.meter()), newLife);
        SimBroker broker = cluster.serving() ? new SimBroker(this, replica, made[0], store) : null;
        process = new Living(replica, made[0], store, links, broker);
        cluster.promises().started(this);
        replica.attach(lane, links);
        replica.start();
        cluster.time().in(cluster.chance().below(TICK_MS), () -> tick(newLife));
        for (SimNode other : cluster.nodes()) {
            if (other != this && other.running()) {
                connect(this, other);
                connect(other, this);
            }
        }
    }

    private ReplicaSettings settings() {
        Map<String, String> addresses = new LinkedHashMap<>();
        ids.forEach(each -> addresses.put(each, each + ":40911"));
        int electionMs = cluster.chance().electionMs();
        RaftSettings raft = new RaftSettings(id, ids, electionMs / 6, electionMs, 16 << 10, "");
        return ReplicaSettings.builder(GROUP, raft)
                .raftAddresses(addresses)
                .clientAddress(clientAddress(id))
                .durability(cluster.durability())
                .bootId("boot-" + boots)
                .maxEntryBytes(MAX_ENTRY_BYTES)
                .maxPendingBytes(MAX_PENDING_BYTES)
                .cacheBytes(CACHE_BYTES)
                .checkpointBytes(CHECKPOINT_BYTES)
                .checkpointIntervalMs(CHECKPOINT_MS)
                .diskFullPercent(FULL_PERCENT)
                .build();
    }

    private void connect(SimNode from, SimNode to) {
        int fromLife = from.life;
        int toLife = to.life;
        cluster.time()
                .in(
                        1 + cluster.chance().below(5),
                        () -> from.whileAlive(fromLife, () -> {
                            if (to.life == toLife && to.running()) {
                                from.links().connect(to.id, toLife);
                                from.replica()
                                        .memberConnected(to.id, to.replica().greeting());
                            }
                        }));
    }

    /** Says hello to all others again. */
    void reconnectAll() {
        for (SimNode other : cluster.nodes()) {
            if (other != this && other.running()) {
                connect(this, other);
                connect(other, this);
            }
        }
    }

    private void tick(int ofLife) {
        if (life == ofLife && process != null) {
            if (!paused()) {
                replica().tick();
            }
            cluster.time().in(TICK_MS, () -> tick(ofLife));
        }
    }

    /** The process dies; with {@code power}, so does its machine's page cache. */
    void crash(boolean power) {
        if (process == null) {
            return;
        }
        cluster.trace("%s crashes%s", id, power ? " with its machine" : "");
        process = null;
        life++;
        pausedUntilMs = 0;
        if (power || disk().isOff()) {
            admitted &= cluster.durability() == Durability.SYNC;
            disk.powerLost();
            boots++;
        } else {
            disk.processDied();
        }
        boolean refused = cluster.chance().oneIn(2);
        for (SimNode other : cluster.nodes()) {
            if (other != this && other.running()) {
                int otherLife = other.life;
                cluster.time()
                        .in(
                                1 + cluster.chance().below(30),
                                () -> other.whileAlive(otherLife, () -> {
                                    if (process == null) {
                                        other.links().disconnect(id);
                                        other.replica().memberLost(id, refused);
                                    }
                                }));
            }
        }
    }

    /** It has just voted. A storm crashes it right then: its vote must survive. */
    void voted() {
        if (cluster.chance().stormy() && cluster.chance().oneIn(2) && admitted) {
            int ofLife = life;
            cluster.time().in(cluster.chance().below(3), () -> {
                if (life == ofLife) {
                    crash(false);
                    restartIn(1 + cluster.chance().below(5));
                }
            });
        }
    }

    /** The disk is replaced by an empty one. */
    void wipe() {
        crash(false);
        cluster.trace("%s gets an empty disk", id);
        disk.replace();
        admitted = false;
    }

    /** A copy of its disk is kept, as it is now. */
    void backUp() {
        disk.backUp();
    }

    /** The copy that was kept is put in place of its disk; false if there is none. */
    boolean restore() {
        if (!disk.hasBackup()) {
            return false;
        }
        crash(false);
        cluster.trace("%s gets an older copy of its disk", id);
        disk.restore();
        admitted = false;
        return true;
    }

    /** Whether it refuses to start on another node's disk. */
    boolean refuses(SimNode other) {
        return other.disk.refuses(spec());
    }

    private StoreSpec spec() {
        return new StoreSpec(Path.of("/sim", id), GROUP, id, SEGMENT_BYTES, LogBase.EMPTY, new JsonObject());
    }

    /** A bit of a file changes. */
    void rot() {
        failureExpected |= disk.rot();
    }

    /** A bit of an entry that was applied changes. */
    void rotApplied() {
        failureExpected |= disk.rotApplied(store().log(), replica().status().appliedIndex());
    }

    /** Reads all that was applied; what is wrong with it, or an empty text. */
    String damage() {
        LogStore log = store().log();
        try {
            for (long index = log.base().index() + 1;
                    index <= replica().status().appliedIndex();
                    index++) {
                log.readBatch(index, 1).release();
            }
            for (Topic topic : state().topics().all()) {
                for (int id = 0; id < topic.config().readQueues(); id++) {
                    TopicQueue queue = topic.queue(id);
                    if (queue != null) {
                        queue.log().read(queue.log().minOffset(), Integer.MAX_VALUE, (o, p, s, t) -> true);
                    }
                }
            }
            store().keys().find(0, TimeSpan.ALL, 1);
            return "";
        } catch (StoreException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** Whether nothing happened to its disk but to entries that others have. */
    boolean repairable() {
        return disk.repairable();
    }

    /** The replica may fail from here on, until it is started again. */
    void expectFailure() {
        failureExpected = true;
    }

    /** Its power may go at any time, until it is started again. */
    void powerOffAfter(int operations) {
        failureExpected = true;
        atRisk = cluster.durability() == Durability.ASYNC;
        disk().powerOffAfter(operations);
    }

    /** The lane could not go on. */
    void storeFailed(Exception cause) {
        cluster.trace("%s: its store failed: %s", id, String.valueOf(cause.getMessage()));
        if (disk().isOff()) {
            crash(true);
            restartIn(1 + cluster.chance().below(600));
        } else {
            replica().fail(cause);
        }
    }

    void restartIn(long ms) {
        cluster.time().in(ms, this::start);
    }

    // ---- callbacks of the store and the state machine

    void hardStateSaved(HardState state) {
        cluster.promises()
                .check(
                        process == null
                                || !admitted
                                || state.admitted()
                                || disk.restored()
                                || cluster.promises().historyDisregarded(),
                        id + " was taken out by somebody who claimed its name: nothing was done to its memory");
        cluster.promises()
                .check(
                        state.incarnation() <= cluster.greatestIncarnation(),
                        id + " has taken an incarnation of the far future, which no member accepts");
        incarnation = state.incarnation();
        admitted = state.admitted();
    }

    void roleChanged(GroupRole role, long term) {
        cluster.trace("%s: %s in term %d", id, role, term);
        if (role == GroupRole.FAILED) {
            cluster.promises()
                    .check(
                            failureExpected || disk.rotten() || disk().isOff(),
                            id + " failed although nothing was done to it: "
                                    + replica().status().reason());
            int ofLife = life;
            cluster.time().in(50, () -> {
                if (life == ofLife) {
                    crash(cluster.chance().oneIn(2) && cluster.durability() == Durability.SYNC);
                    restartIn(100 + cluster.chance().below(500));
                }
            });
        }
    }

    @Override
    public String toString() {
        return id;
    }
}
