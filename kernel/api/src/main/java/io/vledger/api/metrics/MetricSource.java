package io.vledger.api.metrics;

/** Reports its metrics on request; offered as a service by every plugin that has some. */
@FunctionalInterface
public interface MetricSource {
    /** Reports the current figures to {@code sink}. Called on any thread, also concurrently; must not block or wait for a loop. */
    void collect(MetricSink sink);
}
