package io.vledger.api.net;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Bounds warnings about what anybody can cause to one a minute. Any thread. */
public final class WarningRate {
    private static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final LongSupplier nanoClock;
    private final AtomicLong admittedNanos;

    /** By the clock of the process. */
    public WarningRate() {
        this(System::nanoTime);
    }

    WarningRate(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.admittedNanos = new AtomicLong(nanoClock.getAsLong() - INTERVAL_NANOS);
    }

    /** Whether a warning may be logged now; then none may for a minute. */
    public boolean admits() {
        long now = nanoClock.getAsLong();
        long before = admittedNanos.get();
        return now - before >= INTERVAL_NANOS && admittedNanos.compareAndSet(before, now);
    }
}
