package io.vledger.broker.client;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.StoreException;
import io.vledger.broker.group.MessageReader;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.broker.state.Topics;
import io.vledger.protocol.message.MessageView;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Fetches single messages by log position. A position from outside is a claim: what lies there is a message only if its
 * queue's index points back at it. So bytes inside a body that look like a message are not taken for one. Loop only.
 */
public final class StoredMessages {
    private final Topics topics;
    private final MessageReader reader;

    /** The messages of a group. */
    public StoredMessages(Topics topics, MessageReader reader) {
        this.topics = topics;
        this.reader = reader;
    }

    /**
     * Finds the message at a position.
     *
     * @param done called on the loop, maybe before this returns, with the message, which it must release, or with why it cannot
     *     be read; with neither if no applied message starts there
     */
    public void find(long position, BiConsumer<@Nullable ByteBuf, @Nullable StoreException> done) {
        reader.read(position, (message, failure) -> {
            if (message != null && !isIndexed(message, position)) {
                message.release();
                done.accept(null, null);
            } else {
                done.accept(message, failure);
            }
        });
    }

    private boolean isIndexed(ByteBuf message, long position) {
        MessageView view = new MessageView();
        if (view.wrap(message, message.readerIndex(), message.readableBytes()) != null
                || view.physicalOffset() != position) {
            return false;
        }
        Topic topic = topics.find(message, view.topicAt(), view.topicLength());
        TopicQueue queue = topic == null ? null : topic.queue(view.queueId());
        return queue != null && QueueTimes.positionOf(queue, view.queueOffset()) == position;
    }
}
