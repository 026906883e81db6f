package io.vledger.raft.driver.verticle;

import io.vledger.raft.driver.StartIdentity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Marks of starts in a group's directory: a small file that each start creates. What the hard state keeps of it is its inode
 * and time of birth, which no copy carries: neither {@code cp -a} nor an archive, nor a move to another disk. The inode alone
 * will not do, because file systems reuse the numbers of deleted files. A change of owner or mode, another mount point
 * and a rename leave both as they are. A file system's or a machine's snapshot brings both back; only other members can notice
 * that.
 *
 * <p>Two files in turn, so that the one that the hard state names stays until the next start has saved its own.
 */
final class DirectoryIdentity implements StartIdentity {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryIdentity.class);
    private static final String NAME = "start-mark-";
    private static final int INCARNATION_SHIFT = 12;
    /** How far the clock of the node that chose an incarnation may be ahead of this one's. */
    private static final long AHEAD_MS = TimeUnit.DAYS.toMillis(366);

    private final Path directory;

    DirectoryIdentity(Path directory) {
        this.directory = directory;
    }

    @Override
    public long newIncarnation() {
        return incarnationNow();
    }

    /** Greater than all before on this node, as long as its clock is not set back by more than the time since. */
    static long incarnationNow() {
        return System.currentTimeMillis() << INCARNATION_SHIFT;
    }

    /** Bound of an incarnation that another member may claim. */
    static long greatestIncarnation() {
        return (System.currentTimeMillis() + AHEAD_MS) << INCARNATION_SHIFT;
    }

    @Override
    public long newRun() {
        return ThreadLocalRandom.current().nextLong();
    }

    @Override
    public boolean isOriginal(String mark) {
        int slot = slot(mark);
        try {
            return slot >= 0 && mark.equals(describe(slot));
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    @Override
    public String leaveMark(String before, long run) {
        int slot = slot(before) == 0 ? 1 : 0;
        Path file = directory.resolve(NAME + slot);
        try {
            Files.deleteIfExists(file);
            try (FileChannel channel =
                    FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(Long.toHexString(run).getBytes(StandardCharsets.US_ASCII)));
                channel.force(true);
            }
            try (FileChannel parent = FileChannel.open(directory, StandardOpenOption.READ)) {
                parent.force(true);
            }
            return describe(slot);
        } catch (IOException | UnsupportedOperationException e) {
            LOG.warn(
                    "{}: the mark of this start cannot be written, the previous one is kept: {}",
                    file,
                    String.valueOf(e));
            return before;
        }
    }

    /** Slot, inode, birth and content of a mark. */
    private String describe(int slot) throws IOException {
        Path file = directory.resolve(NAME + slot);
        Object inode = Files.getAttribute(file, "unix:ino");
        Object birth = Files.getAttribute(file, "creationTime");
        return slot + "/" + inode + "/" + birth + "/" + Files.readString(file, StandardCharsets.US_ASCII);
    }

    private static int slot(String mark) {
        return mark.startsWith("0/") ? 0 : mark.startsWith("1/") ? 1 : -1;
    }
}
