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
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a log does about bits that changed and sectors that cannot be read: it finds them, reads around them, and is repaired from a
 * member. Needs a backend that runs over a {@link SimDisk}.
 */
public abstract class DamageContract extends StoreContract {
    private final Addressing addressing = new Addressing(SEGMENT_BYTES);

    /** For subclasses. */
    protected DamageContract() {}

    @BeforeEach
    void needsADisk() {
        assumeTrue(supportsDisk());
    }

    /** Name of the file that holds a segment's records. */
    protected abstract String fileOf(SimDisk disk, long segment);

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
            setAsideAndContinue(disk, model, victim, random);
        });
    }

    private void setAsideAndContinue(SimDisk disk, LogModel model, LogModel.Entry victim, Random random)
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
            int replaced = putBackFromAPeer(
                    random, (disk, victim) -> flip(disk, victim, random.nextInt(victim.length()), random));
            assertThat(replaced).isEqualTo(1);
        });
    }

    @Test
    void whatTheDeviceCannotReadIsDamageAndPutBackFromAPeer() throws Exception {
        Seeds.run(60, random -> {
            int replaced = putBackFromAPeer(random, (disk, victim) -> {
                long segment = addressing.segmentStart(victim.position());
                long lost = victim.position() + random.nextInt(victim.length());
                disk.loseSector(fileOf(disk, segment), lost - segment);
            });
            assertThat(replaced).isPositive();
        });
    }

    /** Damages an entry, and repairs the log from a copy until all can be read; how many entries that replaced. */
    private int putBackFromAPeer(Random random, BiConsumer<SimDisk, LogModel.Entry> damage) throws StoreException {
        SimDisk disk = new SimDisk();
        LogModel model = closedLog(disk, random);
        SimDisk peers = disk.copy();
        LogModel.Entry victim = anyWithPayload(model, random);
        int replaced = 0;
        try (GroupStore store = open(disk);
                GroupStore peer = open(peers)) {
            List<LogStore.DamagedRun> found = new ArrayList<>();
            store.log().onDamage(found::add);
            damage.accept(disk, victim);
            assertThatThrownBy(() -> store.log().readBatch(victim.index(), 1).release())
                    .isInstanceOf(StoreException.Damaged.class);
            assertThatThrownBy(() -> payload(store.log(), victim)).isInstanceOf(StoreException.Damaged.class);
            onlyItsSegmentIsUnreadable(store.log(), model, victim);
            while (!found.isEmpty()) {
                LogBatch whole = run(peer.log(), found.get(0));
                found.clear();
                int now = store.log().repair(whole);
                assertThat(now).isPositive();
                assertThat(store.log().repair(whole)).as("again").isZero();
                whole.release();
                replaced += now;
                payload(store.log(), victim).release();
            }
            model.check(store.log(), random);
            append(store.log(), model, random, 1, 1, 100);
            store.log().sync();
        }
        disk.crash(random);
        try (GroupStore store = open(disk)) {
            assertThat(store.log().recovery().damage()).isEmpty();
            model.check(store.log(), random);
        }
        return replaced;
    }

    private void onlyItsSegmentIsUnreadable(LogStore log, LogModel model, LogModel.Entry victim) throws StoreException {
        for (LogModel.Entry entry : model.entries()) {
            try {
                assertThat(ByteBufUtil.hexDump(payload(log, entry))).isEqualTo(entry.payload());
            } catch (StoreException.Damaged e) {
                assertThat(e.run()).isNotNull();
                assertThat(addressing.segmentStart(entry.position()))
                        .isEqualTo(addressing.segmentStart(victim.position()));
            }
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
}
