package io.vledger.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class MeterTest {
    private long nowMs = 10 * Meter.DAY_MS + Meter.DAY_MS / 2;
    private long count;
    private final Meter meter = new Meter(() -> count, () -> nowMs);

    private void run(long ms, long perSecond) {
        for (long t = 0; t < ms; t += Meter.SAMPLE_MS) {
            nowMs += Meter.SAMPLE_MS;
            count += perSecond * Meter.SAMPLE_MS / 1000;
            meter.sample();
        }
    }

    @Test
    void ratesFollowTheirWindow() {
        run(10 * Meter.MINUTE_MS, 100);
        run(Meter.MINUTE_MS, 10);
        assertThat(meter.perSecond(Meter.SAMPLE_MS)).isEqualTo(10.0);
        assertThat(meter.perSecond(Meter.MINUTE_MS)).isEqualTo(10.0);
        assertThat(meter.perSecond(10 * Meter.MINUTE_MS)).isCloseTo(91.0, Offset.offset(2.0));
        assertThat(meter.sum(Meter.HOUR_MS)).isEqualTo(60_600);
    }

    @Test
    void aDayIsRemembered() {
        run(Meter.DAY_MS, 1);
        assertThat(meter.totalThisMorning()).isEqualTo(43_200);
        assertThat(meter.totalYesterdayMorning()).isZero();
        run(Meter.DAY_MS, 1);
        assertThat(meter.totalYesterdayMorning()).isEqualTo(43_200);
        assertThat(meter.perSecond(Meter.DAY_MS)).isCloseTo(1.0, Offset.offset(0.05));
    }

    @Test
    void nothingIsZero() {
        assertThat(meter.rates()).isEqualTo("0.0 0.0 0.0");
    }
}
