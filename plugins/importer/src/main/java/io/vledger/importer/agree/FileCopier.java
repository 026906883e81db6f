package io.vledger.importer.agree;

import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vledger.importer.manifest.Digest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;

/**
 * Copies one file from another member: into {@code *.part} first, which a later call resumes, then synced and renamed, so that a
 * file under its own name is whole. Blocks; one thread.
 */
final class FileCopier {
    private static final int IN_FLIGHT = 8;
    private static final int STEP_BYTES = PeerMessage.MAX_BODY_BYTES;

    private FileCopier() {}

    /** Is given how many bytes came; ends the copying by throwing. */
    interface Copied {
        void copied(long bytes) throws IOException;
    }

    /** Asks for bytes. */
    interface Reads {
        Future<PeerMessage> read(long from, int length);
    }

    /**
     * Copies.
     *
     * @param counted bytes to copy
     * @param length length that the file gets; zeros behind what is copied
     * @param digest of the bytes copied; empty if it is not known
     * @param copied receives the number of bytes as they arrive
     * @throws IOException if the other member cannot be asked, or what it sent is not what was promised
     */
    static void copy(Reads reads, Path target, long counted, long length, String digest, Copied copied)
            throws IOException {
        Files.createDirectories(target.toAbsolutePath().getParent());
        Path part = target.resolveSibling(target.getFileName() + ".part");
        try (FileChannel channel =
                FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long have = Math.min(channel.size(), counted);
            have -= have % STEP_BYTES;
            channel.truncate(have);
            Digest sum = new Digest();
            again(channel, have, sum);
            copied.copied(have);
            fetch(reads, channel, have, counted, sum, copied);
            if (!digest.isEmpty() && !sum.end().equals(digest)) {
                channel.truncate(0);
                throw new IOException(target + ": what was copied is not what the members agreed on"
                        + (have > 0 ? " (it was begun by an earlier run)" : "") + "; it is copied again");
            }
            if (length > counted) {
                channel.write(java.nio.ByteBuffer.allocate(1), length - 1);
            }
            channel.force(true);
        }
        rename(part, target);
        syncDirectory(Objects.requireNonNull(target.toAbsolutePath().getParent(), "a file lies in a directory"));
    }

    private static void again(FileChannel channel, long have, Digest sum) throws IOException {
        java.nio.ByteBuffer bytes = java.nio.ByteBuffer.allocate(STEP_BYTES);
        for (long at = 0; at < have; at += STEP_BYTES) {
            bytes.clear();
            while (bytes.hasRemaining() && channel.read(bytes, at + bytes.position()) >= 0) {
                // A read may bring less than was asked for.
            }
            sum.add(Unpooled.wrappedBuffer(bytes.array()), 0, STEP_BYTES);
        }
    }

    private static void fetch(Reads reads, FileChannel channel, long from, long to, Digest sum, Copied copied)
            throws IOException {
        Deque<Future<PeerMessage>> flying = new ArrayDeque<>();
        long asked = from;
        long at = from;
        while (at < to) {
            while (asked < to && flying.size() < IN_FLIGHT) {
                int step = (int) Math.min(STEP_BYTES, to - asked);
                flying.add(reads.read(asked, step));
                asked += step;
            }
            Buffer bytes = PeerQueries.await(flying.remove()).body();
            int expected = (int) Math.min(STEP_BYTES, to - at);
            if (bytes.length() != expected) {
                throw new IOException("another member sent " + bytes.length() + " bytes where " + expected
                        + " were asked for; does its file become shorter?");
            }
            java.nio.ByteBuffer write = java.nio.ByteBuffer.wrap(bytes.getBytes());
            while (write.hasRemaining()) {
                channel.write(write, at + write.position());
            }
            sum.add(Unpooled.wrappedBuffer(write.array()), 0, expected);
            at += expected;
            copied.copied(expected);
        }
    }

    private static void rename(Path part, Path target) throws IOException {
        try {
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException(target + ": its file system cannot rename; use a local disk", e);
        }
    }

    private static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
