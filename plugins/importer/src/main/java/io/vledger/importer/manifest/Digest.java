package io.vledger.importer.manifest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * Digest of a range of bytes at the speed of the disk: a CRC32C for each MiB, and SHA-256 over these, in hexadecimal. It tells
 * members whether they have the same bytes; it is no defence against somebody who wants two ranges to look alike.
 */
public final class Digest {
    /** Bytes under one CRC32C. */
    public static final int CHUNK_BYTES = 1 << 20;

    private final MessageDigest whole;
    private final CRC32C chunk = new CRC32C();
    private int inChunk;
    private long bytes;

    /** Of no bytes yet. */
    public Digest() {
        try {
            whole = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Adds bytes without moving the buffer's indexes. */
    public void add(ByteBuf buffer, int at, int length) {
        int done = 0;
        while (done < length) {
            int step = Math.min(length - done, CHUNK_BYTES - inChunk);
            chunk.update(buffer.nioBuffer(at + done, step));
            done += step;
            inChunk += step;
            if (inChunk == CHUNK_BYTES) {
                endChunk();
            }
        }
        bytes += length;
    }

    private void endChunk() {
        int crc = (int) chunk.getValue();
        for (int shift = Integer.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
            whole.update((byte) (crc >>> shift));
        }
        chunk.reset();
        inChunk = 0;
    }

    /** The digest of all bytes added; nothing may be added after. */
    public String end() {
        if (inChunk > 0) {
            endChunk();
        }
        whole.update(Long.toString(bytes).getBytes(StandardCharsets.US_ASCII));
        return HexFormat.of().formatHex(whole.digest());
    }

    /** The digest of the first bytes of a file. */
    public static String of(Path file, long length) throws IOException {
        Digest digest = new Digest();
        ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(CHUNK_BYTES);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            for (long at = 0; at < length; ) {
                int read = buffer.clear().writeBytes(channel, at, (int) Math.min(CHUNK_BYTES, length - at));
                if (read < 0) {
                    throw new EOFException(file + " became shorter while it was read; is a broker running on it?");
                }
                digest.add(buffer, 0, read);
                at += read;
            }
        } finally {
            buffer.release();
        }
        return digest.end();
    }
}
