package io.vledger.importer.base;

import io.vledger.importer.base.SoundQueues.Sound;
import io.vledger.importer.legacy.LegacyException;
import io.vledger.importer.legacy.SegmentWalk;
import io.vledger.importer.survey.QueueId;
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
 * is lost. A sound consume queue says where its queue begins, and the log what follows. Where a queue's numbers begin anew, as after
 * a topic was deleted and made again, what came last counts.
 */
final class QueueExtents {
    private final List<LogFile> log;
    private final NavigableMap<QueueId, Sound> sound;
    private final List<String> notes;
    private final LongConsumer walked;
    private NavigableMap<QueueId, Reach> extents = new TreeMap<>();
    private final Set<QueueId> broken = new HashSet<>();
    /** Position up to which a sound consume queue knows its messages. */
    private final Map<QueueId, Long> behind = new HashMap<>();

    /** @param walked is told bytes as they are read */
    QueueExtents(List<LogFile> log, SortedMap<QueueId, Sound> sound, List<String> notes, LongConsumer walked) {
        this.log = log;
        this.sound = new TreeMap<>(sound);
        this.notes = notes;
        this.walked = walked;
    }

    /**
     * Reads the log.
     *
     * @param end where it ends
     * @throws LegacyException if it is damaged before that
     */
    NavigableMap<QueueId, Reach> find(long end) throws LegacyException {
        walk(end);
        while (!broken.isEmpty()) {
            QueueId one = broken.iterator().next();
            notes.add(broken.size() + " consume queues do not go on as the log does, among them queue " + one.queue()
                    + " of " + one.topic() + "; they are made again");
            broken.forEach(sound::remove);
            broken.clear();
            walk(end);
        }
        return extents;
    }

    private void walk(long end) throws LegacyException {
        extents = new TreeMap<>();
        behind.clear();
        for (Map.Entry<QueueId, Sound> each : sound.entrySet()) {
            Sound known = each.getValue();
            boolean any = known.min() < known.max();
            extents.put(
                    each.getKey(),
                    any
                            ? new Reach(
                                    known.min(),
                                    known.max(),
                                    known.position(known.min()),
                                    known.position(known.max() - 1))
                            : Reach.none(known.max()));
            behind.put(each.getKey(), any ? known.positionBehind(known.max()) : 0L);
        }
        for (LogFile file : log) {
            SegmentWalk.End walk = file.walk((message, position, index, term) -> {
                if (SysFlag.queued(message.sysFlag())) {
                    count(message, position);
                }
            });
            if (walk.end() < Math.min(file.end(), end)) {
                throw new LegacyException(
                        file.path(),
                        "is damaged at position " + walk.end() + " (" + walk.why()
                                + "); bring a whole copy of it from another member");
            }
            walked.accept(file.length());
        }
    }

    private void count(MessageView message, long position) {
        QueueId id = new QueueId(message.topic(), message.queueId());
        long at = message.queueOffset();
        Reach known = extents.get(id);
        Long indexedTo = behind.get(id);
        if (indexedTo != null && position < indexedTo) {
            return;
        }
        if (known != null && at == known.max()) {
            extents.put(id, known.and(position));
        } else if (indexedTo == null) {
            extents.put(id, Reach.one(at, position));
        } else {
            broken.add(id);
        }
    }
}
