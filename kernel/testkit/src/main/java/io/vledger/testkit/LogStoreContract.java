package io.vledger.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.json.JsonObject;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What every {@link LogStore} does while nothing goes wrong, on real files. */
public abstract class LogStoreContract extends StoreContract {
    private final Addressing addressing = new Addressing(SEGMENT_BYTES);

    /** For subclasses. */
    protected LogStoreContract() {}

    @Test
    void aNewLogIsEmpty() throws Exception {
        try (GroupStore store = openReal()) {
            LogStore log = store.log();
            assertThat(log.recovery().fresh()).isTrue();
            assertThat(log.recovery().damage()).isEmpty();
            assertThat(log.base()).isEqualTo(LogBase.EMPTY);
            assertThat(log.lastIndex()).isZero();
            assertThat(log.endPosition()).isZero();
            assertThat(log.terms()).containsExactly(new LogStore.TermRun(0, 0));
            assertThat(log.segments()).isEmpty();
        }
        try (GroupStore store = openReal()) {
            assertThat(store.log().recovery().fresh()).isFalse();
        }
    }

    @Test
    void aNewLogBeginsAtTheGivenBase() throws Exception {
        LogBase base = new LogBase(41, 7, 3 * SEGMENT_BYTES);
        LogModel model = new LogModel(addressing, base);
        Random random = new Random(1);
        try (GroupStore store = provider().open(spec(base))) {
            append(store.log(), model, random, 8, 3, 100);
            store.log().sync();
            model.check(store.log(), random);
        }
        try (GroupStore store = provider().open(spec(LogBase.EMPTY))) {
            model.check(store.log(), random);
        }
    }

    @Test
    void randomHistoriesEqualTheModel() throws Exception {
        Seeds.run(10, this::randomHistory);
    }

    private void randomHistory(Random random) throws Exception {
        GroupStore store = openReal();
        try {
            store.log().reset(LogBase.EMPTY);
            LogModel model = new LogModel(addressing, LogBase.EMPTY);
            long term = 1;
            for (int step = 0; step < 120; step++) {
                LogStore log = store.log();
                int what = random.nextInt(100);
                if (what < 75) {
                    term += random.nextInt(10) == 0 ? 1 : 0;
                    int bytes = random.nextInt(8) == 0 ? (int) SEGMENT_BYTES - 40 : 600;
                    append(log, model, random, term, 1 + random.nextInt(12), bytes);
                    if (random.nextBoolean()) {
                        log.sync();
                    }
                } else if (what < 83 && !model.entries().isEmpty()) {
                    long index = model.base().index()
                            + 1
                            + random.nextInt(model.entries().size());
                    log.truncateSuffix(index);
                    model.truncate(index);
                } else if (what < 88 && !model.entries().isEmpty()) {
                    long index = model.base().index()
                            + 1
                            + random.nextInt(model.entries().size());
                    log.dropPrefix(index);
                    model.dropTo(log.base(), index);
                } else if (what < 90) {
                    term++;
                    LogBase base = new LogBase(
                            model.lastIndex() + random.nextInt(50), term, SEGMENT_BYTES * random.nextInt(20));
                    log.reset(base);
                    model.reset(base);
                } else if (what < 95) {
                    log.sync();
                    store.close();
                    store = openReal();
                    assertThat(store.log().recovery().damage()).isEmpty();
                    assertThat(store.log().recovery().tornBytes()).isZero();
                } else {
                    model.check(log, random);
                }
            }
            model.check(store.log(), random);
        } finally {
            store.close();
        }
    }

