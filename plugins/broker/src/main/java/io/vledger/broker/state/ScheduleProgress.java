package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.ContradictionException;
import java.util.Arrays;

/** How far delayed messages of each level have been delivered. */
public final class ScheduleProgress {
    private final long[] next = new long[SystemNames.MAX_DELAY_LEVELS + 1];

    ScheduleProgress() {}

    /** Queue offset of the first message of a level that is not delivered; levels start at 1. */
    public long next(int level) {
        return next[level];
    }

    /** That {@link #advance} may be called so. */
    void check(int level, long nextQueueOffset) {
        if (level < 1 || level > SystemNames.MAX_DELAY_LEVELS) {
            throw new ContradictionException(
                    "delay level " + level + " is not within 1 and " + SystemNames.MAX_DELAY_LEVELS);
        }
        if (nextQueueOffset < next[level]) {
            throw new ContradictionException(
                    "delay level " + level + " would go back from " + next[level] + " to " + nextQueueOffset);
        }
    }

    void advance(int level, long nextQueueOffset) {
        next[level] = nextQueueOffset;
    }

    void clear() {
        Arrays.fill(next, 0);
    }

    /** Appends a long for each level from 1. */
    void write(ByteBuf target) {
        for (int level = 1; level < next.length; level++) {
            target.writeLong(next[level]);
        }
    }

    void read(ByteBuf source) {
        for (int level = 1; level < next.length; level++) {
            next[level] = source.readLong();
        }
    }
}
