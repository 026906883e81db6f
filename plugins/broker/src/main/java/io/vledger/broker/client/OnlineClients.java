package io.vledger.broker.client;

import java.util.function.Predicate;

/**
 * The clients that are online at this member.
 *
 * @param consumers its consumers
 * @param producers its producers
 * @param consumingInOrder whether members of a group hold locks of queues now
 */
public record OnlineClients(
        ConsumerRegistry consumers, ProducerRegistry producers, Predicate<String> consumingInOrder) {}
