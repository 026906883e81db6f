/**
 * RocketMQ's stored message, byte by byte: the form that lies in the log, travels between nodes and is given to consumers
 * unchanged, and the client forms that it is made of.
 *
 * <p>Everything here works on bytes in {@link io.netty.buffer.ByteBuf}s without making strings, because it runs once or more
 * for each message. Readers are flyweights that are pointed at a message; they and the writers hold scratch state and belong
 * to one thread. Lengths come from outside and are checked before use: a reader that accepts a message guarantees that all
 * its parts lie inside it.
 */
@NullMarked
package io.vledger.protocol.message;

import org.jspecify.annotations.NullMarked;
