package io.vledger.raft.driver;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.LogBase;

/**
 * The state at the base of a log, for a follower that is too far behind.
 *
 * @param base where the follower's log will begin
 * @param image a {@link SnapshotImage}
 */
public record InstallData(LogBase base, ByteBuf image) {}
