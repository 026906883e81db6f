package io.vledger.api.store;

import io.vledger.api.disk.Disk;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files of an older log that a group continues from, for retention. The newest of them is never deleted, as RocketMQ never deletes
 * the newest file of a log. Safe for use by any thread.
 */
public interface OriginFiles {
    /** There are none. */
    OriginFiles NONE = new OriginFiles() {
        @Override
        public List<OriginFile> files() {
            return List.of();
        }

        @Override
        public void dropFirst(int count) {
            if (count > 0) {
                throw new IllegalArgumentException("there are no old files to drop");
            }
        }

        @Override
        public long takenOverMs() {
            return 0;
        }

        @Override
        public Disk.@Nullable Space otherDisk() {
            return null;
        }
    };

    /** The files that are left, oldest first. May wait for the disk. */
    List<OriginFile> files() throws StoreException;

    /**
     * Deletes the oldest files, with what points into them, and tells the operating system to free their room. Blocks.
     *
     * @throws IllegalArgumentException if that would leave none
     */
    void dropFirst(int count) throws StoreException;

    /** When this node had taken the old log over, milliseconds since the epoch; the same after a restart. */
    long takenOverMs();

    /** How full the disk is on which the oldest file lies; null if that is the group's own disk. May wait for the disk. */
    Disk.@Nullable Space otherDisk() throws StoreException;

    /** Damage that readers met in the files that are left. Never waits for the disk. */
    default Damage damage() {
        return Damage.NONE;
    }

    /**
     * What readers met.
     *
     * @param found times that damage was met that was not known, since the start
     * @param repaired messages that were repaired from another member since the start
     * @param now what was damaged when it was last read, by position: file, position and what is wrong there; bounded
     */
    record Damage(long found, long repaired, List<String> now) {
        /** Nothing was met. */
        public static final Damage NONE = new Damage(0, 0, List.of());

        /** Copies the list. */
        public Damage {
            now = List.copyOf(now);
        }
    }

    /**
     * One file.
     *
     * @param name for people
     * @param position where it begins
     * @param bytes room that it takes on the disk
     * @param lastStoredMs no message in it was stored later, milliseconds since the epoch; {@link Long#MAX_VALUE} if unknown
     */
    record OriginFile(String name, long position, long bytes, long lastStoredMs) {}
}
