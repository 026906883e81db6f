package io.vledger.broker.client;

import java.util.Comparator;

/**
 * A queue that a client may consume in order.
 *
 * @param topic its topic
 * @param queueId its number in the topic
 */
record LockedQueue(String topic, int queueId) implements Comparable<LockedQueue> {
    private static final Comparator<LockedQueue> ORDER =
            Comparator.comparing(LockedQueue::topic).thenComparingInt(LockedQueue::queueId);

    @Override
    public int compareTo(LockedQueue other) {
        return ORDER.compare(this, other);
    }
}
