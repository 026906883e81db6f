/**
 * Storing messages: sends of producers (10, 310, 320), messages that consumers give back (36), and delayed messages when they are due.
 *
 * <p>A send is checked, gets its queue offset from the leader's cursors and its position from the open batch, and is encoded once,
 * straight into that batch. It is answered when its entry was committed and applied. Whatever a send needs first, such as its topic, is
 * proposed while the request waits, detached, and starts over. No string is made for an ordinary send.
 *
 * <p>Delayed messages wait in the queues of one topic, a queue for each level, in the order in which they were stored, which is the order
 * in which they are due. The leader puts those that are due into their real queues, and the progress of the level with them in the same
 * entry: after a fail-over none is delivered twice or forgotten.
 */
@NullMarked
package io.vledger.broker.send;

import org.jspecify.annotations.NullMarked;
