/**
 * Delivering messages to consumers: pulls (11, 361) and long polls.
 *
 * <p>A pull looks up units in the queue index, skips those whose tag is not wanted, and copies the stored bytes of the others
 * from the log into one buffer. A pull that finds nothing is parked at its queue and served again when messages were
 * appended there, when its time is over, or when the member's role changes. Where very many messages are delivered, pulls that wait are
 * served a few milliseconds later, with more messages each. Any member answers from what it has applied, but
 * only a leader may tell a consumer that its offset is wrong: a follower does not know whether it lags, and consumers would
 * lose or repeat messages.
 */
@NullMarked
package io.vledger.broker.pull;

import org.jspecify.annotations.NullMarked;
