package io.vledger.importer.format;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;

/**
 * Reads one file front to back through a buffer that is filled ahead, large enough for the longest record. Sequential reading
 * with {@code read} asks the disk for whole extents and leaves no map behind that only a collection would undo.
 */
final class FileWindow implements AutoCloseable {
    private static final int AHEAD_BYTES = 4 << 20;

    private final SegmentFiles.SegmentFile file;
    private final FileChannel channel;
    private final ByteBuf buffer;
    /** Place in the file of the buffer's first byte. */
    private long start;

    FileWindow(SegmentFiles.SegmentFile file) throws OriginFileException {
        this.file = file;
        this.buffer = PooledByteBufAllocator.DEFAULT.directBuffer(
                (int) Math.min(AHEAD_BYTES, file.length()), SegmentWalk.MAX_RECORD_BYTES);
        try {
            this.channel = FileChannel.open(file.path(), StandardOpenOption.READ);
        } catch (IOException e) {
            buffer.release();
            throw new OriginFileException(file.path(), "cannot be opened: " + e.getMessage(), e);
        }
    }

    /**
     * Makes bytes of the file readable from the buffer's reader index on.
     *
     * @param at place in the file, not before that of an earlier call
     * @param length how many bytes are needed; within the file and a record's bound
     * @return the buffer, valid until the next call
     */
    ByteBuf at(long at, int length) throws OriginFileException {
        long have = start + buffer.writerIndex();
        if (at + length > have) {
            refill(at, length);
        }
        return buffer.readerIndex((int) (at - start));
    }

    private void refill(long at, int length) throws OriginFileException {
        long have = start + buffer.writerIndex();
        if (at < have) {
            buffer.readerIndex((int) (at - start)).discardReadBytes();
        } else {
            buffer.clear();
        }
        start = at;
        long wanted = Math.min(Math.max(length, AHEAD_BYTES), file.length() - at);
        buffer.ensureWritable((int) wanted - buffer.writerIndex());
        try {
            while (buffer.writerIndex() < wanted) {
                int read =
                        buffer.writeBytes(channel, start + buffer.writerIndex(), (int) wanted - buffer.writerIndex());
                if (read < 0) {
                    throw new OriginFileException(
                            file.path(), "became shorter while it was read; is a broker running on it?");
                }
            }
        } catch (IOException e) {
            throw new OriginFileException(file.path(), "cannot be read at " + at + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() throws OriginFileException {
        buffer.release();
        try {
            channel.close();
        } catch (IOException e) {
            throw new OriginFileException(file.path(), "cannot be closed: " + e.getMessage(), e);
        }
    }
}
