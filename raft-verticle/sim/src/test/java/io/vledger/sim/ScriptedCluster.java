package io.vledger.sim;

import io.vledger.api.group.GroupRole;
import io.vledger.api.store.Durability;
import io.vledger.api.store.ForwardingLog;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A cluster without random faults, driven by a script. */
final class ScriptedCluster {
    private final Map<String, Integer> armed = new HashMap<>();
    private @Nullable Cluster cluster;
    private @Nullable Workload workload;

    /** Carries out one line; returns its output. */
    String run(String line) {
        String[] words = line.trim().split("\\s+");
        List<String> arguments = Arrays.asList(words).subList(1, words.length);
        if (words[0].equals("nodes")) {
            begin(Integer.parseInt(arguments.get(0)));
            return "";
        }
        return act(words[0], arguments);
    }

    private void begin(int size) {
        Chance chance = new Chance(1, false);
        chance.calm();
        Cluster made = new Cluster(chance, size, Durability.SYNC, this::armed, NodeStorage.Choice.NONE, false);
        cluster = made;
        workload = new Workload(made);
        made.nodes().forEach(SimNode::start);
    }

    private String act(String command, List<String> arguments) {
        switch (command) {
            case "run" -> cluster().run(Long.parseLong(arguments.get(0)));
            case "cut" -> arguments.forEach(this::cut);
            case "heal" -> cluster().network().healAll();
            case "pause" -> node(arguments.get(0)).pause(Long.parseLong(arguments.get(1)));
            case "crash" -> node(arguments.get(0)).crash(arguments.contains("power"));
            case "start" -> node(arguments.get(0)).start();
            case "send" -> workload().send(node(arguments.get(0)), Integer.parseInt(arguments.get(1)));
            case "transfer" ->
                node(arguments.get(0)).replica().transferLeadership(arguments.size() > 1 ? arguments.get(1) : null);
            case "read" -> workload().barrier(node(arguments.get(0)));
            case "power-off-in-truncation" -> armed.put(arguments.get(0), Integer.parseInt(arguments.get(1)));
            case "roles" -> {
                return roles();
            }
            case "starts" -> {
                // A life ends with a crash and begins with a start: both count.
                return arguments.get(0) + " was started "
                        + (node(arguments.get(0)).life() + 1) / 2 + " times\n";
            }
            case "replies" -> {
                return workload().replies() + "\n";
            }
            case "judge" -> {
                return judge();
            }
            default -> throw new IllegalArgumentException("unknown command: " + command);
        }
        return "";
    }

    private void cut(String link) {
        if (link.contains(">")) {
            String[] ends = link.split(">");
            cluster().network().cut(ends[0], ends[1]);
            return;
        }
        for (SimNode other : cluster().nodes()) {
            cluster().network().cut(link, other.id());
            cluster().network().cut(other.id(), link);
        }
    }

    private String roles() {
        StringBuilder roles = new StringBuilder();
        for (SimNode node : cluster().nodes()) {
            GroupRole role = node.running() ? node.state().role() : GroupRole.STOPPED;
            roles.append(node).append(' ').append(role).append('\n');
        }
        return roles.toString();
    }

    private String judge() {
        cluster().promises().logsAreIdentical(cluster().nodes());
        cluster().nodes().forEach(cluster().promises()::nothingIsMissing);
        return "all members have all that was acknowledged, in the same bytes\n";
    }

    /** The node that the script names, or the leader. */
    private SimNode node(String name) {
        if (!name.equals("the-leader")) {
            return cluster().node(name);
        }
        return cluster().nodes().stream()
                .filter(SimNode::leads)
                .max((a, b) -> Long.compare(a.state().term(), b.state().term()))
                .orElseThrow();
    }

    private GroupStore armed(String node, GroupStore store) {
        LogStore log = new ForwardingLog(store.log()) {
            @Override
            public void truncateSuffix(long index) throws StoreException {
                Integer operations = armed.remove(node);
                if (operations != null) {
                    cluster().node(node).powerOffAfter(operations);
                }
                super.truncateSuffix(index);
            }
        };
        return new ForwardingStore(store) {
            @Override
            public LogStore log() {
                return log;
            }
        };
    }

    private Cluster cluster() {
        return Objects.requireNonNull(cluster, "a script begins with nodes");
    }

    private Workload workload() {
        return Objects.requireNonNull(workload, "a script begins with nodes");
    }
}
