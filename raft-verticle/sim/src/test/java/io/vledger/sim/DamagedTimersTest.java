package io.vledger.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.disk.DiskFile;
import io.vledger.api.store.Durability;
import io.vledger.broker.timer.TimerState;
import io.vledger.testkit.SimDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The files with the units of timers are damaged or cut short: they are rebuilt from the log, and each timer comes once. */
class DamagedTimersTest {
    private static final String NODE = "n0";
    private static final int LOOKS = 60;
    private static final int STEP_BYTES = 300;

    private final Cluster cluster = calm();
    private final TimerWorkload timers = new TimerWorkload(cluster, 1, false);

    private static Cluster calm() {
        Chance chance = new Chance(1, false);
        chance.calm();
        Cluster cluster = new Cluster(chance, 1, Durability.SYNC, StoreTwist.NONE, NodeStorage.Choice.NONE, false);
        cluster.serve();
        cluster.keepAll();
        cluster.nodes().forEach(SimNode::start);
        return cluster;
    }

    private SimNode node() {
        return cluster.node(NODE);
    }

    private static List<String> indexFiles(SimDisk disk) {
        return disk.names().stream().filter(name -> name.startsWith("queues/")).toList();
    }

    private static long length(SimDisk disk, String name) {
        try (DiskFile file = disk.open(name, 0)) {
            return file.length();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void damage(SimDisk disk) {
        for (String name : indexFiles(disk)) {
            for (long at = 50; at < length(disk, name); at += STEP_BYTES) {
                disk.flipBit(name, at, 3);
            }
        }
    }

    /** Timers wait, and a checkpoint has brought their units to the disk. */
    private void timersWait() {
        timers.start();
        cluster.run(6_000);
        timers.end();
        assertThat(node().state().part(TimerState.class).waitingCount()).isGreaterThan(20);
        assertThat(indexFiles(node().disk())).isNotEmpty();
    }

    private void allCome() {
        timers.drain();
        // Readers meet the rest of the damage, and what they met is rebuilt.
        for (int look = 0; look < LOOKS && !node().damage().isEmpty(); look++) {
            cluster.run(1_000);
        }
        assertThat(node().damage()).isEmpty();
        timers.judge(node());
        assertThat(timers.promise().acknowledgedCount()).isGreaterThan(150);
    }

    @Test
    void unitsThatAreDamagedWhileANodeIsDownAreRebuilt() {
        timersWait();
        node().crash(false);
        damage(node().disk());
        node().start();
        allCome();
    }

    @Test
    void filesThatAreCutShortWhileANodeIsDownAreRebuilt() throws IOException {
        timersWait();
        node().crash(false);
        SimDisk disk = node().disk();
        for (String name : indexFiles(disk)) {
            try (DiskFile file = disk.open(name, 0)) {
                file.resize(file.length() / 2);
                file.sync();
            }
        }
        node().start();
        allCome();
    }

    @Test
    void unitsThatAreDamagedWhileANodeRunsAreRebuilt() {
        timersWait();
        damage(node().disk());
        allCome();
    }
}
