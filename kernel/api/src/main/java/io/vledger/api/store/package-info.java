/**
 * What a storage backend provides: a log of checksummed records, the Raft hard state, snapshots, and two indexes that are
 * derived from the log.
 *
 * <p><b>Addresses.</b> An entry has a Raft <em>index</em> and a <em>position</em>: its byte address in one endless file that
 * all replicas agree on. {@link io.vledger.api.store.Addressing} alone computes positions, so backends may be mixed in a
 * group and a message's physical offset is the same everywhere. <em>Queue offset</em> is a message's number in its queue.
 *
 * <p><b>Threads.</b> Methods that write run on the group's one store lane thread. Methods that read may run on any thread, for
 * what the lane has finished writing. Indexes are appended to on the group's loop and flushed on the lane.
 *
 * <p><b>Errors.</b> {@link io.vledger.api.store.StoreException}. After a failed write or sync the replica stops voting.
 */
@NullMarked
package io.vledger.api.store;

import org.jspecify.annotations.NullMarked;
