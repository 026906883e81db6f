package io.vledger.importer.format;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** The lock that a running broker holds: on the first byte of the file {@code lock} in its root (RocketMQ's DefaultMessageStore). */
public final class BrokerLock {
    private BrokerLock() {}

    /**
     * The process that holds it.
     *
     * @return why the store is taken, for people; null if it is free
     * @throws IOException if that cannot be found out
     */
    public static @Nullable String holder(Path root) throws IOException {
        Path lock = root.resolve("lock");
        if (!Files.isRegularFile(lock)) {
            return null;
        }
        // To ask for an exclusive lock the file must be open for writing; nothing is written.
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                FileLock held = channel.tryLock(0, 1, false)) {
            return held == null
                    ? lock + " is held: a broker runs on this store; stop it first (mqshutdown broker)"
                    : null;
        } catch (OverlappingFileLockException e) {
            return lock + " is held by this process";
        }
    }
}
