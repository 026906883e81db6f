package io.vledger.broker.state;

import io.vledger.api.store.IndexSink;
import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.QueueIndex;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Appends units and keys of messages that are applied to the indexes. Loop only. */
final class Appending implements IndexSink {
    private final KeyIndex keys;
    private QueueIndex.@Nullable QueueLog log;

    Appending(KeyIndex keys) {
        this.keys = keys;
    }

    /** The next unit is of this queue. */
    void to(QueueIndex.QueueLog queue) {
        log = queue;
    }

    @Override
    public void next(long queueKey, long position, int size, long tagsCode) {
        throw new IllegalStateException("parts append such units themselves when they apply");
    }

    @Override
    public void unit(long queueKey, long queueOffset, long position, int size, long tagsCode) {
        Objects.requireNonNull(log).append(queueOffset, position, size, tagsCode);
    }

    @Override
    public void key(long keyHash, long position, long storeTimestamp) {
        keys.add(keyHash, position, storeTimestamp);
    }
}
