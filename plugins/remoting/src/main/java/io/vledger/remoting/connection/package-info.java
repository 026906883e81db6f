/**
 * Sockets that carry frames: servers, clients, relays, and the requests that come over them. The only package of this plugin
 * that touches Netty channels and Vert.x internals.
 *
 * <p><b>In.</b> {@link io.vledger.remoting.connection.InboundHandler} sits in the channel's pipeline before Vert.x's own handler
 * and passes the receive buffers to the {@link io.vledger.remoting.connection.Connection}, whose
 * {@link io.vledger.remoting.connection.FrameInput} cuts them and whose
 * {@link io.vledger.remoting.connection.RequestDispatcher} runs handlers at once, inside the read, with the owner's context as
 * the current one.
 *
 * <p><b>Out.</b> {@link io.vledger.remoting.connection.FrameOutput} encodes into the one
 * {@link io.vledger.remoting.connection.OutboundBuffer} of a connection. During a read of that socket it is flushed when the
 * read is complete; otherwise it joins its loop's {@link io.vledger.remoting.connection.FlushQueue}, which is flushed by one
 * task behind whatever the loop does now. Bodies that are not small are handed over as they are, so that one gathering
 * write takes them.
 *
 * <p><b>Bounds.</b> Connections and unsent bytes are bounded by {@link io.vledger.remoting.connection.Limits}. A connection with
 * too much unsent is not read from until it has drained, and is closed if it does not drain.
 *
 * <p><b>Threads.</b> A connection, its {@link io.vledger.remoting.connection.LoopState}, and everything they hold belong to one
 * event loop, until {@link io.vledger.remoting.connection.ListenerMove} moves them to that of the listener's next owner.
 *
 * <p><b>Who knows whom.</b> Requests know the output that they are answered on, not the connection; a connection knows its
 * parts; servers, clients and relays know connections. No class is known by one that it knows.
 */
@NullMarked
package io.vledger.remoting.connection;

import org.jspecify.annotations.NullMarked;
