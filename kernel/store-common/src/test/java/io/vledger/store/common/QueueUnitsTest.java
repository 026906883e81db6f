package io.vledger.store.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.api.store.QueueIndex.UnitVisitor;
import io.vledger.api.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QueueUnitsTest {
    private final List<MemoryQueue> dirty = new ArrayList<>();
    private int adopted;
    private final MemoryQueue queue = new MemoryQueue(new QueueUnits.Index<>() {
        @Override
        public void adopt() {
            adopted++;
        }

        @Override
        public void dirty(MemoryQueue changed) {
            dirty.add(changed);
        }
    });

    /** A queue whose chunks are buffers. */
    private static final class MemoryQueue extends QueueUnits<MemoryQueue> {
        private final List<UnitBuffer> chunks = new ArrayList<>();

        MemoryQueue(Index<MemoryQueue> index) {
            super(index, 5);
        }

        @Override
        protected MemoryQueue self() {
            return this;
        }

        @Override
        public boolean hasChunks() {
            return !chunks.isEmpty();
        }

        @Override
        protected long firstChunkOffset() {
            return chunks.get(0).firstOffset();
        }

        @Override
        protected int readChunk(long queueOffset, int maxUnits, UnitVisitor visitor) {
            for (UnitBuffer chunk : chunks) {
                if (queueOffset < chunk.firstOffset() + chunk.count()) {
                    return chunk.visit(queueOffset, maxUnits, visitor);
                }
            }
            throw new AssertionError("no chunk has " + queueOffset);
        }

        @Override
        protected void dropChunksBefore(long position) {
            chunks.removeIf(chunk -> chunk.position(chunk.count() - 1) < position);
        }
    }

    private void append(int count) {
        for (int i = 0; i < count; i++) {
            long next = queue.maxOffset();
            queue.append(next, next * 100, 1, 0);
        }
    }

    private List<Long> read(long from, int max) throws StoreException {
        List<Long> read = new ArrayList<>();
        queue.read(from, max, (queueOffset, position, size, tagsCode) -> {
            assertThat(position).isEqualTo(queueOffset * 100);
            return read.add(queueOffset);
        });
        return read;
    }

    @Test
    void unitsAreReadFromChunksThenWhatIsWrittenThenWhatCameSince() throws Exception {
        append(2);
        queue.chunks.add(queue.capture());
        queue.release();
        append(2);
        queue.capture();
        append(2);
        assertThat(read(0, 100)).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
        assertThat(read(1, 3)).containsExactly(1L, 2L, 3L);
        assertThat(read(6, 1)).isEmpty();
        assertThat(adopted).isPositive();
    }

    @Test
    void aFlushThatFailedIsCapturedAgainWithWhatCameSince() throws Exception {
        append(2);
        queue.capture();
        append(1);
        assertThat(queue.capture().count()).isEqualTo(3);
        assertThat(read(0, 100)).containsExactly(0L, 1L, 2L);
    }

    @Test
    void itsIndexLearnsOfTheFirstUnitAfterAFlushOnly() {
        append(3);
        assertThat(dirty).containsExactly(queue);
        queue.capture();
        append(1);
        assertThat(dirty).containsExactly(queue, queue);
    }

    @Test
    void unitsBelowAPositionAreForgottenWhereverTheyAre() {
        append(2);
        queue.chunks.add(queue.capture());
        queue.release();
        append(4);
        queue.dropBefore(400);
        assertThat(queue.minOffset()).isEqualTo(4);
        queue.dropBefore(10_000);
        assertThat(queue.minOffset()).isEqualTo(6).isEqualTo(queue.maxOffset());
    }

    @Test
    void unitsAreDense() {
        append(1);
        assertThatThrownBy(() -> queue.append(2, 0, 1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("queue 5 continues with queue offset 1");
    }
}
