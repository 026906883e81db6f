package io.vledger.api.metrics;

import java.util.Map;

/**
 * Receives the metrics of one scrape. Names are Prometheus names; one name has one type and one help text. Labels are given in
 * the order in which they shall be shown.
 */
public interface MetricSink {
    /** A value that only grows; the name ends in {@code _total}. */
    void counter(String name, String help, Map<String, String> labels, double value);

    /** A whole number that only grows. */
    default void counter(String name, String help, Map<String, String> labels, long value) {
        counter(name, help, labels, (double) value);
    }

    /** A value that goes up and down. */
    void gauge(String name, String help, Map<String, String> labels, double value);

    /** A whole number that goes up and down. */
    default void gauge(String name, String help, Map<String, String> labels, long value) {
        gauge(name, help, labels, (double) value);
    }

    /**
     * A distribution.
     *
     * @param upperBounds ascending inclusive bounds of the buckets, without the infinite one
     * @param counts observations in each bucket (not cumulative); one more than bounds, the last for all above
     * @param sum sum of all observations
     */
    void histogram(
            String name, String help, Map<String, String> labels, double[] upperBounds, long[] counts, double sum);
}
