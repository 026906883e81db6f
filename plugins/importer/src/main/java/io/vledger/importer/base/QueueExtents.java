package io.vledger.importer.base;

import io.vledger.importer.base.SoundQueues.Sound;
import io.vledger.importer.legacy.LegacyException;
import io.vledger.importer.survey.QueueExtent;
import io.vledger.importer.survey.QueueId;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.SysFlag;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * How far every queue reaches: by its consume queue where that is sound, and by the log from where a consume queue may have fallen
 * behind. A queue whose numbers do not fit is counted from the whole log; where its numbers begin anew, as after a topic was
 * deleted and made again, what came last counts.
 */
final class QueueExtents {
    private final List<LogFile> log;
    private final NavigableMap<QueueId, Sound> sound;
    private final List<String> notes;
    private final LongConsumer walked;
    private NavigableMap<QueueId, QueueExtent> extents = new TreeMap<>();
    private final Set<QueueId> broken = new HashSet<>();

    /** @param walked is told bytes as they are read */
    QueueExtents(List<LogFile> log, SortedMap<QueueId, Sound> sound, List<String> notes, LongConsumer walked) {
        this.log = log;
        this.sound = new TreeMap<>(sound);
        this.notes = notes;
        this.walked = walked;
    }

    /** @param from position from which consume queues may lack messages */
    NavigableMap<QueueId, QueueExtent> find(long from) throws LegacyException {
        walk(from, from <= log.get(0).position());
        while (!broken.isEmpty()) {
            QueueId one = broken.iterator().next();
            notes.add(broken.size() + " consume queues do not go on as the log does, among them queue " + one.queue()
                    + " of " + one.topic() + "; they are made again");
            broken.forEach(sound::remove);
            broken.clear();
            walk(0, true);
        }
        return extents;
    }

    private void walk(long from, boolean whole) throws LegacyException {
        extents = new TreeMap<>();
        sound.forEach((id, known) -> extents.put(id, new QueueExtent(known.min(), known.max())));
        for (LogFile file : log) {
            if (file.end() > from) {
                file.walk((message, position, index, term) -> {
                    if (SysFlag.queued(message.sysFlag())) {
                        count(message, whole);
                    }
                });
                walked.accept(file.length());
            }
        }
    }

    private void count(MessageView message, boolean whole) {
        QueueId id = new QueueId(message.topic(), message.queueId());
        long at = message.queueOffset();
        QueueExtent known = extents.get(id);
        boolean indexed = sound.containsKey(id);
        if (known == null) {
            if (whole || at == 0) {
                extents.put(id, new QueueExtent(at, at + 1));
            } else {
                broken.add(id);
            }
        } else if (at == known.max()) {
            extents.put(id, new QueueExtent(known.min(), at + 1));
        } else if (!indexed) {
            extents.put(id, new QueueExtent(at, at + 1));
        } else if (at > known.max()) {
            broken.add(id);
        }
    }
}
