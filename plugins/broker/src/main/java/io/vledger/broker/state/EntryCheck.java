package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.ContradictionException;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.SysFlag;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether a part of an entry can follow what was applied, before anything of it is. Changes nothing. Loop only. */
final class EntryCheck {
    private final Topics topics;
    private final List<StatePart> parts;
    private final MessageView message = new MessageView();
    private final Ahead ahead = new Ahead();

    EntryCheck(Topics topics, List<StatePart> parts) {
        this.topics = topics;
        this.parts = parts;
    }

    /**
     * The header of a part that is a {@link StatePart}'s. {@link #messages} of the same part comes next.
     *
     * @throws ContradictionException if it cannot
     */
    void header(StatePart part, byte kind, long messagesAt, ByteBuf header) {
        ahead.clear();
        int at = header.readerIndex();
        part.check(kind, messagesAt, header, ahead);
        header.readerIndex(at);
    }

    /** A part begins that has no header of a {@link StatePart}. */
    void begin() {
        ahead.clear();
    }

    /**
     * The messages of a part, from the reader index on.
     *
     * @param position of the first in the log
     * @param delivered whether they have waited elsewhere
     * @throws ContradictionException if they cannot
     */
    void messages(long position, ByteBuf payload, int bytes, boolean delivered) {
        int at = payload.readerIndex();
        int end = at + bytes;
        long physical = position;
        while (at < end) {
            String wrong = message.wrap(payload, at, end - at);
            if (wrong != null) {
                throw new IllegalStateException("at position " + physical + ": " + wrong);
            }
            TopicQueue queue = queue(topics.find(payload, message.topicAt(), message.topicLength()), message, physical);
            if (SysFlag.queued(message.sysFlag())) {
                queueOffset(queue, message, physical, ahead.take(queue, queue.maxOffset()));
                if (delivered) {
                    for (StatePart part : parts) {
                        part.checkDelivered(queue.topic().name(), message, ahead);
                    }
                }
            }
            at += message.totalSize();
            physical += message.totalSize();
        }
    }

    /** The queue that a message names. */
    static TopicQueue queue(@Nullable Topic topic, MessageView message, long physical) {
        TopicQueue queue = topic == null ? null : topic.queue(message.queueId());
        if (queue == null || message.physicalOffset() != physical) {
            throw new ContradictionException("message at position " + physical + " claims position "
                    + message.physicalOffset() + ", topic " + message.topic() + " and queue " + message.queueId()
                    + (topic == null ? "; there is no such topic" : ""));
        }
        return queue;
    }

    /** That a message comes at the place in its queue that is the next. */
    static void queueOffset(TopicQueue queue, MessageView message, long physical, long expected) {
        if (message.queueOffset() != expected) {
            throw new ContradictionException("message at position " + physical + " has queue offset "
                    + message.queueOffset() + " in queue " + queue.id() + " of topic "
                    + queue.topic().name() + "; expected " + expected);
        }
    }
}
