package io.vledger.broker.pop;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class ShortenedTest {
    private static final long NOW = 1_000;

    private final Shortened shortened = new Shortened();

    @Test
    void aReceiptFromBeforeTheChangeSaysNothingUntilItsTimeIsOver() {
        shortened.add(5, NOW, NOW + 100);
        assertThat(shortened.mayPrecede(5, NOW - 1, NOW)).isTrue();
        assertThat(shortened.mayPrecede(5, NOW, NOW)).isFalse();
        assertThat(shortened.mayPrecede(6, NOW - 1, NOW)).isFalse();
        assertThat(shortened.mayPrecede(5, NOW - 1, NOW + 100)).isFalse();
    }

    @Test
    void aSecondChangeVoidsTheReceiptOfTheFirstForAsLongAsTheFirstVoidedTheOneBefore() {
        shortened.add(5, NOW, NOW + 100);
        shortened.add(5, NOW + 10, NOW + 50);
        assertThat(shortened.mayPrecede(5, NOW, NOW + 99)).isTrue();
        assertThat(shortened.mayPrecede(5, NOW + 10, NOW + 99)).isFalse();
    }

    @Test
    void whereThereAreTooManyNoReceiptOfTheQueueSaysAnything() {
        for (int i = 0; i < Shortened.MAX_MESSAGES; i++) {
            shortened.add(i, NOW, NOW + 100);
        }
        assertThat(shortened.mayPrecede(Shortened.MAX_MESSAGES, NOW, NOW)).isFalse();
        shortened.add(Shortened.MAX_MESSAGES, NOW, NOW + 50);
        assertThat(shortened.mayPrecede(0, NOW + 10, NOW + 99)).isTrue();
        assertThat(shortened.mayPrecede(0, NOW + 10, NOW + 100)).isFalse();
    }

    @Test
    void thoseWhoseTimeIsOverMakeRoom() {
        for (int i = 0; i <= 2 * Shortened.MAX_MESSAGES; i++) {
            shortened.add(i, NOW + i, NOW + i + Shortened.MAX_MESSAGES / 2);
        }
        assertThat(shortened.allUntilMs()).isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void aSnapshotHasThem() {
        shortened.add(5, NOW, NOW + 100);
        ByteBuf bytes = Unpooled.buffer();
        shortened.write(bytes);
        Shortened read = new Shortened();
        read.read(bytes);
        assertThat(bytes.isReadable()).isFalse();
        assertThat(read.mayPrecede(5, NOW - 1, NOW)).isTrue();
        assertThat(read.mayPrecede(5, NOW, NOW)).isFalse();
    }
}
