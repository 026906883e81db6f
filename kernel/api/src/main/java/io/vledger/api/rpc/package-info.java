/**
 * The RocketMQ remoting protocol as plugins see it: servers, clients, requests and replies, free of transport types.
 *
 * <p>Threads: a connection belongs to the event loop on which its server listens; its handlers are called there and replies
 * must be given there. A server that is started inside {@link io.vledger.api.group.Group#execute} shares the group's loop.
 */
@NullMarked
package io.vledger.api.rpc;

import org.jspecify.annotations.NullMarked;
