/**
 * Storing messages: sends of producers (10, 310, 320) and messages that consumers give back (36).
 *
 * <p>A send is checked, gets its queue offset from the leader's cursors and its position from the open batch, and is encoded
 * once, straight into that batch. The answer is given when the entry was committed and applied. Whatever a send needs first,
 * such as its topic, is proposed and the request waits, detached, and starts over. No string is made for an ordinary send.
 */
@NullMarked
package io.vledger.broker.send;

import org.jspecify.annotations.NullMarked;
