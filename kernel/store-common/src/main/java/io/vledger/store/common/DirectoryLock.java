package io.vledger.store.common;

import io.vledger.api.store.StoreException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps other processes out of a group's directory for as long as it is open; the operating system releases it if the process dies.
 * All backends lock the same byte of the same file, so two of them never meet in one directory.
 */
public final class DirectoryLock implements Closeable {
    private static final int OWNER_BYTES_MAX = 256;
    /** The locked byte lies behind the owner's name, which others may thus read. */
    private static final long LOCKED_BYTE = 1024;

    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock of a directory, which is created if it does not exist.
     *
     * @param owner written to the file, for the message of the next who is refused
     * @throws StoreException.Foreign if another has it
     */
    public static DirectoryLock take(Path directory, String owner) throws StoreException {
        Path path = directory.resolve("lock");
        try {
            Files.createDirectories(directory);
            FileChannel channel = FileChannel.open(
                    path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
            boolean taken = false;
            try {
                if (!locks(channel)) {
                    throw new StoreException.Foreign(directory + " is in use by " + ownerIn(channel)
                            + "; stop that process, or configure another directory");
                }
                channel.truncate(0);
                channel.write(ByteBuffer.wrap(owner.getBytes(StandardCharsets.UTF_8)), 0);
                taken = true;
                return new DirectoryLock(channel);
            } finally {
                if (!taken) {
                    channel.close();
                }
            }
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException(path + ": the lock cannot be taken: " + e, e);
        }
    }

    private static boolean locks(FileChannel channel) throws IOException {
        try {
            return channel.tryLock(LOCKED_BYTE, 1, false) != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private static String ownerIn(FileChannel channel) throws IOException {
        ByteBuffer owner = ByteBuffer.allocate(OWNER_BYTES_MAX);
        channel.read(owner, 0);
        String text = new String(owner.array(), 0, owner.position(), StandardCharsets.UTF_8);
        return text.isBlank() ? "another process" : text;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
