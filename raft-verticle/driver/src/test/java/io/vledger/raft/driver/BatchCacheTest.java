package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.api.store.LogBatch;
import org.junit.jupiter.api.Test;

class BatchCacheTest {
    private final BatchCache cache = new BatchCache(0);

    private LogBatch add(long first, int count, long position) {
        LogBatch batch = Batches.of(first, count, 1, position);
        cache.append(batch);
        batch.release();
        return batch;
    }

    @Test
    void findsTheBatchThatHoldsAnEntry() {
        LogBatch one = add(1, 3, 0);
        LogBatch two = add(4, 2, one.endPosition());

        assertThat(cache.find(3)).isSameAs(one);
        assertThat(cache.find(4)).isSameAs(two);
        assertThat(cache.find(6)).isNull();
        assertThat(cache.firstIndex()).isEqualTo(1);
        cache.clear();
        assertThat(one.isReleased()).isTrue();
    }

    @Test
    void smallBatchesAreHandedOutAsOne() throws Exception {
        LogBatch one = add(1, 3, 0);
        LogBatch two = add(4, 2, one.endPosition());
        LogBatch three = add(6, 1, two.endPosition());

        LogBatch run = cache.run(2, (int) (two.endPosition() - one.positionAt(2)));
        assertThat(run).isNotNull();
        assertThat(run.firstIndex()).isEqualTo(2);
        assertThat(run.lastIndex()).as("the third would be too much").isEqualTo(5);
        LogBatch read = LogBatch.parse(run.bytes().copy(), Batches.ADDRESSING);
        assertThat(read.endPosition()).isEqualTo(three.position());
        assertThat(run.payloadAt(4)).isEqualTo(two.payloadAt(4));
        read.release();
        run.release();
        assertThat(run.isReleased()).isTrue();

        LogBatch last = cache.run(6, 1 << 20);
        assertThat(last).isSameAs(three);
        three.release();
        assertThat(cache.run(7, 1)).isNull();
        cache.clear();
        assertThat(one.isReleased() && two.isReleased() && three.isReleased()).isTrue();
    }

    @Test
    void batchesOfTwoSegmentsAreHandedOutOneByOne() {
        long boundary = Batches.ADDRESSING.segmentBytes();
        LogBatch one = add(1, 1, boundary - 64);
        LogBatch two = add(2, 1, boundary);

        LogBatch run = cache.run(1, 1 << 20);
        assertThat(run).isSameAs(one);
        one.release();
        cache.clear();
        assertThat(two.isReleased()).isTrue();
    }

    @Test
    void refusesAGap() {
        add(1, 1, 0);
        LogBatch far = Batches.of(3, 1, 1, 64);

        assertThatThrownBy(() -> cache.append(far)).isInstanceOf(IllegalStateException.class);
        far.release();
        cache.clear();
    }

    @Test
    void truncatesWithinABatchAndKeepsWhatIsBefore() {
        LogBatch one = add(1, 3, 0);
        LogBatch two = add(4, 3, one.endPosition());
        cache.truncate(5);

        LogBatch kept = cache.find(4);
        assertThat(kept).isNotNull();
        assertThat(kept.lastIndex()).isEqualTo(4);
        assertThat(kept.endPosition()).isEqualTo(two.positionAt(5));
        assertThat(cache.find(5)).isNull();
        cache.clear();
        assertThat(two.isReleased()).isTrue();
    }

    @Test
    void evictsOnlyWhatNobodyNeeds() {
        LogBatch one = add(1, 3, 0);
        LogBatch two = add(4, 3, one.endPosition());
        cache.evict(4);

        assertThat(one.isReleased()).isTrue();
        assertThat(cache.find(4)).isSameAs(two);
        cache.evict(6);
        assertThat(cache.find(4)).isSameAs(two);
        cache.clear();
    }
}
