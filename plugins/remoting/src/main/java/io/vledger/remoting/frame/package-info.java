/**
 * Frames of RocketMQ's remoting protocol as bytes: cutting them out of a stream, reading and writing their headers, wrapping
 * them for another node. Knows buffers, and neither sockets nor handlers.
 *
 * <p>{@link io.vledger.remoting.frame.FrameCutter} finds frames without copying when a buffer holds whole ones;
 * {@link io.vledger.remoting.frame.HeaderReader} finds the fields in a copy of the header's bytes, without strings or maps;
 * {@link io.vledger.remoting.frame.FrameWriter} encodes; {@link io.vledger.remoting.frame.Envelope} carries a client's frame
 * to another node and its answer back.
 *
 * <p><b>Bounds.</b> Every length is checked against {@link io.vledger.remoting.frame.FrameLimits} and against what has arrived
 * before it is used; what breaks them is a {@link io.vledger.remoting.frame.BadFrame}, which ends the connection.
 *
 * <p><b>Threads.</b> Nothing here is thread-safe: each object belongs to one event loop.
 */
@NullMarked
package io.vledger.remoting.frame;

import org.jspecify.annotations.NullMarked;
