package io.vledger.broker.pop;

/**
 * Bounds of what may be in flight; above them pops find nothing until something is acknowledged or over.
 *
 * @param queueMessages messages of one group in one queue
 * @param flights groups of messages in all, each of one pop or change of invisible time: what bounds the memory
 */
record PopLimits(int queueMessages, int flights) {
    /** About 100 bytes each. */
    static final PopLimits DEFAULT = new PopLimits(100_000, 500_000);
}
