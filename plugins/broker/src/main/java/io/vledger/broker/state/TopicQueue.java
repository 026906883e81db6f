package io.vledger.broker.state;

import io.vledger.api.store.QueueIndex;
import io.vledger.protocol.message.MessageView;
import org.jspecify.annotations.Nullable;

/** One queue of a topic: its units, and the watcher of new ones. Its log is opened when first used. */
public final class TopicQueue {
    private final Topic topic;
    private final int id;
    private final long key;
    private final boolean light;
    private final QueueIndex index;
    private QueueIndex.@Nullable QueueLog log;
    private @Nullable QueueWatcher watcher;
    private boolean dirty;

    /** Of {@link QueueCursors}: the leadership for which {@link #cursor} counts. */
    long cursorEpoch = -1;
    /** Of {@link QueueCursors}: the next queue offset to give out. */
    long cursor;

    /** The next queue offset when the state was restored: the messages before may be deleted, or not indexed on this node yet. */
    private final long restoredTail;

    TopicQueue(Topic topic, int id, long key, QueueIndex index, long restoredTail) {
        this.restoredTail = restoredTail;
        this.topic = topic;
        this.id = id;
        this.key = key;
        this.light = LightQueues.isLight(topic.name());
        this.index = index;
    }

    /** The topic that it belongs to. */
    public Topic topic() {
        return topic;
    }

    /** Its number in the topic. */
    public int id() {
        return id;
    }

    /** The number that names it in the queue index, never used for another queue. */
    public long key() {
        return key;
    }

    /** Its units, all of applied messages. */
    public QueueIndex.QueueLog log() {
        QueueIndex.QueueLog opened = log;
        if (opened == null) {
            opened = index.queue(key);
            log = opened;
        }
        return opened;
    }

    /** Whether a stored message is the one that this queue has at a queue offset. Any thread. */
    public boolean holds(MessageView message, long queueOffset) {
        if (light) {
            return LightQueues.offsetIn(message, topic.name()) == queueOffset;
        }
        return message.queueId() == id && message.queueOffset() == queueOffset;
    }

    /** Queue offset of the oldest message; equals {@link #maxOffset} if there is none. */
    public long minOffset() {
        QueueIndex.QueueLog units = log();
        return units.minOffset() == units.maxOffset() ? maxOffset() : units.minOffset();
    }

    /** Queue offset that the next message will have. */
    public long maxOffset() {
        return Math.max(restoredTail, log().maxOffset());
    }

    /** Sets the watcher of new messages; null for none. There is only one. */
    public void watch(@Nullable QueueWatcher newWatcher) {
        watcher = newWatcher;
    }

    /** The watcher of new messages, or null. */
    public @Nullable QueueWatcher watcher() {
        return watcher;
    }

    /** Marks that units were appended; true the first time since {@link #clearDirty}. */
    boolean markDirty() {
        boolean first = !dirty;
        dirty = true;
        return first;
    }

    void clearDirty() {
        dirty = false;
    }

    /** Is called after new messages were applied. */
    @FunctionalInterface
    public interface QueueWatcher {
        /** Messages were appended to the queue; once for a run of entries. On the loop. */
        void appended(TopicQueue queue);
    }
}
