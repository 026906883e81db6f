package io.vledger.store.rocksdb;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vertx.core.json.JsonObject;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.DerivedIndex;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.api.store.TimeSpan;
import io.vledger.store.mmap.MmapStoreProvider;
import io.vledger.testkit.LogModel;
import io.vledger.testkit.Seeds;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One history is the same bytes, positions and queue offsets in this store and in the one on plain files. */
class SameHistoryTest {
    private static final long SEGMENT_BYTES = 256 << 10;

    @TempDir
    Path files;

    private StoreSpec spec(Path root, String type) {
        return new StoreSpec(root.resolve(type), "group", "n0", SEGMENT_BYTES, LogBase.EMPTY, new JsonObject());
    }

    @Test
    void bothStoresHoldTheSame() throws Exception {
        Seeds.run(5, random -> {
            Path root = Files.createTempDirectory(files, "same");
            try (GroupStore mmap = new MmapStoreProvider().open(spec(root, "mmap"));
                    GroupStore rocks = new RocksStoreProvider(TestMemory.shared()).open(spec(root, "rocksdb"))) {
                List<GroupStore> both = List.of(mmap, rocks);
                for (GroupStore store : both) {
                    store.queues().rewind(new byte[0]);
                    store.keys().rewind(new byte[0]);
                }
                LogModel model = new LogModel(new Addressing(SEGMENT_BYTES), LogBase.EMPTY);
                long[] next = new long[5];
                for (int step = 0; step < 100; step++) {
                    step(both, model, next, step / 10 + 1, random);
                }
                compare(mmap, rocks, random);
            }
            try (GroupStore mmap = new MmapStoreProvider().open(spec(root, "mmap"));
                    GroupStore rocks = new RocksStoreProvider(TestMemory.shared()).open(spec(root, "rocksdb"))) {
                compareLogs(mmap, rocks, random);
            }
        });
    }

    private static void step(List<GroupStore> both, LogModel model, long[] next, long term, Random random)
            throws StoreException {
        int what = random.nextInt(100);
        if (what < 85) {
            // Some records are longer than one piece.
            LogBatch batch = model.next(random, term, 1 + random.nextInt(6), what < 5 ? 200_000 : 3_000);
            for (GroupStore store : both) {
                store.log().append(batch);
            }
            model.append(batch);
            for (long index = batch.firstIndex(); index <= batch.lastIndex(); index++) {
                int queue = random.nextInt(next.length);
                for (GroupStore store : both) {
                    store.queues().queue(queue).append(next[queue], batch.positionAt(index), 100, index);
                    store.keys().add(queue, batch.positionAt(index), 1000 + index);
                }
                next[queue]++;
            }
            batch.release();
        } else if (what < 95) {
            for (GroupStore store : both) {
                store.log().sync();
                DerivedIndex.Flush queues = store.queues().prepareFlush();
                DerivedIndex.Flush keys = store.keys().prepareFlush();
                queues.run();
                keys.run();
            }
        } else {
            long index =
                    model.base().index() + 1 + random.nextInt(model.entries().size() + 1) / 3;
            for (GroupStore store : both) {
                store.log().dropPrefix(index);
                store.queues().dropBefore(store.log().base().position());
                store.keys().dropBefore(store.log().base().position());
            }
            model.dropTo(both.get(0).log().base(), index);
        }
    }

    private static void compare(GroupStore one, GroupStore other, Random random) throws StoreException {
        compareLogs(one, other, random);
        for (int queue = 0; queue < 5; queue++) {
            assertThat(units(other, queue)).isEqualTo(units(one, queue));
            assertThat(other.keys().find(queue, new TimeSpan(1020, 1200), 50)).isEqualTo(all(one, queue, 1020, 1200));
        }
    }

    /** The other store may return more than the span: what it can tell only for runs of keys. */
    private static long[] all(GroupStore store, int hash, long fromMs, long toMs) throws StoreException {
        Map<Long, Long> times = new HashMap<>();
        for (long index = store.log().base().index() + 1; index <= store.log().lastIndex(); ) {
            LogBatch batch = store.log().readBatch(index, 1 << 20);
            for (; index <= batch.lastIndex(); index++) {
                times.put(batch.positionAt(index), 1000 + index);
            }
            batch.release();
        }
        return Arrays.stream(store.keys().find(hash, new TimeSpan(fromMs, toMs), Integer.MAX_VALUE))
                .filter(position ->
                        times.getOrDefault(position, 0L) >= fromMs && requireNonNull(times.get(position)) <= toMs)
                .limit(50)
                .toArray();
    }

    private static List<String> units(GroupStore store, int queue) throws StoreException {
        List<String> units = new ArrayList<>();
        long min = store.queues().queue(queue).minOffset();
        units.add(min + " to " + store.queues().queue(queue).maxOffset());
        store.queues().queue(queue).read(min, Integer.MAX_VALUE, (queueOffset, position, size, tagsCode) -> {
            units.add(queueOffset + " " + position + " " + size + " " + tagsCode);
            return true;
        });
        return units;
    }

    private static void compareLogs(GroupStore one, GroupStore other, Random random) throws StoreException {
        assertThat(other.log().base()).isEqualTo(one.log().base());
        assertThat(other.log().lastIndex()).isEqualTo(one.log().lastIndex());
        assertThat(other.log().terms()).isEqualTo(one.log().terms());
        assertThat(other.log().segments()).isEqualTo(one.log().segments());
        assertThat(LogModel.entriesOf(other.log(), random)).isEqualTo(LogModel.entriesOf(one.log(), random));
        long from = one.log().base().position();
        int length = (int) (one.log().endPosition() - from);
        assertThat(raw(other, from, length)).isEqualTo(raw(one, from, length));
        for (int i = 0; i < 20 && length > 0; i++) {
            int skip = random.nextInt(length);
            int count = random.nextInt(Math.min(20_000, length - skip) + 1);
            assertThat(raw(other, from + skip, count)).isEqualTo(raw(one, from + skip, count));
        }
    }

    private static byte[] raw(GroupStore store, long position, int length) throws StoreException {
        ByteBuf bytes = Unpooled.directBuffer(Math.max(1, length));
        try {
            store.log().read(position, length, bytes);
            return ByteBufUtil.getBytes(bytes);
        } finally {
            bytes.release();
        }
    }
}
