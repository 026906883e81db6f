package io.vledger.broker.state;

import io.vledger.api.store.QueueIndex;
import io.vledger.protocol.message.KeyHash;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A topic with its queues. Queues are never removed while the topic exists: one beyond a smaller configuration keeps its
 * messages and is visible again when the configuration grows.
 */
public final class Topic {
    private final String name;
    private final byte[] utf8;
    private final long keySeed;
    private final boolean sendAllowed;
    private final QueueIndex index;
    private TopicConfig config;
    private long[] keys;
    private @Nullable TopicQueue[] queues;
    /** The next queue offsets when the state was restored; shorter than the queues if the rest began at 0. */
    private long[] restoredTails = {};

    private long messagesIn;
    private long bytesIn;
    private boolean deleting;
    private TopicQueue.@Nullable QueueWatcher watcher;
    private final @Nullable MessageObserver observer;

    Topic(TopicConfig config, long[] keys, QueueIndex index, @Nullable MessageObserver observer) {
        this.observer = observer;
        this.name = config.name();
        this.utf8 = name.getBytes(StandardCharsets.UTF_8);
        this.keySeed = KeyHash.seed(name);
        this.sendAllowed = SystemNames.sendAllowed(name);
        this.config = config;
        this.keys = keys;
        this.index = index;
        this.queues = new TopicQueue[keys.length];
    }

    /** Its name. */
    public String name() {
        return name;
    }

    /** Its name's bytes; not to be changed. */
    public byte[] utf8() {
        return utf8;
    }

    /** What hashes of this topic's keys start from; see {@link KeyHash#of(long, io.netty.buffer.ByteBuf, int, int)}. */
    public long keySeed() {
        return keySeed;
    }

    /** Whether its name lets producers send to it. */
    public boolean sendAllowed() {
        return sendAllowed;
    }

    /** Its configuration. */
    public TopicConfig config() {
        return config;
    }

    /** Queues that exist, at least as many as are configured. */
    public int queueCount() {
        return keys.length;
    }

    /** The queue, or null if there is none with this id. */
    public @Nullable TopicQueue queue(int id) {
        if (id < 0 || id >= keys.length) {
            return null;
        }
        TopicQueue queue = queues[id];
        if (queue == null) {
            queue = new TopicQueue(this, id, keys[id], index, id < restoredTails.length ? restoredTails[id] : 0);
            queues[id] = queue;
        }
        return queue;
    }

    /** Sets the watcher of new messages in any of its queues; null for none. There is only one. */
    public void watch(TopicQueue.@Nullable QueueWatcher newWatcher) {
        watcher = newWatcher;
    }

    /** The watcher of new messages in any of its queues, or null. */
    public TopicQueue.@Nullable QueueWatcher watcher() {
        return watcher;
    }

    /** Messages applied here since this process started, replayed ones included. */
    public long messagesIn() {
        return messagesIn;
    }

    /** Bytes of those messages. */
    public long bytesIn() {
        return bytesIn;
    }

    /** On a leader: whether its deletion was proposed, so that nothing more may be stored in it. */
    public boolean deleting() {
        return deleting;
    }

    /** Sets {@link #deleting()}. Set by the proposer of the deletion. */
    public void deleting(boolean proposed) {
        deleting = proposed;
    }

    @Nullable
    MessageObserver observer() {
        return observer;
    }

    void count(int bytes) {
        messagesIn++;
        bytesIn += bytes;
    }

    void configure(TopicConfig newConfig, long[] moreKeys) {
        config = newConfig;
        if (moreKeys.length > 0) {
            int before = keys.length;
            keys = Arrays.copyOf(keys, before + moreKeys.length);
            System.arraycopy(moreKeys, 0, keys, before, moreKeys.length);
            queues = Arrays.copyOf(queues, keys.length);
        }
    }

    long[] keys() {
        return keys;
    }

    /** Queue offset that the next message of a queue will have, without opening an unused queue. */
    long tail(int id) {
        TopicQueue queue = queues[id];
        if (queue != null) {
            return queue.maxOffset();
        }
        return id < restoredTails.length ? restoredTails[id] : 0;
    }

    void restoreTail(int id, long queueOffset) {
        if (restoredTails.length <= id) {
            restoredTails = Arrays.copyOf(restoredTails, keys.length);
        }
        restoredTails[id] = queueOffset;
    }
}
