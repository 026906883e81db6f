package io.vledger.importer.inspect;

import java.util.Comparator;

/**
 * A queue of an old broker.
 *
 * @param topic its topic
 * @param queue its number
 */
public record QueueId(String topic, int queue) implements Comparable<QueueId> {
    private static final Comparator<QueueId> ORDER =
            Comparator.comparing(QueueId::topic).thenComparingInt(QueueId::queue);

    @Override
    public int compareTo(QueueId other) {
        return ORDER.compare(this, other);
    }
}
