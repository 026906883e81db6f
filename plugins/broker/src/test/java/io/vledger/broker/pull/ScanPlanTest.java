package io.vledger.broker.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.StoreException;
import io.vledger.broker.filter.TagFilter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScanPlanTest {
    private final ScanPlan plan = new ScanPlan();

    /** A queue of one unit of this size. */
    private static QueueIndex.QueueLog unitOf(int size) {
        return new QueueIndex.QueueLog() {
            @Override
            public void append(long queueOffset, long position, int unitSize, long tagsCode) {
                throw new UnsupportedOperationException();
            }

            @Override
            public long minOffset() {
                return 0;
            }

            @Override
            public long maxOffset() {
                return 1;
            }

            @Override
            public int read(long queueOffset, int maxUnits, QueueIndex.UnitVisitor visitor) {
                visitor.visit(queueOffset, 64, size, 0);
                return 1;
            }
        };
    }

    @Test
    void aUnitIsTakenWithItsBytes() throws StoreException {
        plan.scan(unitOf(100), 0, 8, TagFilter.ALL, 32, 1 << 18);

        assertThat(plan.messages()).isEqualTo(1);
        assertThat(plan.bytes()).isEqualTo(100);
        assertThat(plan.next()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE, (64 << 20) + 1, Integer.MAX_VALUE})
    void aSizeThatNoMessageCanHaveIsDamage(int size) {
        assertThatThrownBy(() -> plan.scan(unitOf(size), 0, 8, TagFilter.ALL, 32, 1 << 18))
                .isInstanceOf(StoreException.Damaged.class)
                .hasMessageContaining("queue offset 0")
                .hasMessageContaining(size + " bytes");
    }
}
