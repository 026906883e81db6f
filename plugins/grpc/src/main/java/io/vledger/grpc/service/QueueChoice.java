package io.vledger.grpc.service;

import io.vledger.grpc.broker.TopicRoute;
import io.vledger.grpc.broker.TopicRoute.Queue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which queue a message goes to: messages of one message group to one, all others to each in turn. */
final class QueueChoice {
    private int turn;

    /** The queue of a message; null if there is none that may be written. */
    @Nullable
    Queue choose(TopicRoute route, String messageGroup) {
        List<Queue> queues = route.writeQueues();
        if (queues.isEmpty()) {
            return null;
        }
        return queues.get(
                messageGroup.isEmpty()
                        ? Math.floorMod(turn++, queues.size())
                        : bucket(messageGroup.hashCode(), queues.size()));
    }

    /**
     * Jump consistent hash (Lamping and Veach, 2014), as RocketMQ's proxy computes it, so that a message group keeps its queue when
     * clients turn from that to this.
     */
    static int bucket(long key, int buckets) {
        long state = key;
        int candidate = 0;
        while (true) {
            state = 2862933555777941757L * state + 1;
            double random = ((int) (state >>> 33) + 1) / (double) 0x80000000L;
            int next = (int) ((candidate + 1) / random);
            if (next < 0 || next >= buckets) {
                return candidate;
            }
            candidate = next;
        }
    }
}
