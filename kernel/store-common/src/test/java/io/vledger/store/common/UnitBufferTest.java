package io.vledger.store.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class UnitBufferTest {
    private static UnitBuffer units(int count) {
        UnitBuffer units = new UnitBuffer();
        for (int i = 0; i < count; i++) {
            units.append(7 + i, 1_000L * i, 10 + i, -i);
        }
        return units;
    }

    @Test
    void unitsHaveTheFormThatTheyHaveOnTheDisk() {
        ByteBuffer copy = ByteBuffer.wrap(units(20).copy(3, 2));
        assertThat(copy.remaining()).isEqualTo(2 * UnitBuffer.UNIT_BYTES);
        assertThat(copy.getLong()).isEqualTo(3_000);
        assertThat(copy.getInt()).isEqualTo(13);
        assertThat(copy.getLong()).isEqualTo(-3);
        assertThat(copy.getLong()).isEqualTo(4_000);
    }

    @Test
    void theFirstUnitAtOrAfterAPositionIsFound() {
        UnitBuffer units = units(5);
        assertThat(units.firstAtOrAfter(0)).isZero();
        assertThat(units.firstAtOrAfter(1)).isEqualTo(1);
        assertThat(units.firstAtOrAfter(4_000)).isEqualTo(4);
        assertThat(units.firstAtOrAfter(4_001)).isEqualTo(5);
        assertThat(new UnitBuffer().firstAtOrAfter(0)).isZero();
    }

    @Test
    void aVisitorThatStopsIsCountedNegatively() {
        UnitBuffer units = units(5);
        assertThat(units.visit(9, 10, (queueOffset, position, size, tagsCode) -> true))
                .isEqualTo(3);
        assertThat(units.visit(9, 10, (queueOffset, position, size, tagsCode) -> queueOffset < 10))
                .isEqualTo(-2);
    }
}
