/**
 * Requests that only a leader can serve, at members that do not lead: they are relayed to the leader, or wait in the order of
 * their arrival while there is none.
 *
 * <p><b>Threads.</b> Everything runs on the group's loop.
 *
 * <p><b>Invariants.</b> A change is relayed again only if it is known that nothing was done about it. Changes that one client
 * sent one after the other reach the log in that order, also across a change of leader. A request that another member relayed
 * is never relayed on: it is given back.
 */
@NullMarked
package io.vledger.broker.forward;

import org.jspecify.annotations.NullMarked;
