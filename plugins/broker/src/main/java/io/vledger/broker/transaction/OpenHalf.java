package io.vledger.broker.transaction;

/**
 * A half message without an outcome.
 *
 * @param queueOffset its place in the half topic's queue
 * @param first the place that it had before it was first stored again for a check; the same if it never was
 * @param bornMs when the producer made it, milliseconds since the epoch
 * @param immunitySeconds age below which it is not checked; {@link #DEFAULT_IMMUNITY} if that is the broker's to say
 * @param checks how often its producer was asked
 * @param topic the topic that it is for
 */
record OpenHalf(long queueOffset, long first, long bornMs, int immunitySeconds, int checks, String topic) {
    /** The message says nothing about its immunity. */
    static final int DEFAULT_IMMUNITY = -1;
}
