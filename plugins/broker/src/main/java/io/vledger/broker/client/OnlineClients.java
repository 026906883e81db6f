package io.vledger.broker.client;

/**
 * The clients that are online at this member.
 *
 * @param consumers its consumers
 * @param producers its producers
 */
public record OnlineClients(ConsumerRegistry consumers, ProducerRegistry producers) {}
