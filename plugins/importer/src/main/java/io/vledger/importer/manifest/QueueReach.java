package io.vledger.importer.manifest;

import io.vledger.importer.format.OriginFileException;
import io.vledger.importer.inspect.QueueId;
import io.vledger.importer.inspect.QueueRuns;
import io.vledger.importer.inspect.QueueRuns.Run;
import io.vledger.importer.manifest.IntactConsumeQueues.IntactQueue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How far every queue reaches, by the whole log: what a consume queue lacks shows nowhere else, least of all where the whole queue
 * is lost. A sound consume queue says where its queue begins, and the log what follows. Where a queue's numbers begin anew with 0, its
 * topic was deleted and created again, and what came last counts. The log is not read for this: its reader has noted the runs.
 */
final class QueueReach {
    private final SortedMap<QueueId, IntactQueue> intact;
    private final List<String> notes;
    private final SortedMap<QueueId, QueueInLog> extents = new TreeMap<>();
    private final Map<QueueId, Long> lastStoredMs = new HashMap<>();
    private final Set<QueueId> recreated = new HashSet<>();
    private final SortedSet<QueueId> repeats = new TreeSet<>();
    private final SortedMap<QueueId, String> holes = new TreeMap<>();

    /**
     * What the log says.
     *
     * @param extents how far each queue reaches
     * @param lastStoredMs when the last message of each queue was stored, milliseconds since the epoch, by the clock of the old
     *     broker; of whichever life of the queue
     * @param recreated queues whose topic was deleted and created again: the log has messages of both
     * @param holes queues that lack messages in between, with what is wrong in words; they reach from behind it on
     */
    record Found(
            SortedMap<QueueId, QueueInLog> extents,
            Map<QueueId, Long> lastStoredMs,
            Set<QueueId> recreated,
            Map<QueueId, String> holes) {}

    /**
     * For one store.
     *
     * @param intact the consume queues that can be used as they are
     * @param notes receives what a person should know
     */
    QueueReach(SortedMap<QueueId, IntactQueue> intact, List<String> notes) {
        this.intact = intact;
        this.notes = notes;
    }

    /**
     * Finds it.
     *
     * @param logs where the messages lie, log by log
     * @throws OriginFileException if a consume queue cannot be read
     */
    Found find(List<QueueRuns> logs) throws OriginFileException {
        SortedMap<QueueId, List<Run>> queues = new TreeMap<>();
        logs.forEach(log -> log.byQueue().forEach((id, runs) -> queues.computeIfAbsent(id, unused -> new ArrayList<>())
                .addAll(runs)));
        intact.keySet().forEach(id -> queues.putIfAbsent(id, List.of()));
        SortedSet<QueueId> disagreeing = new TreeSet<>();
        for (Map.Entry<QueueId, List<Run>> each : queues.entrySet()) {
            QueueId id = each.getKey();
            List<Run> runs = each.getValue();
            if (!runs.isEmpty()) {
                lastStoredMs.put(id, runs.get(runs.size() - 1).lastStoredMs());
            }
            IntactQueue known = intact.get(id);
            if (known == null) {
                byLog(id, runs);
            } else if (!byConsumeQueue(id, known, runs)) {
                disagreeing.add(id);
                byLog(id, runs);
            }
        }
        note(disagreeing);
        return new Found(extents, lastStoredMs, recreated, holes);
    }

    private void note(SortedSet<QueueId> disagreeing) {
        if (!disagreeing.isEmpty()) {
            QueueId one = disagreeing.first();
            notes.add(
                    disagreeing.size() + " consume queues do not agree with the log behind their end, among them queue "
                            + one.queue() + " of " + one.topic() + "; they are rebuilt");
        }
        for (QueueId id : repeats) {
            notes.add("queue " + id.queue() + " of " + id.topic()
                    + " has messages with the queue offset of another one before them, as DLedger brokers write after a"
                    + " time-out; the first one counts, as in the old broker");
        }
    }

    /** Without a consume queue. */
    private void byLog(QueueId id, List<Run> runs) {
        QueueInLog known = null;
        for (Run run : runs) {
            if (known == null || run.fromOffset() == 0) {
                if (known != null) {
                    recreated.add(id);
                    holes.remove(id);
                }
                known = whole(run);
            } else if (run.fromOffset() > known.max()) {
                holes.put(id, hole(run, known.max()));
                known = whole(run);
            } else {
                if (run.fromOffset() < known.max()) {
                    repeats.add(id);
                }
                known = extended(known, run);
            }
        }
        if (known != null) {
            extents.put(id, known);
        }
    }

    /** With a consume queue that is sound in itself; false if what follows it in the log does not. */
    private boolean byConsumeQueue(QueueId id, IntactQueue known, List<Run> runs) throws OriginFileException {
        boolean any = known.min() < known.max();
        long behind = any ? known.positionBehind(known.max()) : 0;
        QueueInLog extent = any
                ? new QueueInLog(known.min(), known.max(), known.position(known.min()), known.position(known.max() - 1))
                : QueueInLog.none(known.max());
        boolean earlierLife = false;
        @Nullable String hole = null;
        long next = Long.MAX_VALUE;
        for (Run run : runs) {
            if (run.firstPosition() >= behind) {
                if (run.fromOffset() != extent.max()) {
                    return false;
                }
                extent = extended(extent, run);
            } else {
                earlierLife |= known.min() == 0 && run.firstPosition() < extent.first();
                if (run.lastPosition() >= extent.first()) {
                    if (run.fromOffset() > next) {
                        hole = hole(run, next);
                    }
                    next = run.nextOffset();
                    // A run that goes on behind the consume queue's last message goes on with its number.
                    extent = run.lastPosition() >= behind ? extended(extent, run) : extent;
                }
            }
        }
        extents.put(id, extent);
        if (earlierLife) {
            recreated.add(id);
        }
        if (hole != null) {
            holes.put(id, hole);
        }
        return true;
    }

    private static QueueInLog whole(Run run) {
        return new QueueInLog(run.fromOffset(), run.nextOffset(), run.firstPosition(), run.lastPosition());
    }

    /** With what a run has beyond it; the run begins at the latest where it ends. */
    private static QueueInLog extended(QueueInLog known, Run run) {
        return run.nextOffset() <= known.max()
                ? known
                : new QueueInLog(
                        known.min(),
                        run.nextOffset(),
                        known.first() < 0 ? run.firstPosition() : known.first(),
                        run.lastPosition());
    }

    private static String hole(Run run, long next) {
        return "at position " + run.firstPosition() + " comes queue offset " + run.fromOffset() + " where " + next
                + " is next";
    }
}
