package io.vledger.raft.driver.verticle;

import static java.util.Objects.requireNonNull;

import io.vledger.api.group.GroupRole;
import io.vledger.testkit.Eventually;
import io.vledger.testkit.FreePorts;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/** The members of one group in this process: the addresses of all, and those that run now. */
final class LocalMembers {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** The address of each member by id, in configured order. */
    final Map<String, String> peers = new LinkedHashMap<>();
    /** Those that run. */
    final Map<String, LocalMember> running = new TreeMap<>();

    /** Addresses for members n0, n1 and so on; none is started. */
    LocalMembers(int count) {
        for (int i = 0; i < count; i++) {
            peers.put("n" + i, "127.0.0.1:" + FreePorts.next());
        }
    }

    /** One that runs. */
    LocalMember member(String id) {
        return requireNonNull(running.get(id), id);
    }

    /** Stops one. */
    void stop(String id) throws Exception {
        requireNonNull(running.remove(id)).stop();
    }

    /** Stops all that run. */
    void stopAll() throws Exception {
        for (LocalMember member : running.values()) {
            member.stop();
        }
    }

    void await(String what, BooleanSupplier condition) {
        await(what, PATIENCE, condition);
    }

    void await(String what, Duration atMost, BooleanSupplier condition) {
        Eventually.await(what, atMost, condition, running::values);
    }

    /** The leader of the newest term, once there is one. */
    LocalMember leader() {
        await("there is a leader", () -> running.values().stream().anyMatch(m -> m.role() == GroupRole.LEADER));
        return running.values().stream()
                .filter(m -> m.role() == GroupRole.LEADER)
                .max(Comparator.comparing(m -> m.group.status().term()))
                .orElseThrow();
    }
}
