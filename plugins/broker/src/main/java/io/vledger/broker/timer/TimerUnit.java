package io.vledger.broker.timer;

/**
 * What is known of a timer without reading its message. Units are delivered in their natural order: by time, then by position.
 *
 * @param dueMs when the broker has to act on it, milliseconds since the epoch
 * @param position of its message in the log
 * @param size bytes of its message
 * @param recall whether it recalls another message instead of being delivered
 */
record TimerUnit(long dueMs, long position, int size, boolean recall) implements Comparable<TimerUnit> {
    /** The unit of a message whose {@link #code} this is. */
    static TimerUnit of(long code, long position, int size) {
        return new TimerUnit(code >>> 1, position, size, (code & 1) != 0);
    }

    /**
     * A time and what happens then, in one number. Messages in the wheel's topic have it where others have the position of their half
     * message, so that both the topic's queue and the bucket of the minute can be filled from the message alone.
     */
    static long code(long dueMs, boolean recall) {
        return dueMs << 1 | (recall ? 1 : 0);
    }

    /** Its code. */
    long code() {
        return code(dueMs, recall);
    }

    /** Whether it comes after everything up to this place. */
    boolean after(long timeMs, long place) {
        return dueMs > timeMs || (dueMs == timeMs && position > place);
    }

    @Override
    public int compareTo(TimerUnit other) {
        int byTime = Long.compare(dueMs, other.dueMs);
        return byTime != 0 ? byTime : Long.compare(position, other.position);
    }
}
