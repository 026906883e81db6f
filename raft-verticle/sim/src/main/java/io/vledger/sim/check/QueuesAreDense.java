package io.vledger.sim.check;

import io.netty.buffer.ByteBuf;
import io.vledger.protocol.message.MessageView;
import java.util.HashMap;
import java.util.Map;

/** Queue offsets of committed messages have neither holes nor doubles, and each message knows where it lies. */
final class QueuesAreDense {
    /** A queue. */
    record Queue(String topic, int id) {}

    /**
     * Where a message ended.
     *
     * @param bytes fingerprint of the stored message
     */
    record Placed(Queue queue, long queueOffset, long position, int bytes) {}

    private final Map<Queue, Long> next = new HashMap<>();
    private final Map<Long, Placed> byPosition = new HashMap<>();
    private final MessageView view = new MessageView();

    /** Messages of an entry that is applied for the first time anywhere. */
    void committed(long index, long position, ByteBuf payload) {
        int at = payload.readerIndex();
        while (at < payload.writerIndex()) {
            String wrong = view.wrap(payload, at, payload.writerIndex() - at);
            if (wrong != null) {
                throw new Broken("entry " + index + " holds what is no message: " + wrong);
            }
            Queue queue = new Queue(view.topic(), view.queueId());
            long expected = next.getOrDefault(queue, 0L);
            if (view.queueOffset() != expected) {
                throw new Broken("entry " + index + ": queue offset " + view.queueOffset() + " of " + queue
                        + " instead of " + expected);
            }
            next.put(queue, expected + 1);
            long physical = position + at - payload.readerIndex();
            byPosition.put(
                    physical,
                    new Placed(queue, expected, physical, Fingerprint.of(payload.slice(at, view.totalSize()))));
            at += view.totalSize();
        }
    }

    /** The committed message at a position, which must be there. */
    Placed at(long position, String who) {
        Placed placed = byPosition.get(position);
        if (placed == null) {
            throw new Broken(who + ": no message was ever committed at position " + position);
        }
        return placed;
    }
}