    @Test
    void retentionDropsWholeSegmentsOnly() throws Exception {
        try (GroupStore store = openReal()) {
            LogModel model = new LogModel(addressing, LogBase.EMPTY);
            Random random = new Random(3);
            while (store.log().segments().size() < 4) {
                append(store.log(), model, random, 1, 1, 900);
            }
            LogStore.SegmentInfo second = store.log().segments().get(1);
            store.log().dropPrefix(second.firstIndex() - 1);
            assertThat(store.log().segments()).hasSize(4);
            store.log().dropPrefix(second.firstIndex());
            assertThat(store.log().segments()).hasSize(3);
            assertThat(store.log().base().position()).isEqualTo(second.position());
            store.log().dropPrefix(Long.MAX_VALUE);
            assertThat(store.log().segments()).hasSize(1);
            assertThatThrownBy(() -> store.log().readBatch(1, 1000)).isInstanceOf(StoreException.OutOfRange.class);
            model.dropTo(store.log().base(), Long.MAX_VALUE);
            model.check(store.log(), random);
        }
    }

    @Test
    void aReaderIsNotDisturbedWhenWhatComesLaterIsCut() throws Exception {
        try (GroupStore store = openReal()) {
            LogStore log = store.log();
            LogModel model = new LogModel(addressing, LogBase.EMPTY);
            Random random = new Random(5);
            append(log, model, random, 1, 4, 100);
            AtomicBoolean done = new AtomicBoolean();
            FutureTask<Integer> reads = new FutureTask<>(() -> {
                int count = 0;
                while (!done.get()) {
                    // The lane cuts while the loop reads as much as there is, from an entry that stays.
                    log.readBatch(1, 1 << 20).release();
                    count++;
                }
                return count;
            });
            Thread reader = new Thread(reads, "reader");
            reader.start();
            try {
                for (int round = 0; round < 300; round++) {
                    append(log, model, random, 1 + round, 3, 300);
                    log.truncateSuffix(5);
                    model.truncate(5);
                }
            } finally {
                done.set(true);
            }
            assertThat(reads.get()).isPositive();
            model.check(log, random);
        }
    }

    @Test
    void whatIsNotThereIsOutOfRange() throws Exception {
        try (GroupStore store = openReal()) {
            LogModel model = new LogModel(addressing, LogBase.EMPTY);
            append(store.log(), model, new Random(1), 1, 1, 100);
            ByteBuf target = Unpooled.buffer();
            long end = store.log().endPosition();
            assertThatThrownBy(() -> store.log().readBatch(0, 10)).isInstanceOf(StoreException.OutOfRange.class);
            assertThatThrownBy(() -> store.log().readBatch(2, 10)).isInstanceOf(StoreException.OutOfRange.class);
            assertThatThrownBy(() -> store.log().read(-8, 8, target)).isInstanceOf(StoreException.OutOfRange.class);
            assertThatThrownBy(() -> store.log().read(0, (int) end + 1, target))
                    .isInstanceOf(StoreException.OutOfRange.class);
            assertThatThrownBy(() -> store.log().read(end, Integer.MAX_VALUE, target))
                    .isInstanceOf(StoreException.OutOfRange.class);
            assertThat(target.readableBytes()).isZero();
        }
    }

    @Test
    void whatIsShownIsWhatIsRead() throws Exception {
        try (GroupStore store = openReal()) {
            LogStore log = store.log();
            LogModel model = new LogModel(addressing, LogBase.EMPTY);
            Random random = new Random(11);
            while (log.segments().size() < 3) {
                append(log, model, random, 1, 1 + random.nextInt(4), 700);
            }
            int end = (int) log.endPosition();
            for (int i = 0; i < 200; i++) {
                int position = random.nextInt(end);
                int length = random.nextInt(Math.min(end - position, 3_000) + 1);
                ByteBuf seen = Unpooled.buffer();
                if (log.show(position, length, bytes -> {
                    assertThat(bytes.isReadOnly()).isTrue();
                    seen.writeBytes(bytes);
                })) {
                    ByteBuf read = Unpooled.buffer();
                    log.read(position, length, read);
                    assertThat(seen).isEqualTo(read);
                }
            }
        }
    }

