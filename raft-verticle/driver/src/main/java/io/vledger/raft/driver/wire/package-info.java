/**
 * How members talk over TCP: frames, their codec, and the sockets. The only package of this module that touches Netty's
 * pipeline and the internals of Vert.x.
 *
 * <p>Between two members there is one connection, dialled by the one whose id comes first. Both sides begin with a hello. A
 * frame is an int length and that many bytes: a type byte and its fields, big-endian; see
 * {@link io.vledger.raft.driver.wire.PeerCodec}.
 */
@NullMarked
package io.vledger.raft.driver.wire;

import org.jspecify.annotations.NullMarked;
