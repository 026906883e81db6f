package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vledger.api.disk.Disk;
import io.vledger.api.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Checksums, and small files that are replaced as a whole. */
final class Blocks {
    /** Ends the name of a file that is being written. */
    static final String UNFINISHED = ".tmp";

    private Blocks() {}

    /** CRC32C of a range. */
    static int crc(ByteBuf buffer, int from, int count) {
        CRC32C crc = new CRC32C();
        if (buffer.nioBufferCount() == 1) {
            ByteBuffer bytes = buffer.nioBuffer(from, count);
            crc.update(bytes);
        } else {
            for (ByteBuffer bytes : buffer.nioBuffers(from, count)) {
                crc.update(bytes);
            }
        }
        return (int) crc.getValue();
    }

    /** Replaces a file's content atomically and durably. */
    static void replace(Disk disk, String name, ByteBuf content) throws IOException {
        String unfinished = name + UNFINISHED;
        try (DiskFile file = disk.open(unfinished, 0)) {
            file.resize(0);
            file.write(0, content);
            file.sync();
        }
        disk.rename(unfinished, name);
        disk.syncDirectory(directory(name));
    }

    /** The whole file, in a buffer that the caller releases. */
    static ByteBuf load(Disk disk, String name, long maxBytes) throws IOException {
        try (DiskFile file = disk.open(name, 0)) {
            long length = file.length();
            if (length > maxBytes) {
                throw new IOException(name + " has " + length + " bytes where " + maxBytes + " are the most");
            }
            ByteBuf content = ByteBufAllocator.DEFAULT.directBuffer((int) Math.max(length, 1));
            boolean done = false;
            try {
                file.read(0, (int) length, content);
                done = true;
            } finally {
                if (!done) {
                    content.release();
                }
            }
            return content;
        }
    }

    /** The directory part of a name; empty if there is none. */
    static String directory(String name) {
        int slash = name.lastIndexOf('/');
        return slash < 0 ? "" : name.substring(0, slash);
    }

    /** The file that belongs to a position. */
    static String fileOf(long position) {
        return String.format(java.util.Locale.ROOT, "%020d", position);
    }

    /** Whether a name is one of {@link #fileOf}. */
    static boolean isPosition(String name) {
        if (name.length() != 20) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) < '0' || name.charAt(i) > '9') {
                return false;
            }
        }
        return name.compareTo(fileOf(Long.MAX_VALUE)) <= 0;
    }
}
