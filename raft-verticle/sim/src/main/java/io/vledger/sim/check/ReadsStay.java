package io.vledger.sim.check;

import io.netty.buffer.ByteBuf;

/** Whatever was read, from whichever member, is committed: nothing that is truncated later was ever seen. */
final class ReadsStay {
    private final QueuesAreDense queues;
    private long reads;

    ReadsStay(QueuesAreDense queues) {
        this.queues = queues;
    }

    void read(Member member, String topic, int queueId, long queueOffset, long position, ByteBuf bytes) {
        reads++;
        QueuesAreDense.Placed seen = new QueuesAreDense.Placed(
                new QueuesAreDense.Queue(topic, queueId), queueOffset, position, Fingerprint.of(bytes));
        QueuesAreDense.Placed real = queues.at(position, member.id() + " shows a message");
        if (!seen.equals(real)) {
            throw new Broken(member.id() + " shows " + seen + ", but committed is " + real);
        }
    }

    long count() {
        return reads;
    }
}
