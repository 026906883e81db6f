package io.vledger.store.common;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FoundPositionsTest {
    @Test
    void positionsBelowTheBoundAreKeptInOrderUntilThereAreEnough() {
        FoundPositions found = new FoundPositions(100, 3);
        for (long position : new long[] {150, 100, 99, 50}) {
            found.offer(position);
        }
        assertThat(found.isFull()).isFalse();
        found.offer(7);
        assertThat(found.isFull()).isTrue();
        assertThat(found.toArray()).containsExactly(99, 50, 7);
    }
}
