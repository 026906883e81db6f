package io.vledger.raft.driver;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.LogBase;

/**
 * The state at the base of a log, for a follower that is too far behind.
 *
 * @param base where the follower's log will begin
 * @param image a {@link SnapshotImage}
 */
public record InstallData(LogBase base, ByteBuf image) {
    /** Whether these are the bytes of a {@link SnapshotImage}. */
    public static boolean readable(ByteBuf image) {
        try {
            SnapshotImage.decode(image);
            return true;
        } catch (IllegalStateException | IndexOutOfBoundsException e) {
            return false;
        }
    }
}
