package io.vledger.importer.inspect;

import io.vledger.importer.format.QueueExtent;
import io.vledger.importer.inspect.Finding.Kind;
import io.vledger.protocol.TopicNames;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Distinguishes queues of the old broker from queues of topics that it had deleted, whose messages stay in the log until they expire.
 *
 * <p>A broker writes {@code topics.json} with every topic that is created or deleted, before it answers, and the time in it; deleting
 * removes the topic's directories of queues. So a topic that the file lacks was deleted if its last message is older than the file.
 * If it is younger, the file is an older one (a backup that was read because a kill tore it, a loss of power), and the topic lives.
 * Directories decide within the span in which clocks of two members may differ, and where the file may be that of a slave that never
 * knew the topic; only there: RocketMQ's recovery makes directories again for messages of deleted topics, and slaves are not informed of
 * deleted topics.
 *
 * <p>A queue of a topic that lives, with messages in the log and no directory, while other queues have theirs, is one that had no
 * message since its topic was created again; that is how the old broker served it. Where an empty directory is, the queue is rebuilt.
 */
public final class DeletedTopics {
    /** Clocks of two members of one group are not further apart. */
    private static final long CLOCKS_MS = 2_000;

    /** Topics of RocketMQ's own, which are not in every release's file. */
    private static final Set<String> OWN_TOPICS = Set.of(
            TopicNames.SCHEDULE,
            TopicNames.HALF,
            TopicNames.OP_HALF,
            "TRANS_CHECK_MAX_TIME_TOPIC",
            "RMQ_SYS_TRACE_TOPIC");

    private final long changedMs;
    private final Function<String, NameVerdict> verdicts;
    private final Set<QueueId> directories;

    /**
     * For one store.
     *
     * @param changedMs when topics.json was changed last, milliseconds since the epoch; negative if that is not known
     * @param verdicts what the files say about a topic
     * @param directories queues that have a directory, see {@link ConsumeQueueDirectories}
     */
    public DeletedTopics(long changedMs, Function<String, NameVerdict> verdicts, Set<QueueId> directories) {
        this.changedMs = changedMs;
        this.verdicts = verdicts;
        this.directories = Set.copyOf(directories);
    }

    /** Whether a topic is RocketMQ's own, which nobody deletes. */
    public static boolean own(String topic) {
        return OWN_TOPICS.contains(topic)
                || topic.startsWith(TopicNames.OWN_PREFIX)
                || topic.startsWith(TopicNames.LIGHT_PREFIX);
    }

    /**
     * Whether a topic was deleted.
     *
     * @param lastMs when its last message was stored; null if there is none in the log
     */
    public boolean deleted(String topic, @Nullable Long lastMs) {
        if (changedMs < 0 || own(topic)) {
            return false;
        }
        NameVerdict verdict = verdicts.apply(topic);
        if (verdict == NameVerdict.EXISTS || (lastMs != null && lastMs > changedMs)) {
            return false;
        }
        if (verdict == NameVerdict.DELETED && (lastMs == null || lastMs < changedMs - CLOCKS_MS)) {
            return true;
        }
        return !directories.isEmpty()
                && directories.stream().noneMatch(id -> id.topic().equals(topic));
    }

    /**
     * Whether a queue of a topic that was not deleted had no message since the topic was created again.
     *
     * @param lastMs when its last message was stored; null if there is none in the log
     */
    public boolean emptied(QueueId id, @Nullable Long lastMs) {
        return lastMs != null
                && !own(id.topic())
                && lastMs < changedMs - CLOCKS_MS
                && !directories.isEmpty()
                && !directories.contains(id);
    }

    /** For people: why a topic is left out. */
    public static String whyDeleted(String topic, long messages) {
        return "topic " + topic
                + " was deleted: topics.json, which was changed after its last message, does not have it. Its "
                + messages
                + " messages stay in the old log and are not shown; to have them back, put the topic into topics.json"
                + " before the first start";
    }

    /** For people: why a queue begins with nothing. */
    public static String whyEmptied(QueueId id) {
        return "queue " + id.queue() + " of " + id.topic()
                + " begins with nothing: it has no directory in consumequeue while"
                + " others have theirs, so its messages in the log are from before its topic was created again. If the"
                + " directory was lost, create it, empty, before the first start, and the queue is rebuilt from the log";
    }

    /**
     * Leaves out of all queues what does not live.
     *
     * @param lastStoredMs when the last message of each queue was stored
     * @param findings receives what was deleted
     */
    void leaveOut(SortedMap<QueueId, QueueExtent> queues, Map<QueueId, Long> lastStoredMs, Findings findings) {
        Map<String, Long> lastMs = new TreeMap<>();
        lastStoredMs.forEach((id, at) -> lastMs.merge(id.topic(), at, Math::max));
        SortedMap<String, Long> left = new TreeMap<>();
        for (Map.Entry<QueueId, QueueExtent> queue : new TreeMap<>(queues).entrySet()) {
            QueueId id = queue.getKey();
            QueueExtent extent = queue.getValue();
            if (deleted(id.topic(), lastMs.get(id.topic()))) {
                queues.remove(id);
                if (extent.messages() > 0) {
                    left.merge(id.topic(), extent.messages(), Long::sum);
                }
            } else if (extent.messages() > 0 && emptied(id, lastStoredMs.get(id))) {
                queues.put(id, new QueueExtent(0, 0));
                findings.add(Kind.KEPT, whyEmptied(id));
            }
        }
        left.forEach((topic, messages) -> findings.add(Kind.DELETED_TOPIC, whyDeleted(topic, messages)));
    }
}
