package io.vledger.store.rocksdb;

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
 * Keeps everybody else out of a group's directory for as long as it is open. The file and the byte are those that the store on
 * plain files locks, so that the two never meet in one directory.
 */
final class DirectoryLock implements Closeable {
    private static final int OWNER_BYTES_MAX = 256;
    private static final long LOCKED_BYTE = 1024;

    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    static DirectoryLock take(Path directory, String owner) throws StoreException {
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
