package io.vledger.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.store.rocksdb.RocksBackend;
import io.vledger.testkit.Seeds;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The simulator's promises on the RocksDB store; other seeds with {@code -Dvledger.from=N}, more with {@code -Dvledger.seeds=N}. */
class RocksSimulationTest {
    private static final long FROM = Long.getLong("vledger.from", 0);
    private static final long SEEDS = Seeds.count(6);

    @TempDir
    Path files;

    @Test
    void promisesHoldOnGroupsOfRocks() throws Exception {
        run(SEEDS, node -> true, false);
    }

    @Test
    void promisesHoldOnGroupsOfBothStores() throws Exception {
        run(SEEDS, node -> !node.equals("n0"), false);
    }

    /** Timers, light queues, POP, transactions and queue locks, through crashes and starts. */
    @Test
    void featuresKeepTheirPromisesOnRocks() throws Exception {
        // Timers are due up to a minute later: such a run takes several times as long.
        run(Math.max(1, SEEDS / 3), node -> true, true);
    }

    private void run(long seeds, Predicate<String> onRocks, boolean features) throws Exception {
        long acknowledged = 0;
        for (long seed = FROM; seed < FROM + seeds; seed++) {
            Path root = Files.createTempDirectory(files, "seed");
            Map<String, DirectoryStorage> nodes = new HashMap<>();
            try {
                Simulation simulation = new Simulation(
                        seed,
                        false,
                        node -> onRocks.test(node)
                                ? nodes.computeIfAbsent(
                                        node, id -> new DirectoryStorage(spec -> RocksBackend.medium(root, spec)))
                                : null);
                if (features) {
                    simulation.withAllFeatures();
                }
                simulation.run();
                acknowledged += simulation.promises().acknowledgedCount();
            } finally {
                nodes.values().forEach(DirectoryStorage::close);
            }
        }
        // A simulation in which nothing happens proves nothing.
        assertThat(acknowledged).isGreaterThan(100 * seeds);
    }
}
