package io.vledger.importer.format;

/**
 * How far a queue reaches.
 *
 * @param min queue offset of the first message that is still in the log; equals {@code max} if there is none
 * @param max queue offset of the next message
 */
public record QueueExtent(long min, long max) {
    /** Messages that are there. */
    public long messages() {
        return max - min;
    }

    /** What both together show. */
    public QueueExtent and(QueueExtent other) {
        return new QueueExtent(Math.min(min, other.min), Math.max(max, other.max));
    }
}
