package io.vledger.broker.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.broker.group.GroupBroker;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.message.MessageView;
import org.jspecify.annotations.Nullable;

/**
 * Fetches single messages by log position. A position from outside is a claim: what lies there is a message only if its own
 * position says so and its queue's index points back at it. So bytes inside a body that look like a message are not taken
 * for one, and nothing is shown that is not applied. Loop only; reads the log.
 */
public final class StoredMessages {
    private static final int SIZE_BYTES = Integer.BYTES;
    private static final int MORE_THAN_BODY_BYTES = 128 << 10;

    private final GroupBroker broker;
    private final MessageView view = new MessageView();

    /** The messages of a group. */
    public StoredMessages(GroupBroker broker) {
        this.broker = broker;
    }

    /** The message at a position, which the caller releases, or null if no applied message starts there. */
    public @Nullable ByteBuf find(long position) {
        LogStore log = broker.store().log();
        long end = Math.min(broker.state().appliedEnd(), log.endPosition());
        if (position < 0 || position > end - MessageView.FIXED_BYTES) {
            return null;
        }
        ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(1024);
        boolean found = false;
        try {
            log.read(position, SIZE_BYTES, buffer);
            int size = buffer.getInt(0);
            long room = Math.min(end - position, log.addressing().roomInSegment(position));
            if (plausible(size, room)) {
                log.read(position + SIZE_BYTES, size - SIZE_BYTES, buffer);
                found = view.wrap(buffer, 0, size) == null && isIndexed(position);
            }
        } catch (StoreException.OutOfRange dropped) {
            found = false;
        } catch (StoreException e) {
            throw QueueTimes.unreadable("the log at position " + position, e);
        } finally {
            if (!found) {
                buffer.release();
            }
        }
        return found ? buffer : null;
    }

    /** The view of what {@link #find} returned last. */
    public MessageView view() {
        return view;
    }

    private boolean plausible(int size, long room) {
        return size >= MessageView.FIXED_BYTES
                && size <= room
                && size <= (long) broker.config().broker().maxMessageSize() + MORE_THAN_BODY_BYTES;
    }

    private boolean isIndexed(long position) {
        if (view.physicalOffset() != position) {
            return false;
        }
        Topic topic = broker.state().topics().find(view.buffer(), view.topicAt(), view.topicLength());
        TopicQueue queue = topic == null ? null : topic.queue(view.queueId());
        return queue != null && QueueTimes.positionOf(queue, view.queueOffset()) == position;
    }
}
