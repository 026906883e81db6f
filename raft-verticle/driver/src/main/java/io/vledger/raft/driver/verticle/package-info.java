/**
 * The Vert.x side of a group: for each group a {@link io.vledger.raft.driver.verticle.StorageVerticle} that opens the store
 * and owns the lane, a {@link io.vledger.raft.driver.verticle.RaftVerticle} that owns the loop and steps the replica (election,
 * commitment, application), and a {@link io.vledger.raft.driver.verticle.ReplicationVerticle} that owns the connections to
 * the other members.
 *
 * <p>All decisions of a group are taken on one loop. The verticles differ in what they own and in what they are named for in
 * logs and health checks, not in threads: spreading term, vote and commit over threads would put them under locks.
 */
@NullMarked
package io.vledger.raft.driver.verticle;

import org.jspecify.annotations.NullMarked;
