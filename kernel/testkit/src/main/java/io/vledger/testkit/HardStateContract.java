package io.vledger.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardState;
import io.vledger.api.store.HardState.Cause;
import io.vledger.api.store.StoreException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every hard state store does. What needs a {@link SimDisk} is skipped for others. */
public abstract class HardStateContract extends StoreContract {
    /** For subclasses. */
    protected HardStateContract() {}

    private static HardState state(Random random, long term) {
        return new HardState(
                term,
                random.nextBoolean() ? "" : "n" + random.nextInt(5),
                random.nextLong(),
                random.nextBoolean(),
                List.of(Cause.values()).get(random.nextInt(Cause.values().length)),
                random.nextBoolean() ? "" : "3e1b6f52-4a9c-4bb4-9a53-9d3d2ffb6f57",
                random.nextInt(1000),
                start(random),
                random.nextBoolean() ? Map.of() : Map.of("n1", start(random), "n2", start(random)));
    }

    private static HardState.Start start(Random random) {
        return new HardState.Start(
                random.nextLong(), random.nextLong(), random.nextLong(), random.nextBoolean() ? "" : "2146356/17");
    }

    @Test
    void nothingWasSavedAtFirst() throws Exception {
        StoreMedium medium = medium();
        try (GroupStore store = medium.open()) {
            assertThat(store.hardState().load()).isEmpty();
        }
        try (GroupStore store = medium.open()) {
            assertThat(store.hardState().load()).isEmpty();
        }
    }

    @Test
    void aSavedStateIsThereAfterEveryCrash() throws Exception {
        Seeds.run(seeds(40), random -> {
            StoreMedium medium = medium();
            Optional<HardState> saved = Optional.empty();
            for (int life = 0; life < 6; life++) {
                try (GroupStore store = medium.open()) {
                    assertThat(store.hardState().load()).isEqualTo(saved);
                    for (int i = random.nextInt(5); i > 0; i--) {
                        saved = Optional.of(state(random, life * 100 + i));
                        store.hardState().save(saved.get());
                        assertThat(store.hardState().load()).isEqualTo(saved);
                    }
                    medium.crash(random);
                }
            }
        });
    }

    @Test
    void aSavedStateSurvivesEveryCrashAndAnUnfinishedSaveLeavesTheOneBefore() throws Exception {
        assumeTrue(supportsDisk());
        Seeds.run(100, random -> {
            SimDisk disk = new SimDisk();
            Optional<HardState> saved = Optional.empty();
            Optional<HardState> begun = Optional.empty();
            for (int life = 0; life < 10; life++) {
                disk.powerOffAfter(random.nextInt(40));
                try (GroupStore store = open(disk)) {
                    Optional<HardState> found = store.hardState().load();
                    assertThat(found).isIn(saved, begun);
                    saved = found;
                    for (int i = 0; i < 20; i++) {
                        HardState next = state(random, life * 100 + i);
                        begun = Optional.of(next);
                        store.hardState().save(next);
                        saved = begun;
                    }
                } catch (StoreException e) {
                    assertThat(disk.isOff()).as("%s", e).isTrue();
                }
                disk.crash(random);
            }
            try (GroupStore store = open(disk)) {
                assertThat(store.hardState().load()).isIn(saved, begun);
            }
        });
    }

    @Test
    void aFlippedBitNeverBringsAnOlderStateBack() throws Exception {
        assumeTrue(supportsDisk());
        Seeds.run(100, random -> {
            SimDisk disk = new SimDisk();
            HardState last = state(random, 0);
            try (GroupStore store = open(disk)) {
                for (int i = 0; i < 1 + random.nextInt(4); i++) {
                    last = state(random, i);
                    store.hardState().save(last);
                }
            }
            disk.crash(random);
            String file = hardStateFile(disk);
            long length;
            try (io.vledger.api.disk.DiskFile opened = disk.open(file, 0)) {
                length = opened.length();
            }
            disk.flipBit(file, random.nextInt((int) length), random.nextInt(8));
            try (GroupStore store = open(disk)) {
                assertThat(store.hardState().load()).contains(last);
            } catch (StoreException.Damaged e) {
                assertThat(e.getMessage()).contains(file);
            }
        });
    }

    @Test
    void aStateOfWhichNoCopyIsIntactIsDamaged() throws Exception {
        assumeTrue(supportsDisk());
        SimDisk disk = new SimDisk();
        Random random = new Random(1);
        try (GroupStore store = open(disk)) {
            store.hardState().save(state(random, 1));
            store.hardState().save(state(random, 2));
        }
        disk.crash(random);
        String file = hardStateFile(disk);
        long length;
        try (io.vledger.api.disk.DiskFile opened = disk.open(file, 0)) {
            length = opened.length();
        }
        for (int at = 16; at < length; at += 64) {
            disk.flipBit(file, at, 0);
        }
        try (GroupStore store = open(disk)) {
            assertThatThrownBy(() -> store.hardState().load())
                    .isInstanceOf(StoreException.Damaged.class)
                    .hasMessageContaining(file);
        }
    }

    @Test
    void aFullDiskDoesNotKeepAVoteFromBeingSaved() throws Exception {
        assumeTrue(supportsDisk());
        SimDisk disk = new SimDisk();
        Random random = new Random(1);
        try (GroupStore store = open(disk)) {
            store.hardState().save(state(random, 1));
            disk.capacity(disk.usedBytes());
            HardState second = state(random, 2);
            store.hardState().save(second);
            assertThat(store.hardState().load()).contains(second);
        }
    }

    /** Name of the file with the hard state. */
    protected abstract String hardStateFile(SimDisk disk);
}
