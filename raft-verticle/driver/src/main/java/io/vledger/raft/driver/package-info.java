/**
 * Carries out what the Raft core decides, against a store, links to the other members and a state machine.
 *
 * <p>{@link io.vledger.raft.driver.Replica} is one member of one group, single-threaded on the group's loop. Time, threads and
 * sockets come through {@link io.vledger.raft.driver.Shell}, {@link io.vledger.raft.driver.Lane} and {@link
 * io.vledger.raft.driver.Links}, so that the simulator runs this very class. Of Vert.x this package uses {@code Future} and {@code Promise}
 * only, because {@link io.vledger.api.group.Group} returns it; no clock is read here. Around it are thin shells: the lane thread
 * that writes and syncs, the verticles that own loop and sockets.
 *
 * <p>{@code Replica} puts its parts together and takes in what arrives; each part has one job. {@code MemberTurn} is the order of a
 * turn, {@code EffectRunner} carries out what the core decided, {@code DurableState} is what the lane writes, {@code Proposals} is
 * what clients propose, {@code MemberRole} and {@code StatusPublisher} are what others see, {@code LogPrefix} moves the start of the
 * log, {@code MemberStop} ends the member. They share a {@code MemberCore} and nothing else but what their constructors name.
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
