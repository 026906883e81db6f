package io.vledger.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vledger.api.store.Addressing;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardState;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a log is after crashes, full disks and failed writes. Needs a backend that runs over a {@link SimDisk}. */
public abstract class RecoveryContract extends StoreContract {
    private final Addressing addressing = new Addressing(SEGMENT_BYTES);

    /** For subclasses. */
    protected RecoveryContract() {}

    @BeforeEach
    void needsADisk() {
        assumeTrue(supportsDisk());
    }

    @Test
    void whatWasSyncedSurvivesEveryCrash() throws Exception {
        Seeds.run(crashingHistories(), this::crashingHistory);
    }

    /** How many histories crash; fewer for a store in front of one that has all of them in its own tests. */
    protected int crashingHistories() {
        return 200;
    }

    /** A log, what of it must survive, and what may have become of it. */
    private final class History {
        final SimDisk disk = new SimDisk();
        LogModel written = new LogModel(addressing, LogBase.EMPTY);
        long durable;
        long term = 1;

        void step(LogStore log, Random random) throws StoreException {
            int what = random.nextInt(100);
            if (what < 65) {
                term += random.nextInt(10) == 0 ? 1 : 0;
                LogBatch batch = written.next(random, term, 1 + random.nextInt(8), 1500);
                written.append(batch);
                try {
                    log.append(batch);
                } finally {
                    batch.release();
                }
            } else if (what < 88) {
                log.sync();
                durable = written.lastIndex();
            } else if (what < 96 && !written.entries().isEmpty()) {
                long index = written.base().index()
                        + 1
                        + random.nextInt(written.entries().size());
                durable = Math.min(durable, index - 1);
                log.truncateSuffix(index);
                written.truncate(index);
                durable = written.lastIndex();
            } else if (!written.entries().isEmpty()) {
                long index = Math.min(durable, written.base().index() + 1 + random.nextInt(20));
                log.dropPrefix(index);
                written.dropTo(log.base(), index);
            }
        }

        /** Compares what was recovered, and continues the history from it. */
        void recovered(LogStore log, Random random) throws StoreException {
            assertThat(log.recovery().damage()).isEmpty();
            written.dropTo(log.base(), Math.max(durable, written.base().index() + 1));
            assertThat(log.lastIndex()).isBetween(durable, written.lastIndex());
            written.truncate(log.lastIndex() + 1);
            written.check(log, random);
            durable = log.lastIndex();
        }
    }

    private void crashingHistory(Random random) throws Exception {
        History history = new History();
        boolean opened = false;
        for (int life = 0; life < 12; life++) {
            history.disk.powerOffAfter(random.nextInt(60));
            GroupStore store = null;
            try {
                store = open(history.disk);
                opened = true;
                history.recovered(store.log(), random);
                while (true) {
                    history.step(store.log(), random);
                }
            } catch (StoreException e) {
                assertThat(history.disk.isOff())
                        .as("failed though nothing happened: %s", e)
                        .isTrue();
            } finally {
                if (store != null) {
                    store.close();
                }
            }
            if (random.nextInt(4) == 0) {
                history.disk.processDeath();
                assertThat(opened || history.durable == 0).isTrue();
            } else {
                history.disk.crash(random);
            }
        }
        try (GroupStore store = open(history.disk)) {
            history.recovered(store.log(), random);
        }
    }

    @Test
    void aTruncationHappensOrNotWhereverPowerIsLost() throws Exception {
        Seeds.run(10, random -> {
            for (int step = 0; step < 40; step++) {
                SimDisk disk = new SimDisk();
                LogModel model = new LogModel(addressing, LogBase.EMPTY);
                GroupStore store = open(disk);
                while (store.log().segments().size() < 3) {
                    append(store.log(), model, random, 1, 3, 1500);
                }
                store.log().sync();
                long index = 1L + random.nextInt(model.entries().size());
                LogModel after = model.copy();
                after.truncate(index);
                disk.powerOffAfter(step);
                boolean done = false;
                try {
                    store.log().truncateSuffix(index);
                    done = true;
                    append(store.log(), after, random, 2, 1, 300);
                } catch (StoreException e) {
                    assertThat(disk.isOff()).as("%s", e).isTrue();
                }
                store.close();
                disk.crash(random);
                try (GroupStore again = open(disk)) {
                    List<LogModel.Entry> found = LogModel.entriesOf(again.log(), random);
                    List<LogModel.Entry> whole = done ? after.entries() : model.entries();
                    assertThat(again.log().recovery().damage()).isEmpty();
                    assertThat(found.size()).isBetween((int) index - 1, whole.size());
                    assertThat(found).isEqualTo(whole.subList(0, found.size()));
                }
            }
        });
    }

