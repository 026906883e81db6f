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
