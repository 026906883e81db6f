package io.vledger.sim.check;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.StoreException;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An acknowledged message can be read for as long as retention keeps it, at the place that the client received. */
final class AcknowledgedStays {
    private final QueuesAreDense queues;
    private final List<QueuesAreDense.Placed> acknowledged = new ArrayList<>();
    /** What a client may rely on: one more than the greatest acknowledged queue offset. */
    private final Map<QueuesAreDense.Queue, Long> ends = new HashMap<>();

    AcknowledgedStays(QueuesAreDense queues) {
        this.queues = queues;
    }

    void acknowledged(String topic, int queueId, long queueOffset, long position, int bytes) {
        QueuesAreDense.Placed acknowledgedAt =
                new QueuesAreDense.Placed(new QueuesAreDense.Queue(topic, queueId), queueOffset, position, bytes);
        QueuesAreDense.Placed real = queues.at(position, "a message was acknowledged");
        if (!acknowledgedAt.equals(real)) {
            throw new Broken("acknowledged at " + acknowledgedAt + ", but committed at " + real);
        }
        acknowledged.add(acknowledgedAt);
        ends.merge(acknowledgedAt.queue(), queueOffset + 1, Math::max);
    }

    int count() {
        return acknowledged.size();
    }

    /** Ends of all queues as far as they are acknowledged by now. */
    Map<QueuesAreDense.Queue, Long> ends() {
        return Map.copyOf(ends);
    }

    /** A member that may serve reads holds what was acknowledged before the read was asked for. */
    void covers(Member member, Map<QueuesAreDense.Queue, Long> asked) {
        asked.forEach((queue, end) -> {
            long there = queue(member, queue).maxOffset();
            if (there < end) {
                throw new Broken(member.id() + " serves reads of " + queue + " up to " + there + ", but " + end
                        + " were acknowledged");
            }
        });
    }

    /** Everything is there. */
    void all(Member member) throws StoreException {
        long base = member.store().log().base().position();
        for (QueuesAreDense.Placed message : acknowledged) {
            if (message.position() >= base) {
                List<long[]> found = new ArrayList<>();
                QueueIndex.QueueLog log = queue(member, message.queue()).log();
                log.read(message.queueOffset(), 1, (queueOffset, position, size, tags) -> {
                    found.add(new long[] {position, size});
                    return false;
                });
                if (found.isEmpty() || found.get(0)[0] != message.position()) {
                    throw new Broken(member.id() + " has lost the acknowledged " + message);
                }
                same(member, message, (int) found.get(0)[1]);
            }
        }
    }

    private static void same(Member member, QueuesAreDense.Placed message, int size) throws StoreException {
        ByteBuf bytes = Unpooled.buffer(size);
        member.store().log().read(message.position(), size, bytes);
        if (Fingerprint.of(bytes) != message.bytes()) {
            throw new Broken(member.id() + " has other bytes than the acknowledged " + message);
        }
    }

    private static TopicQueue queue(Member member, QueuesAreDense.Queue queue) {
        Topic topic = member.state().topics().find(queue.topic());
        TopicQueue found = topic == null ? null : topic.queue(queue.id());
        if (found == null) {
            throw new Broken(member.id() + " has no " + queue);
        }
        return found;
    }
}
