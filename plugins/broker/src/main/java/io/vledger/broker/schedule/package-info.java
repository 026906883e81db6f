/**
 * Delivering delayed messages. They wait in the queues of one topic, a queue for each level, in the order in which they were
 * stored, which is the order in which they are due. The leader puts those that are due into their real queues, and the
 * progress of the level with them in the same entry: after a failover none is delivered twice or forgotten.
 */
@NullMarked
package io.vledger.broker.schedule;

import org.jspecify.annotations.NullMarked;
