package io.vledger.importer.inspect;

import io.vledger.api.origin.InitialState.OriginHalf;
import io.vledger.api.origin.InitialState.OriginRun;
import io.vledger.importer.format.QueueExtent;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * What one old broker left behind.
 *
 * @param at where
 * @param kind what sort of store it is
 * @param cleanStop whether the broker said that it stopped in order
 * @param logs its logs
 * @param queues every queue, also those without a surviving message
 * @param config its topics, groups and offsets
 * @param undelivered what it still had to deliver
 * @param findings what forbids taking it over, what is damaged, and what a person should know
 */
public record Survey(
        OriginLocations at,
        Kind kind,
        boolean cleanStop,
        Logs logs,
        SortedMap<QueueId, QueueExtent> queues,
        Config config,
        UndeliveredMessages undelivered,
        List<Finding> findings) {
    /**
     * The logs of one broker.
     *
     * @param classic its classic commit log; null if there is none
     * @param dledger its DLedger data; null if there is none
     * @param vote DLedger's term and vote; null without DLedger data
     * @param tailDamage why the end cannot be trusted; null if it can
     * @param queueReach position behind the last message that a consume queue has; 0 if there is none
     */
    public record Logs(
            @Nullable LogFacts classic,
            @Nullable LogFacts dledger,
            @Nullable Vote vote,
            @Nullable TailDamage tailDamage,
            long queueReach) {}

    /**
     * What is configured.
     *
     * @param topics the topics by name
     * @param groups names of the subscription groups
     * @param offsets consumer offsets: group, then queue
     */
    public record Config(
            SortedMap<String, TopicShape> topics,
            List<String> groups,
            SortedMap<String, SortedMap<QueueId, Long>> offsets) {}

    /**
     * What was still to be delivered.
     *
     * @param pending what the old broker still had to do, in words by subject
     * @param inFlight what was handed to POP consumers and not acknowledged: queue offsets by group and queue
     * @param openHalves half messages without an outcome
     * @param timers messages whose time of delivery has not come
     */
    public record UndeliveredMessages(
            Map<String, String> pending,
            SortedMap<String, SortedMap<QueueId, SortedSet<Long>>> inFlight,
            List<OriginHalf> openHalves,
            List<OriginRun> timers) {}

    /** Sorts of stores. */
    public enum Kind {
        /** Nothing of a broker is here. */
        EMPTY,
        /** A master's or slave's commit log. */
        CLASSIC,
        /** A member of a DLedger group. */
        DLEDGER,
        /** A member of a DLedger group that was a classic broker before. */
        DLEDGER_AFTER_CLASSIC
    }

    /**
     * A topic's shape.
     *
     * @param readQueues queues to read
     * @param writeQueues queues to write
     * @param attributes what else was set for it, without the plus that some brokers write before a name
     */
    public record TopicShape(int readQueues, int writeQueues, Map<String, String> attributes) {
        /** Copies the map. */
        public TopicShape {
            attributes = Map.copyOf(attributes);
        }

        boolean has(String attribute, String value) {
            return value.equalsIgnoreCase(attributes.getOrDefault(attribute, ""));
        }
    }

    /**
     * DLedger's own notes.
     *
     * @param term the current term
     * @param votedFor whom it voted for; empty if nobody
     * @param committedIndex an index known to be committed; -1 if unknown
     */
    public record Vote(long term, String votedFor, long committedIndex) {}

    /** Texts of what forbids taking it over; empty if nothing does. */
    public List<String> refusals() {
        return findings.stream().filter(Finding::refuses).map(Finding::text).toList();
    }

    /** Texts of what a person should know. */
    public List<String> notes() {
        return findings.stream().filter(Finding::notes).map(Finding::text).toList();
    }

    /** Texts of what a person should know, but for what all members' files together decide. */
    public List<String> notesOfItsOwn() {
        return findings.stream()
                .filter(finding -> finding.notes() && finding.kind() != Finding.Kind.DELETED_TOPIC)
                .map(Finding::text)
                .toList();
    }

    /** Texts of everything that is more than a note: nothing can begin with this data as it is. */
    public List<String> faults() {
        return findings.stream()
                .filter(finding -> !finding.notes())
                .map(Finding::text)
                .toList();
    }

    /** The log that is being written: DLedger's where there is one; null if there is none. */
    public @Nullable LogFacts newest() {
        return logs.dledger != null ? logs.dledger : logs.classic;
    }

    /** Messages in all queues. */
    public long messages() {
        return queues.values().stream().mapToLong(QueueExtent::messages).sum();
    }
}
