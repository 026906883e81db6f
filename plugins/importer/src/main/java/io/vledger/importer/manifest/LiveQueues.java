package io.vledger.importer.manifest;

import io.vledger.importer.inspect.QueueExtent;
import io.vledger.importer.inspect.QueueId;
import io.vledger.importer.inspect.TopicLives;
import io.vledger.importer.manifest.LogQueueScan.Found;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What of a log belongs to queues that the old broker had when it stopped, by what all members' files say. */
final class LiveQueues {
    private final TopicLives lives;
    private final SortedMap<QueueId, QueueExtent> surveyed;
    private final List<String> notes;

    /**
     * For one store.
     *
     * @param lives by what this member alone knows: what it left out is in the notes already
     * @param notes receives what was deleted
     */
    LiveQueues(TopicLives lives, SortedMap<QueueId, QueueExtent> surveyed, List<String> notes) {
        this.lives = lives;
        this.surveyed = surveyed;
        this.notes = notes;
    }

    /** Of what was found in the log, that which belongs to the old broker's queues. */
    SortedMap<QueueId, QueueSpan> of(Found found) {
        Map<String, Long> lastMs = new TreeMap<>();
        found.lastStoredMs().forEach((id, at) -> lastMs.merge(id.topic(), at, Math::max));
        SortedMap<QueueId, QueueSpan> living = new TreeMap<>();
        SortedMap<String, Long> left = new TreeMap<>();
        found.extents().forEach((id, reach) -> {
            if (lives.deleted(id.topic(), lastMs.get(id.topic()))) {
                if (reach.min() < reach.max() && surveyed.containsKey(id)) {
                    left.merge(id.topic(), reach.max() - reach.min(), Long::sum);
                }
            } else if (reach.min() < reach.max()
                    && lives.emptied(id, found.lastStoredMs().get(id))) {
                living.put(id, QueueSpan.none(0));
                if (surveyed.getOrDefault(id, new QueueExtent(0, 0)).messages() > 0) {
                    notes.add(TopicLives.whyEmptied(id));
                }
            } else {
                living.put(id, reach);
            }
        });
        left.forEach((topic, messages) -> notes.add(TopicLives.whyDeleted(topic, messages)));
        return living;
    }
}
