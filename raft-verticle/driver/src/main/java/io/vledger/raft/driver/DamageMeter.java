package io.vledger.raft.driver;

import io.vledger.api.metrics.MetricSink;
import io.vledger.api.metrics.Tally;
import java.util.Map;

/** What is known of damage in a member's log. Written by the loop, read by any thread. */
public final class DamageMeter {
    private final Tally found = new Tally();
    private final Tally repaired = new Tally();
    private final Tally indexesRebuilt = new Tally();
    private volatile int damagedIndexes;
    private volatile State state = new State(0, "");

    /**
     * Damage that is there now.
     *
     * @param runs runs of entries that cannot be read
     * @param what files and positions; empty if there are none
     */
    public record State(int runs, String what) {}

    DamageMeter() {}

    void found() {
        found.increment();
    }

    void repaired() {
        repaired.increment();
    }

    /** Segments whose index is being rebuilt. */
    void indexDamaged(int segments) {
        damagedIndexes = segments;
    }

    void indexRebuilt() {
        indexesRebuilt.increment();
    }

    /** Segments whose index is damaged and being rebuilt. */
    public int damagedIndexes() {
        return damagedIndexes;
    }

    void now(int runs, String what) {
        state = new State(runs, what);
    }

    /** What is damaged now. */
    public State state() {
        return state;
    }

    void tell(MetricSink sink, Map<String, String> labels) {
        sink.gauge(
                "rocketmq_storage_damaged_runs",
                "Runs of entries of the log that are damaged here and not repaired yet",
                labels,
                state.runs());
        sink.counter(
                "rocketmq_storage_damage_found_total",
                "Damage that was met in the log since the start",
                labels,
                found.get());
        sink.counter(
                "rocketmq_storage_damage_repaired_total",
                "Damage in the log that was repaired from another member since the start",
                labels,
                repaired.get());
        sink.gauge(
                "rocketmq_storage_damaged_index_segments",
                "Segments of the log whose queues or keys are damaged here and being rebuilt",
                labels,
                damagedIndexes);
        sink.counter(
                "rocketmq_storage_index_rebuilt_total",
                "Times that the index of a segment was rebuilt from the log since the start",
                labels,
                indexesRebuilt.get());
    }
}
