package io.vledger.api.store;

import java.util.List;

/** The files of an older log that a group goes on from, for retention. Safe for use by any thread. */
public interface OldFiles {
    /** There are none. */
    OldFiles NONE = new OldFiles() {
        @Override
        public List<OldFile> files() {
            return List.of();
        }

        @Override
        public void dropFirst(int count) {
            if (count > 0) {
                throw new IllegalArgumentException("there are no old files to drop");
            }
        }
    };

    /** The files that are left, oldest first. May wait for the disk. */
    List<OldFile> files() throws StoreException;

    /** Deletes the oldest files, with what points into them, and tells the operating system to free their room. Blocks. */
    void dropFirst(int count) throws StoreException;

    /**
     * One file.
     *
     * @param position where it begins
     * @param bytes room that it takes on the disk
     * @param lastStoredMs when its last message was stored, milliseconds since the epoch; {@link Long#MAX_VALUE} if unknown
     */
    record OldFile(long position, long bytes, long lastStoredMs) {}
}
