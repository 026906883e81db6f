package io.vledger.broker.state;

import java.util.HashMap;
import java.util.Map;

/** Queue offsets that the messages of a part of an entry take, one after the other, before any of them is applied. Loop only. */
public final class Ahead {
    private final Map<Object, Long> next = new HashMap<>();

    Ahead() {}

    /**
     * Takes the next queue offset of a queue.
     *
     * @param queue what stands for it, the same each time
     * @param maxOffset the first one that is free in the state
     */
    long take(Object queue, long maxOffset) {
        return next.merge(queue, maxOffset, (known, first) -> known + 1);
    }

    void clear() {
        next.clear();
    }
}
