package io.vledger.importer.inspect;

import io.vledger.importer.format.QueueExtent;
import io.vledger.importer.inspect.Finding.Kind;
import io.vledger.importer.inspect.UnsupportedFeatures.Accepted;
import io.vledger.protocol.TopicNames;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What follows from that which an old broker had still to deliver: what was handed to POP consumers and not acknowledged is delivered
 * again by setting the group back; what cannot be delivered here is refused by name.
 */
final class DeliveryFindings {
    private final UnsupportedFeatures features;
    private final OriginConfig config;
    private final SortedMap<String, SortedMap<QueueId, SortedSet<Long>>> inFlight;
    private final Findings findings;

    /** @param inFlight what was handed out and not acknowledged: queue offsets by group and queue */
    DeliveryFindings(
            UnsupportedFeatures features,
            OriginConfig config,
            SortedMap<String, SortedMap<QueueId, SortedSet<Long>>> inFlight,
            Findings findings) {
        this.features = features;
        this.config = config;
        this.inFlight = inFlight;
        this.findings = findings;
    }

    /**
     * Looks at what the old broker had still to deliver.
     *
     * @param queues every queue
     */
    void inspect(UndeliveredScan undelivered, SortedMap<QueueId, QueueExtent> queues) {
        int waiting = undelivered.count();
        if (waiting > 0) {
            findings.add(
                    Kind.KEPT,
                    waiting
                            + " messages wait in rmq_sys_wheel_timer for a time of delivery that the old broker had not come"
                            + " to (" + undelivered.waiting()
                            + " by topic): they are delivered at that time. If it was killed, those of its last second may"
                            + " be delivered again");
        }
        if (undelivered.unreadable() > 0) {
            features.refuse(
                    Accepted.POP,
                    undelivered.unreadable()
                            + " records in rmq_sys_REVIVE_LOG_* of what was handed to POP consumers cannot be"
                            + " read, so what has to be delivered again is not known; let the old broker run until nothing is"
                            + " in flight");
        }
        inFlight.forEach((group, byQueue) -> byQueue.forEach((queue, offsets) -> findings.add(
                Kind.KEPT,
                "POP group " + group + " had " + offsets.size() + " messages of queue " + queue.queue() + " of "
                        + queue.topic() + " that it did not acknowledge: it continues at queue offset "
                        + offsets.first()
                        + ", so that they are delivered again, with those behind it that it did acknowledge")));
        notePopRetries(queues);
    }

    /** Messages in retry topics of POP, which only a POP consumer reads. */
    private void notePopRetries(SortedMap<QueueId, QueueExtent> queues) {
        SortedMap<String, Long> left = new TreeMap<>();
        queues.forEach((id, extent) -> {
            String group = popGroup(id.topic());
            if (group != null) {
                long next = config.offsets()
                        .getOrDefault(group, Collections.emptySortedMap())
                        .getOrDefault(id, extent.min());
                SortedSet<Long> again = inFlight.getOrDefault(group, Collections.emptySortedMap())
                        .getOrDefault(id, new TreeSet<>());
                long behind = again.isEmpty() ? next : Math.min(next, again.first());
                long count = extent.max() - Math.max(extent.min(), Math.min(behind, extent.max()));
                if (count > 0) {
                    left.merge("%s of group %s".formatted(id.topic(), group), count, Long::sum);
                }
            }
        });
        left.forEach((topic, count) -> findings.add(
                Kind.KEPT,
                count + " messages in the POP retry topic " + topic
                        + " have not been consumed or acknowledged: consumers of the group that pop get them, others do not"
                        + " read that topic"));
    }

    /** The group whose POP retry topic it is, by either of RocketMQ's forms; null if it is none. */
    private @Nullable String popGroup(String topic) {
        if (!topic.startsWith(TopicNames.RETRY_PREFIX)) {
            return null;
        }
        String rest = topic.substring(TopicNames.RETRY_PREFIX.length());
        if (config.groups().contains(rest)) {
            return null;
        }
        for (String group : config.groups()) {
            boolean prefixed = rest.startsWith(group) && rest.length() > group.length() + 1;
            if (prefixed && "_+".indexOf(rest.charAt(group.length())) >= 0) {
                String origin = rest.substring(group.length() + 1);
                if (config.topics().containsKey(origin) || rest.charAt(group.length()) == '+') {
                    return group;
                }
            }
        }
        return null;
    }
}
