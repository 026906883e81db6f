package io.vledger.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardState;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a log is after crashes, full disks, failures and rot. Needs a backend that runs over a {@link SimDisk}. */
public abstract class RecoveryContract extends StoreContract {
    /** The addressing of all logs here. */
    protected final Addressing addressing = new Addressing(SEGMENT_BYTES);

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
    void damageOfWhatWasDurableIsReportedAndNothingIsChanged() throws Exception {
        Seeds.run(60, random -> {
            SimDisk disk = new SimDisk();
            LogModel model = new LogModel(addressing, LogBase.EMPTY);
            try (GroupStore store = open(disk)) {
                int batches = 1 + random.nextInt(8);
                for (int i = 0; i < batches; i++) {
                    append(store.log(), model, random, 1, 4, 900);
                    store.log().sync();
                }
            }
            if (random.nextBoolean()) {
                disk.crash(random);
            } else {
                disk.processDeath();
            }
            // In the last segment: older ones are not read when a log is opened.
            long segment = addressing.segmentStart(model.end() - 1);
            List<LogModel.Entry> there = model.entries().stream()
                    .filter(entry -> entry.position() >= segment)
                    .toList();
            LogModel.Entry victim = there.get(random.nextInt(there.size()));
            // Anywhere but in the length, which tells how far to look.
            long at = victim.position() + 8 + random.nextInt(victim.length() - 8);
            String file = fileOf(disk, segment);
            disk.flipBit(file, at - segment, random.nextInt(8));
            long used = disk.usedBytes();
            for (int i = 0; i < 2; i++) {
                try (GroupStore store = open(disk)) {
                    String damage = store.log().recovery().damage();
                    assertThat(damage).contains(file).contains("index " + victim.index());
                    assertThat(store.log().lastIndex()).isEqualTo(victim.index() - 1);
                    assertThat(disk.usedBytes()).isEqualTo(used);
                    LogBatch batch = model.next(random, 1, 1, 10);
                    assertThatThrownBy(() -> store.log().append(batch)).isInstanceOf(StoreException.class);
                    batch.release();
                }
            }
            setAsideAndGoOn(disk, model, victim, random);
        });
    }

    @Test
    void whatTheDeviceCannotReadWhenTheLogIsOpenedIsDamage() throws Exception {
        Seeds.run(30, random -> {
            SimDisk disk = new SimDisk();
            LogModel model = closedLog(disk, random);
            long segment = addressing.segmentStart(model.end() - 1);
            long lost = segment + random.nextLong(model.end() - segment);
            disk.loseSector(fileOf(disk, segment), lost - segment);
            try (GroupStore store = open(disk)) {
                assertThat(store.log().recovery().damage()).contains(fileOf(disk, segment));
                assertThat(store.log().endPosition()).isLessThanOrEqualTo(lost);
                store.log().setDamageAside();
                model.truncate(store.log().lastIndex() + 1);
                model.check(store.log(), random);
                if (lost / SimFile.SECTOR_BYTES == model.end() / SimFile.SECTOR_BYTES) {
                    // A part of a sector that is lost cannot be written.
                    return;
                }
                append(store.log(), model, random, 1, 3, 500);
                store.log().sync();
            }
            disk.crash(random);
            try (GroupStore store = open(disk)) {
                assertThat(store.log().recovery().damage()).isEmpty();
                model.check(store.log(), random);
            }
        });
    }

    private void setAsideAndGoOn(SimDisk disk, LogModel model, LogModel.Entry victim, Random random)
            throws StoreException {
        model.truncate(victim.index());
        try (GroupStore store = open(disk)) {
            store.log().setDamageAside();
            model.check(store.log(), random);
            append(store.log(), model, random, 2, 3, 200);
            store.log().sync();
        }
        assertThat(disk.names()).anyMatch(name -> name.contains("damaged"));
        disk.crash(random);
        try (GroupStore store = open(disk)) {
            assertThat(store.log().recovery().damage()).isEmpty();
            model.check(store.log(), random);
        }
    }

    /** Name of the file that holds a segment's records. */
    protected abstract String fileOf(SimDisk disk, long segment);

