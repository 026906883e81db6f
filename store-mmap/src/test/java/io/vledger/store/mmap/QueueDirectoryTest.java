package io.vledger.store.mmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.json.JsonObject;
import io.vledger.api.disk.DiskFile;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.testkit.SimDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QueueDirectoryTest {
    private static final int SEGMENT_BYTES = 1 << 16;
    private static final int QUEUES = 3;
    private static final int CHECKPOINTS_OF_SEGMENT = 4;
    private static final String FIRST = "queues/" + Blocks.fileOf(0);
    private static final String DIRECTORY = FIRST + IndexFiles.DIRECTORY_SUFFIX;

    private final SimDisk disk = new SimDisk();
    private byte[] mark = {};

    private GroupStore open() throws StoreException {
        StoreSpec spec = new StoreSpec(Path.of("test"), "g", "n0", SEGMENT_BYTES, LogBase.EMPTY, new JsonObject());
        return new MmapStoreProvider().open(spec, disk);
    }

    /** A unit each 1,024 bytes, for the queues in turn, with four checkpoints a segment. */
    private GroupStore filled(int segments) throws StoreException {
        GroupStore store = open();
        store.queues().rewind(mark);
        fill(store.queues(), 0, segments);
        return store;
    }

    private void fill(QueueIndex queues, int from, int until) throws StoreException {
        for (int checkpoint = from * CHECKPOINTS_OF_SEGMENT;
                checkpoint < until * CHECKPOINTS_OF_SEGMENT;
                checkpoint++) {
            long start = (long) checkpoint * SEGMENT_BYTES / CHECKPOINTS_OF_SEGMENT;
            for (long at = start; at < start + SEGMENT_BYTES / CHECKPOINTS_OF_SEGMENT; at += 1024) {
                QueueIndex.QueueLog queue = queues.queue(at / 1024 % QUEUES);
                queue.append(queue.maxOffset(), at, 1024, at);
            }
            mark = queues.prepareFlush().run();
        }
    }

    private static void check(QueueIndex queues, int segments) throws StoreException {
        List<Long> read = new ArrayList<>();
        for (long key = 0; key < QUEUES; key++) {
            QueueIndex.QueueLog queue = queues.queue(key);
            assertThat(queue.minOffset()).isZero();
            int units = queue.read(0, Integer.MAX_VALUE, (queueOffset, position, size, tagsCode) -> {
                assertThat(tagsCode).isEqualTo(position);
                assertThat(position / 1024 / QUEUES).isEqualTo(queueOffset);
                read.add(position);
                return true;
            });
            assertThat(units).isEqualTo(queue.maxOffset());
        }
        assertThat(read).hasSize(segments * SEGMENT_BYTES / 1024).doesNotHaveDuplicates();
    }

    private void overwrite(String name, long at, int value) throws IOException {
        ByteBuf bytes = Unpooled.buffer().writeInt(value);
        try (DiskFile file = disk.open(name, 0)) {
            file.write(at, bytes);
            file.sync();
        }
    }

    private GroupStore reopened(GroupStore store) throws StoreException {
        store.close();
        GroupStore again = open();
        again.queues().rewind(mark);
        return again;
    }

    @Test
    void aStartDoesNotReadTheHeadersOfSegmentsThatGetNoMore() throws IOException {
        GroupStore before = filled(3);
        assertThat(disk.exists(DIRECTORY)).isTrue();
        // The first header of all: a start that reads it fails.
        overwrite(FIRST, 0, 0);
        GroupStore store = reopened(before);
        assertThatThrownBy(() -> store.queues().queue(0).read(0, 1, (queueOffset, position, size, code) -> true))
                .isInstanceOf(StoreException.Damaged.class);
        store.close();
        disk.delete(DIRECTORY);
        GroupStore without = open();
        assertThatThrownBy(() -> without.queues().rewind(mark)).isInstanceOf(StoreException.Damaged.class);
    }

    @Test
    void unitsAreFoundThroughDirectoriesAlsoOfTheProcessThatWroteThem() throws IOException {
        GroupStore store = filled(3);
        check(store.queues(), 3);
        store = reopened(store);
        check(store.queues(), 3);
        fill(store.queues(), 3, 5);
        check(store.queues(), 5);
        check(reopened(store).queues(), 5);
    }

    @Test
    void aStartMakesDirectoriesThatAreMissingOrNotIntact() throws IOException {
        GroupStore store = filled(3);
        disk.delete(DIRECTORY);
        store = reopened(store);
        assertThat(disk.exists(DIRECTORY)).isTrue();
        check(store.queues(), 3);
        overwrite(DIRECTORY, 70, 12345);
        store = reopened(store);
        check(store.queues(), 3);
    }

    @Test
    void aTableThatIsNotIntactIsReadOffTheFile() throws IOException {
        GroupStore store = reopened(filled(3));
        // Header, three entries, and the number of chunks of the first table.
        overwrite(DIRECTORY, 64 + 3 * 28 + 8, 12345);
        check(store.queues(), 3);
        store = reopened(store);
        disk.delete(DIRECTORY);
        check(store.queues(), 3);
    }

    @Test
    void whatIsSaidOfALongerFileIsForgotten() throws IOException {
        GroupStore store = filled(1);
        byte[] early = mark;
        fill(store.queues(), 1, 3);
        mark = early;
        store = reopened(store);
        assertThat(disk.exists("queues/" + Blocks.fileOf(SEGMENT_BYTES) + IndexFiles.DIRECTORY_SUFFIX))
                .isFalse();
        fill(store.queues(), 1, 4);
        check(reopened(store).queues(), 4);
    }

    @Test
    void directoriesGoWithTheirSegments() throws IOException {
        GroupStore store = filled(3);
        store.queues().dropBefore(SEGMENT_BYTES);
        fill(store.queues(), 3, 6);
        assertThat(disk.exists(FIRST)).isFalse();
        assertThat(disk.exists(DIRECTORY)).isFalse();
        assertThat(store.queues().queue(0).minOffset()).isEqualTo(22);
    }
}
