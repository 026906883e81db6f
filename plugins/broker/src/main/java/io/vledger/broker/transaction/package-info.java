/**
 * Transactions: half messages wait in a topic of their own until their producer says whether they are committed or rolled back.
 *
 * <p>{@link io.vledger.broker.transaction.Transactions} is the part of the replicated state that knows which half messages have no
 * outcome. An outcome is one part of an entry: it settles the half message and stores what follows from it, the committed message and the
 * mark in the op topic, so that neither a repeated request nor the end of a leader in between stores a message twice or loses it.
 * The leader alone decides ({@link io.vledger.broker.transaction.EndTransactionHandler},
 * {@link io.vledger.broker.transaction.TransactionChecks}), and only about half messages that the applied state has as open and for which
 * nothing is under way.
 *
 * <p>Everything runs on the group's loop. Topics, queues, properties and intervals are RocketMQ's, so that tools and clients find what they
 * find there.
 */
@NullMarked
package io.vledger.broker.transaction;

import org.jspecify.annotations.NullMarked;
