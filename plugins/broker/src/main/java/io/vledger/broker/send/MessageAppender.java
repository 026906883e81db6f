package io.vledger.broker.send;

import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.QueueCursors;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.message.MessageDraft;
import org.jspecify.annotations.Nullable;

/** Appends messages to queues: takes position and queue offset, and encodes the message into the open batch. Loop only. */
final class MessageAppender {
    private final Group group;
    private final QueueCursors cursors;
    private long position;
    private long queueOffset;
    private int size;

    MessageAppender(Group group, QueueCursors cursors) {
        this.group = group;
        this.cursors = cursors;
    }

    /**
     * Encodes a message whose draft is filled except for topic, queue offset and position. Must be followed by {@link #submit} at once
     * if this returns null.
     *
     * @return null, or why nothing happened
     */
    @Nullable
    Refusal append(TopicQueue queue, MessageDraft draft) {
        size = draft.topic(queue.topic().utf8()).size();
        Refusal refusal = group.begin(BrokerEntry.MESSAGES, BrokerEntry.VERSION, size);
        if (refusal != null) {
            return refusal;
        }
        position = group.bufferPosition();
        queueOffset = cursors.next(queue);
        draft.write(group.buffer(), queueOffset, position);
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

    /** Stored bytes of the appended message. */
    int size() {
        return size;
    }
}
