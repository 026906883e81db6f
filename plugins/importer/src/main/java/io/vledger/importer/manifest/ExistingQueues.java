package io.vledger.importer.manifest;

import io.vledger.importer.format.QueueExtent;
import io.vledger.importer.inspect.DeletedTopics;
import io.vledger.importer.inspect.QueueId;
import io.vledger.importer.manifest.QueueReach.Found;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What of a log belongs to queues that the old broker had when it stopped, by what all members' files say. */
final class ExistingQueues {
    private final DeletedTopics deletedTopics;
    private final SortedMap<QueueId, QueueExtent> surveyed;
    private final List<String> notes;

    /**
     * For one store.
     *
     * @param deletedTopics by what all members know
     * @param surveyed what this member alone found in each queue: where it begins with nothing is in the notes already
     * @param notes receives what was deleted
     */
    ExistingQueues(DeletedTopics deletedTopics, SortedMap<QueueId, QueueExtent> surveyed, List<String> notes) {
        this.deletedTopics = deletedTopics;
        this.surveyed = surveyed;
        this.notes = notes;
    }

    /** Of what was found in the log, that which belongs to the old broker's queues. */
    SortedMap<QueueId, QueueInLog> of(Found found) {
        Map<String, Long> lastMs = new TreeMap<>();
        found.lastStoredMs().forEach((id, at) -> lastMs.merge(id.topic(), at, Math::max));
        SortedMap<QueueId, QueueInLog> existing = new TreeMap<>();
        SortedMap<String, Long> left = new TreeMap<>();
        found.extents().forEach((id, reach) -> {
            if (deletedTopics.deleted(id.topic(), lastMs.get(id.topic()))) {
                if (reach.min() < reach.max()) {
                    left.merge(id.topic(), reach.max() - reach.min(), Long::sum);
                }
            } else if (reach.min() < reach.max()
                    && deletedTopics.emptied(id, found.lastStoredMs().get(id))) {
                existing.put(id, QueueInLog.none(0));
                if (surveyed.getOrDefault(id, new QueueExtent(0, 0)).messages() > 0) {
                    notes.add(DeletedTopics.whyEmptied(id));
                }
            } else {
                existing.put(id, reach);
            }
        });
        left.forEach((topic, messages) -> notes.add(DeletedTopics.whyDeleted(topic, messages)));
        return existing;
    }
}
