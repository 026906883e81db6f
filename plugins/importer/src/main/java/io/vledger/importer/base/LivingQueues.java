package io.vledger.importer.base;

import io.vledger.importer.base.QueueExtents.Found;
import io.vledger.importer.survey.QueueId;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Tells queues of the old broker from queues of topics that it had deleted, whose messages stay in the log until they expire.
 *
 * <p>A broker writes {@code topics.json} with every topic that is created or deleted, before it answers, and the time in it; deleting
 * removes the topic's directories of queues. So a topic that the file lacks was deleted if its last message is older than the file.
 * If it is younger, the file is an older one (a backup that was read because a kill tore it, a loss of power), and the topic lives.
 * Directories decide within the span in which clocks of two members may differ, and only there: RocketMQ's recovery makes directories
 * again for messages of deleted topics, and slaves are not told that a topic was deleted.
 *
 * <p>A queue of a topic that lives, with messages in the log and no directory, while other queues have theirs, is one that had no
 * message since its topic was created again; that is how the old broker served it. Where an empty directory is, the queue is rebuilt.
 */
final class LivingQueues {
    /** Clocks of two members of one group are not further apart. */
    private static final long CLOCKS_MS = 2_000;

    /** Topics of RocketMQ's own, which are not in every release's file. */
    private static final Set<String> OWN_TOPICS = Set.of(
            "SCHEDULE_TOPIC_XXXX",
            "RMQ_SYS_TRANS_HALF_TOPIC",
            "RMQ_SYS_TRANS_OP_HALF_TOPIC",
            "TRANS_CHECK_MAX_TIME_TOPIC",
            "RMQ_SYS_TRACE_TOPIC");

    private static final String OWN_PREFIX = "rmq_sys_";

    private final NamesByMember topics;
    private final Set<QueueId> directories;
    private final List<String> notes;

    /**
     * For one store.
     *
     * @param topics the members' {@code topics.json}
     * @param directories queues that have a directory
     * @param notes is told what does not live
     */
    LivingQueues(NamesByMember topics, Set<QueueId> directories, List<String> notes) {
        this.topics = topics;
        this.directories = directories;
        this.notes = notes;
    }

    /** Of what was found in the log, that which belongs to the old broker's queues. */
    SortedMap<QueueId, Reach> of(Found found) {
        SortedMap<QueueId, Reach> living = new TreeMap<>();
        Set<String> deleted = new HashSet<>();
        Set<String> names = new TreeSet<>();
        found.extents().keySet().forEach(id -> names.add(id.topic()));
        Map<String, Long> lastMs = new TreeMap<>();
        found.lastStoredMs().forEach((id, at) -> lastMs.merge(id.topic(), at, Math::max));
        for (String topic : names) {
            if (deleted(topic, lastMs.get(topic))) {
                deleted.add(topic);
            }
        }
        Map<String, Long> left = new TreeMap<>();
        Set<String> emptied = new TreeSet<>();
        found.extents().forEach((id, reach) -> {
            if (deleted.contains(id.topic())) {
                left.merge(id.topic(), reach.max() - reach.min(), Long::sum);
            } else if (reach.min() < reach.max()
                    && emptySinceCreated(id, found.lastStoredMs().get(id))) {
                living.put(id, Reach.none(0));
                emptied.add(id.queue() + " of " + id.topic());
            } else {
                living.put(id, reach);
            }
        });
        tell(left, emptied);
        return living;
    }

    private void tell(Map<String, Long> left, Set<String> emptied) {
        left.forEach((topic, messages) -> notes.add("topic " + topic
                + " was deleted: topics.json, which was changed after its last message, does not have it. Its "
                + messages
                + " messages stay in the old log and are not shown; to have them back, put the topic into topics.json before"
                + " the first start"));
        emptied.forEach(
                queue -> notes.add(
                        "queue " + queue + " begins with nothing: it has no directory in consumequeue while"
                                + " others have theirs, so its messages in the log are from before its topic was created again. If the"
                                + " directory was lost, create it, empty, before the first start, and the queue is rebuilt from the log"));
    }

    /** Whether a topic is RocketMQ's own, which nobody deletes. */
    static boolean own(String topic) {
        return OWN_TOPICS.contains(topic) || topic.startsWith(OWN_PREFIX);
    }

    private boolean deleted(String topic, @Nullable Long lastMs) {
        if (own(topic) || !topics.lacks(topic)) {
            return false;
        }
        if (lastMs == null || lastMs < topics.lastChangedMs() - CLOCKS_MS) {
            return true;
        }
        return lastMs <= topics.lastChangedMs()
                && !directories.isEmpty()
                && directories.stream().noneMatch(id -> id.topic().equals(topic));
    }

    private boolean emptySinceCreated(QueueId id, @Nullable Long lastMs) {
        return lastMs != null
                && !own(id.topic())
                && topics.lastChangedMs() >= 0
                && lastMs < topics.lastChangedMs() - CLOCKS_MS
                && !directories.isEmpty()
                && !directories.contains(id);
    }
}
