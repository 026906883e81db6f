/**
 * RocketMQ's name service, answered by the nodes themselves, and the registration of this node's groups.
 *
 * <p><b>Serving.</b> Of the configured name server addresses, a node serves each one whose host is its own and whose port is
 * free ({@link io.vledger.nameservice.NameServerAddress}). Nodes that share a host take over from each other: the first that finds the address
 * free binds it. Clients thus keep one address list, and need no process besides the brokers.
 *
 * <p><b>Registering.</b> {@link io.vledger.nameservice.Registrar} publishes one group: into this process's own
 * {@link io.vledger.nameservice.RouteTable} at once, always, so that a take-over answers without waiting; and, as any
 * RocketMQ broker does, to every name server that some other process serves, be it another node or RocketMQ's own.
 *
 * <p><b>Who is the master.</b> The leader of a group is published under broker id 0, all others under their own ids. The Raft
 * term travels as the data version's state version, which every name server uses to refuse the registration of a deposed
 * leader. While there is no leader there is no id 0, so that clients ask again.
 *
 * <p><b>Threads.</b> Everything here runs on the plugin's one event loop.
 */
@NullMarked
package io.vledger.nameservice;

import org.jspecify.annotations.NullMarked;
