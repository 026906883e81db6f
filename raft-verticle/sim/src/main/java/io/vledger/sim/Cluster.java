package io.vledger.sim;

import io.vledger.api.store.Durability;
import io.vledger.broker.state.BrokerState;
import io.vledger.sim.check.Promises;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The nodes of one group and the world they share. */
final class Cluster {
    private static final int TRACE_LINES = 4_000;
    /** More than a run gives out after a message was sent. */
    private static final int INCARNATIONS_AHEAD = 10_000;

    private final VirtualTime time = new VirtualTime();
    private final Chance chance;
    private final SimNetwork network;
    private final Promises promises = new Promises();
    private final Map<String, SimNode> nodes = new LinkedHashMap<>();
    private final Durability durability;
    private final StoreTwist twist;
    private final NodeStorage.Choice storage;
    private final Deque<String> trace = new ArrayDeque<>();
    private final boolean tracing;
    private boolean serving;
    private boolean keepsAll;
    private Consumer<BrokerState> afterRestore = state -> {};
    private boolean incarnationsBelieved;
    private boolean statesBelieved;
    private long incarnations;
    private long numbers;

    Cluster(
            Chance chance,
            int size,
            Durability durability,
            StoreTwist twist,
            NodeStorage.Choice storage,
            boolean tracing) {
        this.chance = chance;
        this.durability = durability;
        this.twist = twist;
        this.storage = storage;
        this.tracing = tracing;
        this.network = new SimNetwork(this, SimNode.SEGMENT_BYTES);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            ids.add("n" + i);
        }
        ids.forEach(id -> nodes.put(id, new SimNode(id, ids, this)));
    }

    VirtualTime time() {
        return time;
    }

    Chance chance() {
        return chance;
    }

    SimNetwork network() {
        return network;
    }

    Promises promises() {
        return promises;
    }

    Durability durability() {
        return durability;
    }

    StoreTwist twist() {
        return twist;
    }

    @Nullable
    NodeStorage storageOf(String node) {
        return storage.of(node);
    }

    Collection<SimNode> nodes() {
        return nodes.values();
    }

    SimNode node(String id) {
        return Objects.requireNonNull(nodes.get(id), id);
    }

    /** Nodes serve clients' requests. */
    void serve() {
        serving = true;
    }

    /** Nothing drops what clients still ask for. */
    void keepAll() {
        keepsAll = true;
    }

    boolean keepsAll() {
        return keepsAll;
    }

    boolean serving() {
        return serving;
    }

    /** Something happens to each state that was read from a snapshot. */
    void afterRestore(Consumer<BrokerState> change) {
        afterRestore = change;
    }

    Consumer<BrokerState> afterRestore() {
        return afterRestore;
    }

    /** Members take entries and snapshots of others unread. */
    void believeStates() {
        statesBelieved = true;
    }

    boolean statesBelieved() {
        return statesBelieved;
    }

    /** Members believe any incarnation that is claimed. */
    void believeIncarnations() {
        incarnationsBelieved = true;
    }

    boolean incarnationsBelieved() {
        return incarnationsBelieved;
    }

    /** Bound of the incarnations that nodes can have by now. */
    long greatestIncarnation() {
        return incarnations + INCARNATIONS_AHEAD;
    }

    /** A number for a new memory: greater than all before. */
    long nextIncarnation() {
        return ++incarnations;
    }

    /** A number that was not given before. */
    long nextNumber() {
        return ++numbers;
    }

    SimNode any() {
        return chance.pick(List.copyOf(nodes.values()));
    }

    void run(long ms) {
        time.runUntil(time.nowMs() + ms, promises::afterEvent);
    }

    void trace(String format, Object... args) {
        if (tracing) {
            if (trace.size() == TRACE_LINES) {
                trace.removeFirst();
            }
            trace.addLast(time.nowMs() + " " + String.format(format, args));
        }
    }

    String traced() {
        return String.join("\n", trace);
    }
}
