/**
 * Request-reply: what a consumer answers to a request (324, 325) is handed to the producer that waits for it (326), at whichever member
 * that producer is connected, and stored.
 *
 * <p>The leader takes replies. It knows most requesters, since clients send heartbeats to the members that name servers publish as leader and
 * as standby; where it does not know one, it asks the other members to hand the reply on. Everything runs on the group's loop.
 */
@NullMarked
package io.vledger.broker.reply;

import org.jspecify.annotations.NullMarked;
