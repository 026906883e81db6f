/**
 * The plugin that provides {@link io.vledger.api.rpc.Rpc}: RocketMQ's remoting protocol over TCP.
 *
 * <p>{@link io.vledger.remoting.RemotingPlugin} reads its configuration and offers the service;
 * {@link io.vledger.remoting.HandlerTable} finds handlers by request code; {@link io.vledger.remoting.frame} reads and writes frames,
 * {@link io.vledger.remoting.connection} carries them over sockets.
 */
@NullMarked
package io.vledger.remoting;

import org.jspecify.annotations.NullMarked;
