package io.vledger.broker.send;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.QueueCursors;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.message.MessageDraft;
import org.jspecify.annotations.Nullable;

/** Puts a message at the end of a queue: takes position and queue offset, encodes it into the open batch. Loop only. */
final class MessageAppender {
    private final Group group;
    private final QueueCursors cursors;
    private long position;
    private long queueOffset;

    MessageAppender(Group group, QueueCursors cursors) {
        this.group = group;
        this.cursors = cursors;
    }

    /**
     * Encodes a message whose draft is filled but for its place. To be followed by {@link #submit} at once if this returns
     * null.
     *
     * @return null, or why nothing happened
     */
    @Nullable
    Refusal append(TopicQueue queue, MessageDraft draft, ByteBuf body, ByteBuf properties) {
        byte[] topic = queue.topic().utf8();
        int bodyBytes = body.readableBytes();
        int propertiesBytes = properties.readableBytes();
        int size = draft.size(bodyBytes, topic.length, propertiesBytes);
        Refusal refusal = group.begin(BrokerEntry.MESSAGES, BrokerEntry.VERSION, size);
        if (refusal != null) {
            return refusal;
        }
        position = group.bufferPosition();
        queueOffset = cursors.next(queue);
        draft.write(
                group.buffer(),
                queueOffset,
                position,
                body,
                body.readerIndex(),
                bodyBytes,
                topic,
                properties,
                properties.readerIndex(),
                propertiesBytes);
        cursors.advance(queue, 1);
        return null;
    }

    /** Ends what {@link #append} began. */
    void submit(Completion completion) {
        group.submit(completion);
    }

    /** Log position of the appended message. */
    long position() {
        return position;
    }

    /** Queue offset of the appended message. */
    long queueOffset() {
        return queueOffset;
    }
}
