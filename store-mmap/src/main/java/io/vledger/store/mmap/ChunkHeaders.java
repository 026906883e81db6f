package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vledger.api.store.StoreException;
import io.vledger.store.common.UnitBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Headers of the chunks of queues: 32 bytes before the units of each. */
final class ChunkHeaders {
    static final int BYTES = 32;
    /** Bounds a chunk, so that verifying it at its first use is cheap. */
    static final int UNITS_MAX = 4096;

    static final int CHECKED_FROM = 8;
    private static final int MAGIC = 0x564C5131; // "VLQ1"
    private static final int WINDOW_BYTES = 256 << 10;

    private ChunkHeaders() {}

    /** Sees each chunk of a file. */
    @FunctionalInterface
    interface Visitor {
        /** A chunk that is whole; parameters as of {@link ChunkPlace}. */
        void chunk(long queueKey, long queueOffset, int count, long filePosition) throws StoreException;
    }

    /** Seals a chunk whose units are in place behind {@code at}. */
    static void seal(ByteBuf buffer, int at, long queueKey, long queueOffset, int count) {
        buffer.setInt(at, MAGIC);
        buffer.setLong(at + 8, queueKey);
        buffer.setLong(at + 16, queueOffset);
        buffer.setInt(at + 24, count);
        buffer.setInt(at + 28, Blocks.crc(buffer, at + BYTES, count * UnitBuffer.UNIT_BYTES));
        buffer.setInt(at + 4, Blocks.crc(buffer, at + CHECKED_FROM, BYTES - CHECKED_FROM));
    }

    /** Whether header and units are intact, and those of a place. */
    static boolean intact(ByteBuf bytes, ChunkPlace chunk) {
        return bytes.getInt(0) == MAGIC
                && bytes.getInt(4) == Blocks.crc(bytes, CHECKED_FROM, BYTES - CHECKED_FROM)
                && bytes.getLong(8) == chunk.queueKey()
                && bytes.getLong(16) == chunk.queueOffset()
                && bytes.getInt(28) == Blocks.crc(bytes, BYTES, chunk.bytes());
    }

    /**
     * Steps from header to header. A start does this for each chunk of the newest segment, with code that is not compiled yet: it is kept
     * short.
     *
     * @param length where the chunks end
     * @param name of the file, for errors
     */
    static void scan(IndexFiles.IndexFile file, long length, String name, Visitor visitor) throws IOException {
        ByteBuf window = ByteBufAllocator.DEFAULT.directBuffer(WINDOW_BYTES);
        try {
            CRC32C crc = new CRC32C();
            ByteBuffer view = window.internalNioBuffer(0, WINDOW_BYTES).duplicate();
            int base = view.position();
            long windowStart = 0;
            long at = 0;
            while (at < length) {
                if (at + BYTES > windowStart + window.writerIndex()) {
                    window.clear();
                    windowStart = at;
                    file.file.read(at, (int) Math.min(WINDOW_BYTES, length - at), window);
                }
                int header = base + (int) (at - windowStart);
                boolean whole = base + window.writerIndex() - header >= BYTES && view.getInt(header) == MAGIC;
                if (whole) {
                    crc.reset();
                    view.limit(header + BYTES).position(header + CHECKED_FROM);
                    crc.update(view);
                    view.clear();
                }
                if (!whole || view.getInt(header + 4) != (int) crc.getValue()) {
                    throw damaged(name, at, "the header of a chunk is not intact");
                }
                int count = view.getInt(header + 24);
                if (count <= 0 || count > UNITS_MAX || (long) count * UnitBuffer.UNIT_BYTES > length - at - BYTES) {
                    throw damaged(name, at, "a chunk of " + count + " units does not fit");
                }
                visitor.chunk(view.getLong(header + 8), view.getLong(header + 16), count, at);
                at += BYTES + (long) count * UnitBuffer.UNIT_BYTES;
            }
        } finally {
            window.release();
        }
    }

    static StoreException damaged(String name, long at, String what) {
        return new StoreException.Damaged(
                name + ": " + what + ", at byte " + at + "; the index must be rebuilt from the log");
    }
}
