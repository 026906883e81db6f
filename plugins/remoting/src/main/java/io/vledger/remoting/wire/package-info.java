/**
 * Frames on sockets. The only package that touches Netty channels and Vert.x internals.
 *
 * <p><b>In.</b> {@link io.vledger.remoting.wire.Connection} sits in the channel's pipeline before Vert.x's own handler and
 * takes the receive buffers itself. {@link io.vledger.remoting.wire.FrameCutter} cuts frames without copying when a buffer
 * holds whole ones; {@link io.vledger.remoting.wire.Header} finds the fields in a copy of the header's bytes. Handlers run at
 * once, inside the read, with the server's context as the current one.
 *
 * <p><b>Out.</b> Replies are encoded into one buffer a connection. During a read of that socket they are flushed when the read
 * is complete; otherwise the connection joins its loop's {@link io.vledger.remoting.wire.Loop} list, which is flushed by one
 * task behind whatever the loop does now. Bodies that are not small are handed over as they are, so that one gathering
 * write takes them.
 *
 * <p><b>Bounds.</b> Frames, headers, fields, connections and unsent bytes are bounded by
 * {@link io.vledger.remoting.wire.Limits}. A connection with too much unsent is not read from until it has drained, and is
 * closed if it does not drain.
 *
 * <p><b>Threads.</b> A connection, its {@code Loop}, and everything they hold belong to one event loop.
 */
@NullMarked
package io.vledger.remoting.wire;

import org.jspecify.annotations.NullMarked;