    @Test
    void settingDamageAsideCanBeRepeatedWhereverPowerIsLost() throws Exception {
        Random random = new Random(21);
        SimDisk disk = new SimDisk();
        LogModel model = new LogModel(addressing, LogBase.EMPTY);
        try (GroupStore store = open(disk)) {
            while (store.log().segments().size() < 3) {
                append(store.log(), model, random, 1, 3, 900);
                store.log().sync();
            }
        }
        disk.crash(random);
        LogModel.Entry victim = model.entries().get(model.entries().size() - 1);
        long segment = addressing.segmentStart(victim.position());
        disk.flipBit(fileOf(disk, segment), victim.position() - segment + 12, 3);
        model.truncate(victim.index());
        for (int step = 0; step < 40; step++) {
            SimDisk image = disk.copy();
            image.powerOffAfter(step);
            try (GroupStore store = open(image)) {
                store.log().setDamageAside();
            } catch (StoreException e) {
                assertThat(image.isOff()).isTrue();
            }
            image.crash(random);
            try (GroupStore store = open(image)) {
                store.log().setDamageAside();
                model.check(store.log(), random);
            }
        }
    }

    @Test
    void damageInAnOlderSegmentIsFoundWhenItIsRead() throws Exception {
        Random random = new Random(31);
        SimDisk disk = new SimDisk();
        LogModel model = new LogModel(addressing, LogBase.EMPTY);
        try (GroupStore store = open(disk)) {
            while (store.log().segments().size() < 3) {
                append(store.log(), model, random, 1, 3, 900);
            }
            store.log().sync();
        }
        LogModel.Entry victim = model.entries().get(3);
        disk.flipBit(fileOf(disk, 0), victim.position() + 9, 1);
        try (GroupStore store = open(disk)) {
            assertThat(store.log().lastIndex()).isEqualTo(model.lastIndex());
            assertThatThrownBy(() -> store.log().readBatch(victim.index(), 4000).release())
                    .isInstanceOf(StoreException.Damaged.class)
                    .hasMessageContaining("index " + victim.index());
        }
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
    void aFullDiskRefusesAndGoesOnWhenThereIsRoomAgain() throws Exception {
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

    /** A store on a simulated disk that died and was opened again, so that nothing of it comes from memory. */
    private LogModel closedLog(SimDisk disk, Random random) throws StoreException {
        LogModel model = new LogModel(addressing, LogBase.EMPTY);
        try (GroupStore store = open(disk)) {
            while (store.log().segments().size() < 4) {
                append(store.log(), model, random, 1, 5, 900);
            }
            store.log().sync();
        }
        disk.processDeath();
        return model;
    }

    private static LogModel.Entry anyWithPayload(LogModel model, Random random) {
        List<LogModel.Entry> some = model.entries().stream()
                .filter(entry -> !entry.payload().isEmpty())
                .toList();
        return some.get(random.nextInt(some.size()));
    }

    private void flip(SimDisk disk, LogModel.Entry victim, long at, Random random) {
        long segment = addressing.segmentStart(victim.position());
        disk.flipBit(fileOf(disk, segment), victim.position() + at - segment, random.nextInt(8));
    }

    private static ByteBuf payload(LogStore log, LogModel.Entry entry) throws StoreException {
        ByteBuf target = Unpooled.buffer();
        log.read(entry.position() + LogRecord.HEADER_BYTES, entry.payload().length() / 2, target);
        return target;
    }

    @Test
    void noByteOfADamagedRecordIsReadAndEveryOtherOneIs() throws Exception {
        Seeds.run(60, random -> {
            SimDisk disk = new SimDisk();
            LogModel model = closedLog(disk, random);
            LogModel.Entry victim = anyWithPayload(model, random);
            try (GroupStore store = open(disk)) {
                LogStore log = store.log();
                List<LogStore.DamagedRun> found = new ArrayList<>();
                log.onDamage(found::add);
                flip(disk, victim, random.nextInt(victim.length()), random);
                for (LogModel.Entry entry : model.entries()) {
                    try {
                        assertThat(ByteBufUtil.hexDump(payload(log, entry))).isEqualTo(entry.payload());
                        assertThat(entry).isNotEqualTo(victim);
                        log.readBatch(entry.index(), 1).release();
                    } catch (StoreException.Damaged e) {
                        // A header that is damaged hides what follows, as far as the next known place.
                        LogStore.DamagedRun run = Objects.requireNonNull(e.run());
                        assertThat(victim.index()).isBetween(run.firstIndex(), run.lastIndex());
                        assertThat(e).hasMessageContaining("position " + victim.position());
                        assertThat(entry.index()).isGreaterThanOrEqualTo(victim.index());
                    }
                }
                assertThat(found).as("reported").isNotEmpty();
            }
        });
    }

    @Test
    void damagedEntriesArePutBackFromAPeer() throws Exception {
        Seeds.run(60, random -> {
            SimDisk disk = new SimDisk();
            LogModel model = closedLog(disk, random);
            SimDisk peers = disk.copy();
            LogModel.Entry victim = anyWithPayload(model, random);
            try (GroupStore store = open(disk);
                    GroupStore peer = open(peers)) {
                List<LogStore.DamagedRun> found = new ArrayList<>();
                store.log().onDamage(found::add);
                flip(disk, victim, random.nextInt(victim.length()), random);
                assertThatThrownBy(() -> payload(store.log(), victim)).isInstanceOf(StoreException.Damaged.class);
                LogBatch whole = run(peer.log(), found.get(0));
                assertThat(store.log().repair(whole)).isEqualTo(1);
                assertThat(store.log().repair(whole)).as("again").isZero();
                whole.release();
                model.check(store.log(), random);
                append(store.log(), model, random, 1, 1, 100);
                store.log().sync();
            }
            disk.crash(random);
            try (GroupStore store = open(disk)) {
                assertThat(store.log().recovery().damage()).isEmpty();
                model.check(store.log(), random);
            }
        });
    }

    @Test
    void whatTheDeviceCannotReadIsDamageAndPutBackFromAPeer() throws Exception {
        Seeds.run(60, random -> {
            SimDisk disk = new SimDisk();
            LogModel model = closedLog(disk, random);
            SimDisk peers = disk.copy();
            LogModel.Entry victim = anyWithPayload(model, random);
            try (GroupStore store = open(disk);
                    GroupStore peer = open(peers)) {
                List<LogStore.DamagedRun> found = new ArrayList<>();
                store.log().onDamage(found::add);
                long segment = addressing.segmentStart(victim.position());
                long lost = victim.position() + random.nextInt(victim.length());
                disk.loseSector(fileOf(disk, segment), lost - segment);
                assertThatThrownBy(
                                () -> store.log().readBatch(victim.index(), 1).release())
                        .isInstanceOf(StoreException.Damaged.class);
                for (LogModel.Entry entry : model.entries()) {
                    try {
                        assertThat(ByteBufUtil.hexDump(payload(store.log(), entry)))
                                .isEqualTo(entry.payload());
                    } catch (StoreException.Damaged e) {
                        assertThat(e.run()).isNotNull();
                        assertThat(addressing.segmentStart(entry.position())).isEqualTo(segment);
                    }
                }
                while (!found.isEmpty()) {
                    LogBatch whole = run(peer.log(), found.get(0));
                    found.clear();
                    assertThat(store.log().repair(whole)).isPositive();
                    assertThat(store.log().repair(whole)).as("again").isZero();
                    whole.release();
                    payload(store.log(), victim).release();
                }
                model.check(store.log(), random);
            }
            disk.crash(random);
            try (GroupStore store = open(disk)) {
                assertThat(store.log().recovery().damage()).isEmpty();
                model.check(store.log(), random);
            }
        });
    }

    /** The entries of a run, as a member sends them. */
    private static LogBatch run(LogStore log, LogStore.DamagedRun run) throws StoreException {
        LogBatch read = log.readBatch(run.firstIndex(), (int) SEGMENT_BYTES);
        if (read.lastIndex() <= run.lastIndex()) {
            return read;
        }
        try {
            return read.before(run.lastIndex() + 1);
        } finally {
            read.release();
        }
    }

    @Test
    void whatIsIntactIsNeverReplaced() throws Exception {
        Random random = new Random(91);
        SimDisk disk = new SimDisk();
        LogModel model = closedLog(disk, random);
        SimDisk others = new SimDisk();
        try (GroupStore store = open(disk);
                GroupStore other = open(others)) {
            // Entries of the same shape with other content, and with another term.
            for (LogModel.Entry entry : model.entries()) {
                LogBatch.Builder builder =
                        new LogBatch.Builder(addressing, entry.position(), UnpooledByteBufAllocator.DEFAULT, 256);
                builder.open();
                builder.buffer().writeZero(entry.payload().length() / 2);
                builder.close(entry.kind(), (short) 1, entry.index(), entry.term());
                LogBatch batch = builder.build();
                other.log().append(batch);
                batch.release();
            }
            LogBatch forged =
                    run(other.log(), new LogStore.DamagedRun(1, store.log().lastIndex(), ""));
            assertThatThrownBy(() -> store.log().repair(forged)).isInstanceOf(StoreException.Damaged.class);
            forged.release();
            LogBatch unaligned = store.log().readBatch(2, 1);
            assertThatThrownBy(() -> store.log().repair(unaligned)).isInstanceOf(StoreException.Damaged.class);
            unaligned.release();
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
