/**
 * Which member serves a request: the table of request codes with their routing policies, and the router that relays to the leader
 * what only the leader can serve, or lets it wait in the order of arrival while there is none.
 *
 * <p><b>Threads.</b> Everything runs on the group's loop.
 *
 * <p><b>Invariants.</b> A write is relayed again only if it is known that nothing was done about it. Writes that one client sent one
 * after the other reach the log in that order, also across a change of leader. A request that another member relayed is never relayed
 * on: it is given back.
 */
@NullMarked
package io.vledger.broker.routing;

import org.jspecify.annotations.NullMarked;