    @Test
    void aTornTailIsCut() throws Exception {
        SimDisk disk = new SimDisk();
        Random random = new Random(11);
        LogModel model = new LogModel(addressing, LogBase.EMPTY);
        try (GroupStore store = open(disk)) {
            append(store.log(), model, random, 1, 4, 500);
            store.log().sync();
            LogModel unsynced = model.copy();
            append(store.log(), unsynced, random, 1, 1, 4000);
            append(store.log(), unsynced, random, 1, 1, 4000);
        }
        long torn = 0;
        for (int i = 0; i < 30; i++) {
            SimDisk image = disk.copy();
            image.crash(random);
            try (GroupStore store = open(image)) {
                assertThat(store.log().recovery().damage()).isEmpty();
                assertThat(store.log().lastIndex()).isBetween(model.lastIndex(), model.lastIndex() + 2);
                torn += store.log().recovery().tornBytes();
                LogModel now = model.copy();
                now.entries().clear();
                now.entries().addAll(LogModel.entriesOf(store.log(), random));
                append(store.log(), now, random, 2, 1, 50);
                store.log().sync();
                now.check(store.log(), random);
            }
            image.crash(random);
            try (GroupStore store = open(image)) {
                assertThat(store.log().recovery().tornBytes()).isZero();
                assertThat(store.log()
                                .terms()
                                .get(store.log().terms().size() - 1)
                                .term())
                        .isEqualTo(2);
            }
        }
        assertThat(torn).as("some of the crashes tear").isPositive();
    }

    @Test
    void openingReadsLittleOfALongLog() throws Exception {
        Random random = new Random(41);
        SimDisk disk = new SimDisk();
        LogModel model = new LogModel(addressing, LogBase.EMPTY);
        try (GroupStore store = open(disk)) {
            while (store.log().segments().size() < 40) {
                append(store.log(), model, random, 1, 3, 900);
            }
            store.log().sync();
        }
        disk.crash(random);
        try (GroupStore store = open(disk)) {
            assertThat(store.log().recovery().scannedBytes()).isLessThan(40 * SEGMENT_BYTES / 2);
            model.check(store.log(), random);
        }
    }

    @Test
    void aFullDiskRefusesAndContinuesWhenThereIsRoomAgain() throws Exception {
        Seeds.run(40, random -> {
            SimDisk disk = new SimDisk();
            LogModel model = new LogModel(addressing, LogBase.EMPTY);
            try (GroupStore store = open(disk)) {
                append(store.log(), model, random, 1, 2, 500);
                store.log().sync();
                for (int round = 0; round < 3; round++) {
                    disk.capacity(disk.usedBytes() + random.nextInt(20_000));
                    fill(store.log(), model, random);
                    model.check(store.log(), random);
                    store.log().sync();
                    disk.capacity(Long.MAX_VALUE);
                    append(store.log(), model, random, 1, 2, 100);
                    model.check(store.log(), random);
                }
                store.log().sync();
            }
            disk.crash(random);
            try (GroupStore store = open(disk)) {
                assertThat(store.log().recovery().damage()).isEmpty();
                model.check(store.log(), random);
            }
        });
    }

    private void fill(LogStore log, LogModel model, Random random) throws StoreException {
        while (true) {
            LogBatch batch = model.next(random, 1, 4, 1500);
            try {
                log.append(batch);
                model.append(batch);
            } catch (StoreException.DiskFull e) {
                assertThat(e.getMessage()).contains("no room");
                return;
            } finally {
                batch.release();
            }
        }
    }

    @Test
    void aFullDiskStillDropsAndTruncates() throws Exception {
        Random random = new Random(51);
        SimDisk disk = new SimDisk();
        LogModel model = new LogModel(addressing, LogBase.EMPTY);
        try (GroupStore store = open(disk)) {
            while (store.log().segments().size() < 3) {
                append(store.log(), model, random, 1, 2, 900);
            }
            store.log().sync();
            disk.capacity(disk.usedBytes());
            store.log().truncateSuffix(model.lastIndex() - 1);
            model.truncate(model.lastIndex() - 1);
            store.log().dropPrefix(Long.MAX_VALUE);
            model.dropTo(store.log().base(), Long.MAX_VALUE);
            append(store.log(), model, random, 1, 2, 900);
            store.log().sync();
            model.check(store.log(), random);
        }
    }

