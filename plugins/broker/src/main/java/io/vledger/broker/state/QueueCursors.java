package io.vledger.broker.state;

/**
 * Gives out queue offsets on a leader: from what was applied when leadership began, counting what was proposed since. Cursors
 * of an earlier leadership are void, since what they counted may never have been committed. Loop only.
 */
public final class QueueCursors {
    private long epoch;

    QueueCursors() {}

    /** The queue offset that the next proposed message of a queue must have. */
    public long next(TopicQueue queue) {
        if (queue.cursorEpoch != epoch) {
            queue.cursorEpoch = epoch;
            queue.cursor = queue.maxOffset();
        }
        return queue.cursor;
    }

    /** Counts {@code messages} that are about to be submitted. */
    public void advance(TopicQueue queue, int messages) {
        queue.cursor = next(queue) + messages;
    }

    /** Voids all cursors. */
    void reset() {
        epoch++;
    }
}
