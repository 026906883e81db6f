/**
 * Carries out what the Raft core decides, against a store, links to the other members and a state machine.
 *
 * <p>{@link io.vledger.raft.driver.Replica} is one member of one group, single-threaded on the group's loop and free of
 * Vert.x: time, threads and sockets come through {@link io.vledger.raft.driver.Shell}, {@link io.vledger.raft.driver.Lane}
 * and {@link io.vledger.raft.driver.Links}, so that the simulator runs this very class. Around it are thin shells: the lane
 * thread that writes and syncs, the verticles that own loop and sockets.
 *
 * <p><b>A turn.</b> Whatever arrives in one run of the event loop (client requests, messages of members, completions of the
 * lane) is taken in first; then one {@link io.vledger.raft.driver.Replica#turn} seals the open batch, carries out the core's
 * effects, feeds the followers, and applies what is committed. While the disk is busy the next batch fills, so batch size
 * follows load without any timer.
 *
 * <p><b>Buffers.</b> A {@link io.vledger.api.store.LogBatch} is referenced by the batch cache from submission until it is
 * written, applied and no longer among the most recent bytes; lane tasks and links hold references of their own.
 */
@NullMarked
package io.vledger.raft.driver;

import org.jspecify.annotations.NullMarked;