    @Test
    void aFailedSyncIsFinal() throws Exception {
        Random random = new Random(61);
        SimDisk disk = new SimDisk();
        LogModel model = new LogModel(addressing, LogBase.EMPTY);
        try (GroupStore store = open(disk)) {
            append(store.log(), model, random, 1, 2, 500);
            disk.failNextSync(name -> name.startsWith("log/"));
            assertThatThrownBy(() -> store.log().sync()).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> store.log().sync()).isInstanceOf(StoreException.class);
            LogBatch batch = model.next(random, 1, 1, 10);
            assertThatThrownBy(() -> store.log().append(batch)).isInstanceOf(StoreException.class);
            batch.release();
            model.check(store.log(), random);
        }
    }

    @Test
    void aFailedWriteIsFinal() throws Exception {
        Random random = new Random(71);
        SimDisk disk = new SimDisk();
        LogModel model = new LogModel(addressing, LogBase.EMPTY);
        try (GroupStore store = open(disk)) {
            append(store.log(), model, random, 1, 2, 500);
            disk.failNextWrite(name -> name.startsWith("log/"));
            LogBatch batch = model.next(random, 1, 1, 10);
            assertThatThrownBy(() -> store.log().append(batch)).isInstanceOf(StoreException.class);
            assertThatThrownBy(() -> store.log().append(batch)).isInstanceOf(StoreException.class);
            batch.release();
            model.check(store.log(), random);
        }
    }

    /** One change of a store, which may be tried again. */
    private interface Step {
        void run() throws StoreException;
    }

    @Test
    void aDiskWithoutRoomForOverwritesAndSyncsIsFullAndNotBroken() throws Exception {
        int[] refused = new int[1];
        Seeds.run(150, random -> {
            SimDisk disk = new SimDisk();
            LogModel model = new LogModel(addressing, LogBase.EMPTY);
            long durable = 0;
            HardState saved = null;
            try (GroupStore store = open(disk)) {
                LogStore log = store.log();
                for (int step = 0; step < 60; step++) {
                    long term = 1L + step;
                    int what = random.nextInt(10);
                    if (what < 5) {
                        LogBatch batch = model.next(random, 1, 4, 900);
                        refused[0] += despiteAFullDisk(disk, random, () -> log.append(batch));
                        model.append(batch);
                        batch.release();
                    } else if (what < 7) {
                        refused[0] += despiteAFullDisk(disk, random, log::sync);
                        durable = model.lastIndex();
                    } else if (what == 7 && !model.entries().isEmpty()) {
                        long index = model.base().index()
                                + 1
                                + random.nextInt(model.entries().size());
                        refused[0] += despiteAFullDisk(disk, random, () -> log.truncateSuffix(index));
                        model.truncate(index);
                        durable = model.lastIndex();
                    } else if (what == 8) {
                        long index = durable;
                        refused[0] += despiteAFullDisk(disk, random, () -> log.dropPrefix(index));
                        model.dropTo(log.base(), Math.max(index, model.base().index() + 1));
                    } else {
                        HardState state = new HardState(term, "n1", 7, true, HardState.Cause.FRESH, "", step);
                        refused[0] += despiteAFullDisk(
                                disk, random, () -> store.hardState().save(state));
                        saved = state;
                    }
                    model.check(log, random);
                }
            }
            disk.crash(random);
            try (GroupStore store = open(disk)) {
                assertThat(store.log().recovery().damage()).isEmpty();
                assertThat(store.log().lastIndex()).isGreaterThanOrEqualTo(durable);
                model.truncate(store.log().lastIndex() + 1);
                model.check(store.log(), random);
                assertThat(store.hardState().load().orElse(null)).isEqualTo(saved);
            }
        });
        assertThat(refused[0]).as("the disk was full at times").isGreaterThan(200);
    }

    /** Does something while the disk may be full, again and again, and at last with room; how often it was refused. */
    private static int despiteAFullDisk(SimDisk disk, Random random, Step step) throws StoreException {
        int refused = 0;
        try {
            disk.outOfSpace(random.nextInt(3) == 0 ? random : null);
            for (; refused < 3; refused++) {
                try {
                    step.run();
                    return refused;
                } catch (StoreException.DiskFull full) {
                    assertThat(full.getMessage()).contains("no room");
                }
            }
        } finally {
            disk.outOfSpace(null);
        }
        step.run();
        return refused;
    }
}
