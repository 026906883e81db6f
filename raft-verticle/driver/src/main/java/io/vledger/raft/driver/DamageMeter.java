package io.vledger.raft.driver;

import io.vledger.api.metrics.MetricSink;
import io.vledger.api.metrics.Tally;
import io.vledger.api.store.OriginFiles;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Damage in a member's log, and in the older one that it continues. Written by the loop, read by any thread. */
public final class DamageMeter {
    private static final int MAX_TEXT = 1_000;

    private final Tally found = new Tally();
    private final Tally repaired = new Tally();
    private final Tally indexesRebuilt = new Tally();
    private volatile int damagedIndexes;
    private volatile State state = new State(0, "");
    private volatile OriginFiles old = OriginFiles.NONE;

    /**
     * Damage that is there now.
     *
     * @param runs runs of entries, and messages of an older log, that cannot be read
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

    /** Counts damage in the files of an older log as well, which count it themselves. */
    void watch(OriginFiles files) {
        old = files;
    }

    /** What is damaged now. */
    public State state() {
        State own = state;
        List<String> older = old.damage().now();
        StringBuilder what = new StringBuilder(own.what());
        for (Iterator<String> each = older.iterator(); each.hasNext() && what.length() <= MAX_TEXT; ) {
            what.append(what.isEmpty() ? "" : "; ").append(each.next());
            if (what.length() > MAX_TEXT && each.hasNext()) {
                what.append("; and more");
            }
        }
        return new State(own.runs() + older.size(), what.toString());
    }

    void collect(MetricSink sink, Map<String, String> labels) {
        sink.gauge(
                "rocketmq_storage_damaged_runs",
                "Damaged ranges of the log, and damaged messages of an older log, that are not repaired yet",
                labels,
                state().runs());
        sink.counter(
                "rocketmq_storage_damage_found_total",
                "Damage found in the log or an older one since this node started",
                labels,
                found.get() + old.damage().found());
        sink.counter(
                "rocketmq_storage_damage_repaired_total",
                "Damage in the log or an older one repaired from another member since this node started",
                labels,
                repaired.get() + old.damage().repaired());
        sink.gauge(
                "rocketmq_storage_damaged_index_segments",
                "Log segments whose queue or key index is damaged and being rebuilt",
                labels,
                damagedIndexes);
        sink.counter(
                "rocketmq_storage_index_rebuilt_total",
                "Segment indexes rebuilt from the log since this node started",
                labels,
                indexesRebuilt.get());
    }
}
