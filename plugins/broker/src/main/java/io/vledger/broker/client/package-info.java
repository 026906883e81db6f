/**
 * Clients of a group on this node: who they are, what they consume, which queues they hold, and their questions about
 * offsets and single messages.
 *
 * <p><b>What is replicated and what is not.</b> Offsets, topics and consumer groups are entries of the log. Connections,
 * subscriptions and queue locks are not: clients send heartbeats to every address of a route, so every member builds the
 * same registry by itself, and a new leader knows the consumers at once. Queue locks live on the leader alone and start
 * empty after a change of leader; their holders ask again within 20 s.
 *
 * <p><b>Threads.</b> Everything runs on the group's loop, which is also the loop of the clients' connections. Nothing here
 * is safe for use by other threads, and no lock is needed.
 *
 * <p><b>Invariants.</b> A client id is a member of a group at most once, by its newest connection. A connection that closes
 * takes its memberships with it at once. What is answered about offsets is applied, that is committed, never proposed.
 */
@NullMarked
package io.vledger.broker.client;

import org.jspecify.annotations.NullMarked;
