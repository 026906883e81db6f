package io.vledger.launcher.status;

import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * What all nodes said that could be found.
 *
 * @param answers by node id
 * @param silent why an address gave no answer, by address
 */
public record ClusterSurvey(Map<String, NodeAnswer> answers, Map<String, String> silent) {
    private static final int MAX_NODES = 256;
    private static final int THREADS = 8;

    private record Outcome(String address, CompletableFuture<Optional<NodeAnswer>> answer) {}

    /** Asks the nodes at these addresses, then those that they name, until nobody names another.
     *
     * @param access how they are asked
     */
    public static ClusterSurvey from(Collection<String> addresses, NodeAccess access) {
        NodeProbe probe = new NodeProbe(access);
        Map<String, NodeAnswer> answers = new TreeMap<>();
        Map<String, String> silent = new LinkedHashMap<>();
        Set<String> asked = new LinkedHashSet<>();
        Set<String> next = new LinkedHashSet<>(addresses);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS, work -> {
            Thread thread = new Thread(work, "status");
            thread.setDaemon(true);
            return thread;
        });
        try {
            while (!next.isEmpty() && asked.size() < MAX_NODES) {
                List<Outcome> round = next.stream()
                        .map(address -> new Outcome(
                                address, CompletableFuture.supplyAsync(() -> ask(probe, address, silent), threads)))
                        .toList();
                asked.addAll(next);
                Set<String> named = new LinkedHashSet<>();
                for (Outcome outcome : round) {
                    outcome.answer().join().ifPresent(answer -> {
                        if (answers.putIfAbsent(answer.id(), answer) == null) {
                            named.addAll(namedBy(answer));
                        }
                    });
                }
                named.removeAll(asked);
                next = named;
            }
        } finally {
            threads.shutdownNow();
        }
        return new ClusterSurvey(answers, silent);
    }

    /** The groups that somebody is a member of. */
    public Set<String> groupNames() {
        Set<String> names = new TreeSet<>();
        for (NodeAnswer answer : answers.values()) {
            for (Object group : answer.groups()) {
                if (group instanceof JsonObject shown && shown.getValue("group") instanceof String name) {
                    names.add(name);
                }
            }
        }
        return names;
    }

    private static Optional<NodeAnswer> ask(NodeProbe probe, String address, Map<String, String> silent) {
        try {
            return Optional.of(probe.ask(address));
        } catch (NodeProbe.NoAnswer e) {
            synchronized (silent) {
                silent.put(address, e.getMessage());
            }
            return Optional.empty();
        }
    }

    /**
     * The HTTP addresses of the members that a node knows. A loopback address is good only from where it was said: from
     * another machine it would lead to whatever listens here.
     */
    private static Set<String> namedBy(NodeAnswer answer) {
        Set<String> named = new LinkedHashSet<>();
        boolean near = isLoopback(answer.address());
        for (Object group : answer.groups()) {
            for (JsonObject member : MemberFields.of(group)) {
                String address = member.getString("httpAddress", "");
                if (!address.isEmpty() && (near || !isLoopback(address))) {
                    named.add(address);
                }
            }
        }
        return named;
    }

    private static boolean isLoopback(String address) {
        return address.startsWith("127.") || address.startsWith("localhost:") || address.startsWith("[::1]:");
    }
}
