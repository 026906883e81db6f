package io.vledger.api.metrics;

/** Tells its metrics on request; offered as a service by whoever has some. */
@FunctionalInterface
public interface MetricSource {
    /** Tells the figures of this moment. Called on any thread, also concurrently; must not block or wait for a loop. */
    void collect(MetricSink sink);
}
