package io.vledger.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Loopback ports for tests that name a port before they listen on it. Each is this process's until it ends: the system gives
 * no port below its ephemeral range to a connection, and a lock on one byte of a file keeps other test processes away.
 * Closing an ephemeral port and hoping to get it back is a race that a busy machine loses.
 */
public final class FreePorts {
    /** Below those of the acceptance tests, which have no locks. */
    private static final int LOWEST = 10_000;

    private static final int HIGHEST = 15_000;
    /** Open as long as the process lives: closing it would release every lock. */
    private static final FileChannel LOCKS = locks();

    private FreePorts() {}

    private static FileChannel locks() {
        try {
            return FileChannel.open(
                    Path.of(System.getProperty("java.io.tmpdir"), "vledger-test-ports.lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A port that nobody listens on, and that no other test of this machine is given while this process lives. */
    public static int next() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            if (lock(port) && isFree(port)) {
                return port;
            }
        }
    }

    private static boolean lock(int port) {
        try {
            return LOCKS.tryLock(port, 1, false) != null;
        } catch (OverlappingFileLockException ownAlready) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return probe.isBound();
        } catch (BindException taken) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
