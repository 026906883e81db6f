package io.vledger.importer.manifest;

import io.vledger.importer.format.OriginFileException;
import io.vledger.importer.format.SegmentWalk;
import io.vledger.importer.inspect.QueueId;
import io.vledger.importer.manifest.IntactConsumeQueues.IntactQueue;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.SysFlag;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * How far every queue reaches, by the whole log: what a consume queue lacks shows nowhere else, least of all where the whole queue
 * is lost. A sound consume queue says where its queue begins, and the log what follows. Where a queue's numbers begin anew with 0, its
 * topic was deleted and created again, and what came last counts.
 */
final class LogQueueScan {
    private final List<LogFile> log;
    private final NavigableMap<QueueId, IntactQueue> intact;
    private final List<String> notes;
    private final LongConsumer walked;
    private NavigableMap<QueueId, QueueInLog> extents = new TreeMap<>();
    private final Set<QueueId> broken = new HashSet<>();
    /** Position up to which a sound consume queue knows its messages. */
    private final Map<QueueId, Long> behind = new HashMap<>();

    /** Of queues with a sound consume queue: what the log has next. */
    private final Map<QueueId, Long> nextInLog = new HashMap<>();

    private final Map<QueueId, Long> lastStoredMs = new HashMap<>();
    private final Set<QueueId> recreated = new HashSet<>();
    private final Set<QueueId> repeats = new HashSet<>();
    private final Map<QueueId, String> holes = new TreeMap<>();

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

    /** @param walked receives the number of bytes as they are read */
    LogQueueScan(List<LogFile> log, SortedMap<QueueId, IntactQueue> intact, List<String> notes, LongConsumer walked) {
        this.log = log;
        this.intact = new TreeMap<>(intact);
        this.notes = notes;
        this.walked = walked;
    }

    /**
     * Reads the log.
     *
     * @param end where it ends
     * @throws OriginFileException if it is damaged before that
     */
    Found find(long end) throws OriginFileException {
        walk(end);
        while (!broken.isEmpty()) {
            QueueId one = broken.iterator().next();
            notes.add(broken.size() + " consume queues do not agree with the log behind their end, among them queue "
                    + one.queue() + " of " + one.topic() + "; they are rebuilt");
            broken.forEach(intact::remove);
            broken.clear();
            walk(end);
        }
        for (QueueId id : repeats) {
            notes.add("queue " + id.queue() + " of " + id.topic()
                    + " has messages with the queue offset of another one before them, as DLedger brokers write after a"
                    + " time-out; the first one counts, as in the old broker");
        }
        return new Found(extents, lastStoredMs, recreated, holes);
    }

    private void walk(long end) throws OriginFileException {
        extents = new TreeMap<>();
        behind.clear();
        nextInLog.clear();
        recreated.clear();
        repeats.clear();
        holes.clear();
        for (Map.Entry<QueueId, IntactQueue> each : intact.entrySet()) {
            IntactQueue known = each.getValue();
            boolean any = known.min() < known.max();
            extents.put(
                    each.getKey(),
                    any
                            ? new QueueInLog(
                                    known.min(),
                                    known.max(),
                                    known.position(known.min()),
                                    known.position(known.max() - 1))
                            : QueueInLog.none(known.max()));
            behind.put(each.getKey(), any ? known.positionBehind(known.max()) : 0L);
        }
        for (LogFile file : log) {
            SegmentWalk.End walk = file.walk((message, position, index, term) -> {
                if (SysFlag.queued(message.sysFlag())) {
                    count(message, position);
                }
            });
            if (walk.end() < Math.min(file.end(), end)) {
                throw new OriginFileException(
                        file.path(),
                        "is damaged at position " + walk.end() + " (" + walk.why()
                                + "); bring a whole copy of it from another member");
            }
            walked.accept(file.length());
        }
    }

    private static String hole(long position, long queueOffset, long next) {
        return "at position " + position + " comes queue offset " + queueOffset + " where " + next + " is next";
    }

    private void count(MessageView message, long position) {
        QueueId id = new QueueId(message.topic(), message.queueId());
        long at = message.queueOffset();
        QueueInLog known = extents.get(id);
        Long indexedTo = behind.get(id);
        lastStoredMs.put(id, message.storeTimestamp());
        if (indexedTo != null && position < indexedTo) {
            if (known != null && known.min() == 0 && position < known.first()) {
                recreated.add(id);
            } else if (known != null && position >= known.first()) {
                Long next = nextInLog.put(id, at + 1);
                if (next != null && at > next) {
                    holes.put(id, hole(position, at, next));
                }
            }
            return;
        }
        if (known != null && at == known.max()) {
            extents.put(id, known.and(position));
        } else if (indexedTo != null) {
            broken.add(id);
        } else if (known == null || at == 0) {
            if (known != null) {
                recreated.add(id);
                holes.remove(id);
            }
            extents.put(id, QueueInLog.one(at, position));
        } else if (at < known.max()) {
            repeats.add(id);
        } else {
            holes.put(id, hole(position, at, known.max()));
            extents.put(id, QueueInLog.one(at, position));
        }
    }
}
