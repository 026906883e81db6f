/**
 * What a group of brokers agrees on, and nothing else: topics, subscription groups, consumer offsets, progress of delayed
 * delivery, and the queue and key indexes that are derived from the messages.
 *
 * <p>{@link io.vledger.broker.state.BrokerState} is the group's state machine. It changes by applying entries
 * ({@link io.vledger.broker.state.BrokerEntry} lists their kinds and bytes) in log order, and only so: no clock, no
 * randomness, no configuration of the node. Replicas that applied the same entries write byte-identical snapshots. Every change
 * is proposed as an entry.
 *
 * <p>Two things here are local and never in a snapshot: watchers of appended messages, and a leader's
 * {@link io.vledger.broker.state.QueueCursors}.
 *
 * <p>Everything runs on the group's loop. An entry that cannot be understood is a broken invariant: {@code apply} throws and the
 * member fails, since a stopped replica is better than a forked one. A part of an entry that contradicts the state is checked for that before anything of it is applied,
 * and changes nothing ({@link io.vledger.api.group.ContradictionException}): members with the same state leave out the same.
 */
@NullMarked
package io.vledger.broker.state;

import org.jspecify.annotations.NullMarked;
