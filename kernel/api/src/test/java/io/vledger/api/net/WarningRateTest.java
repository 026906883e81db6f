package io.vledger.api.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WarningRateTest {
    @Test
    void theFirstIsAdmittedAndThenOneAMinute() {
        AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
        WarningRate rate = new WarningRate(nanos::get);
        assertThat(rate.admits()).isTrue();
        nanos.addAndGet(TimeUnit.MINUTES.toNanos(1) - 1);
        assertThat(rate.admits()).isFalse();
        nanos.incrementAndGet();
        assertThat(rate.admits()).isTrue();
        assertThat(rate.admits()).isFalse();
    }
}