    @Test
    void whatIsNotThereIsNotShown() throws Exception {
        try (GroupStore store = openReal()) {
            LogStore log = store.log();
            append(log, new LogModel(addressing, LogBase.EMPTY), new Random(1), 1, 1, 100);
            int end = (int) log.endPosition();
            long[][] ranges = {{-8, 8}, {0, end + 1}, {end, Integer.MAX_VALUE}, {0, -1}};
            for (long[] range : ranges) {
                boolean shown;
                try {
                    shown = log.show(range[0], (int) range[1], bytes -> {});
                } catch (StoreException.OutOfRange refused) {
                    shown = false;
                }
                assertThat(shown).as("%d bytes from %d", range[1], range[0]).isFalse();
            }
        }
    }

    @Test
    void holesReadAsZeros() throws Exception {
        try (GroupStore store = openReal()) {
            LogModel model = new LogModel(addressing, LogBase.EMPTY);
            Random random = new Random(5);
            while (store.log().segments().size() < 2) {
                append(store.log(), model, random, 1, 1, 3000);
            }
            LogStore.SegmentInfo first = store.log().segments().get(0);
            int hole = (int) (SEGMENT_BYTES - first.endPosition());
            assertThat(hole).isPositive();
            ByteBuf target = Unpooled.buffer();
            store.log().read(first.endPosition(), hole + 4, target);
            assertThat(target.readSlice(hole)).isEqualTo(Unpooled.wrappedBuffer(new byte[hole]));
            assertThat(target.readInt()).isEqualTo(io.vledger.api.store.LogRecord.MAGIC);
        }
    }

    @Test
    void aBatchThatDoesNotFollowIsRefused() throws Exception {
        try (GroupStore store = openReal()) {
            LogModel model = new LogModel(addressing, LogBase.EMPTY);
            Random random = new Random(1);
            append(store.log(), model, random, 1, 1, 100);
            LogBatch batch = model.next(random, 1, 1, 100);
            model.append(batch);
            LogBatch later = model.next(random, 1, 1, 100);
            assertThatThrownBy(() -> store.log().append(later)).isInstanceOf(IllegalArgumentException.class);
            store.log().append(batch);
            store.log().append(later);
            batch.release();
            later.release();
        }
    }

    @Test
    void aDirectoryIsOpenedOnce() throws Exception {
        try (GroupStore store = openReal()) {
            assertThat(store.log().lastIndex()).isZero();
            assertThatThrownBy(this::openReal)
                    .isInstanceOf(StoreException.Foreign.class)
                    .hasMessageContaining("in use");
        }
        openReal().close();
    }

    @Test
    void aDirectoryOfAnotherIsRefused() throws Exception {
        openReal().close();
        StoreSpec mine = spec(LogBase.EMPTY);
        StoreSpec[] others = {
            new StoreSpec(mine.directory(), "other", "n0", SEGMENT_BYTES, LogBase.EMPTY, new JsonObject()),
            new StoreSpec(mine.directory(), "group", "n1", SEGMENT_BYTES, LogBase.EMPTY, new JsonObject()),
            new StoreSpec(mine.directory(), "group", "n0", 2 * SEGMENT_BYTES, LogBase.EMPTY, new JsonObject())
        };
        for (StoreSpec other : others) {
            assertThatThrownBy(() -> provider().open(other))
                    .isInstanceOf(StoreException.Foreign.class)
                    .hasMessageContaining(mine.directory().toString());
        }
        openReal().close();
    }

    @Test
    void appendingCostsOneWriteAndSyncingOneSync() throws Exception {
        assumeTrue(supportsDisk());
        SimDisk disk = new SimDisk();
        try (GroupStore store = open(disk)) {
            LogModel model = new LogModel(addressing, LogBase.EMPTY);
            Random random = new Random(1);
            append(store.log(), model, random, 1, 1, 100);
            store.log().sync();
            long operations = disk.operations();
            long syncs = disk.syncs();
            append(store.log(), model, random, 1, 5, 100);
            assertThat(disk.operations() - operations).isEqualTo(1);
            store.log().sync();
            assertThat(disk.syncs() - syncs).isEqualTo(1);
            store.log().sync();
            assertThat(disk.syncs() - syncs).as("nothing to sync").isEqualTo(1);
        }
    }
}
