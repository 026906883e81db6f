package io.vledger.importer.manifest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.importer.format.ConsumeQueueFiles;
import io.vledger.importer.format.MessageQueues;
import io.vledger.importer.format.TagsCodes;
import io.vledger.importer.inspect.QueueId;
import io.vledger.protocol.message.MessageView;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads single messages of an old log by position, and believes no claim about them. One thread. */
public final class OriginMessages implements AutoCloseable {
    private static final int HEAD_BYTES = 8;
    private static final int MAX_BYTES = 64 << 20;

    private final NavigableMap<Long, LogFile> files = new TreeMap<>();
    private final MessageView view = new MessageView();
    private final ByteBuf bytes = PooledByteBufAllocator.DEFAULT.buffer(4096);
    private @Nullable FileChannel channel;
    private long openAt = -1;

    /** Of these files. */
    public OriginMessages(List<LogFile> log) {
        log.forEach(file -> files.put(file.position(), file));
    }

    /** Whether a message lies there whole and says that it is the one of this queue. */
    boolean isThere(long position, int size, QueueId queue, long queueOffset) throws IOException {
        return of(queue, queueOffset, at(position, size)) != null;
    }

    /** Whether a unit is that of the message with this queue offset. */
    boolean isThere(ConsumeQueueFiles.Unit unit, QueueId queue, long queueOffset, TagsCodes tagsCodes)
            throws IOException {
        MessageView message = of(queue, queueOffset, unit.size() > 0 ? at(unit.position(), unit.size()) : null);
        return message != null && tagsCodes.match(message, unit.tagsCode());
    }

    private static @Nullable MessageView of(QueueId queue, long queueOffset, @Nullable MessageView message) {
        boolean right = message != null && MessageQueues.holds(message, queue.topic(), queue.queue(), queueOffset);
        return right ? message : null;
    }

    /** When the first message in a file was stored, milliseconds since the epoch; -1 if there is none at its beginning. */
    public long firstStoredMs(LogFile file) throws IOException {
        return storedMs(file.position() + file.framing().headerBytes());
    }

    /** When the message at a position was stored, milliseconds since the epoch; -1 if there is none. */
    long storedMs(long position) throws IOException {
        MessageView message = at(position, 0);
        return message == null ? -1 : message.storeTimestamp();
    }

    /** @param size its length; 0 if it is not known */
    private @Nullable MessageView at(long position, int size) throws IOException {
        Map.Entry<Long, LogFile> entry = files.floorEntry(position);
        LogFile file = entry == null ? null : entry.getValue();
        if (file == null || position + HEAD_BYTES > file.end()) {
            return null;
        }
        int length = size;
        if (size == 0) {
            read(file, position, HEAD_BYTES);
            length = bytes.getInt(0);
        }
        if (length < MessageView.FIXED_BYTES || length > MAX_BYTES || position + length > file.end()) {
            return null;
        }
        read(file, position, length);
        return view.wrap(bytes, 0, length) == null && view.totalSize() == length && view.physicalOffset() == position
                ? view
                : null;
    }

    private void read(LogFile file, long position, int length) throws IOException {
        FileChannel open = channel;
        if (open == null || openAt != file.position()) {
            closeFile();
            open = FileChannel.open(file.path(), StandardOpenOption.READ);
            channel = open;
            openAt = file.position();
        }
        bytes.clear().ensureWritable(length);
        while (bytes.writerIndex() < length) {
            long at = position - file.position() + bytes.writerIndex();
            if (bytes.writeBytes(open, at, length - bytes.writerIndex()) < 0) {
                throw new IOException(file.path() + " became shorter while it was read; is a broker running on it?");
            }
        }
    }

    private void closeFile() throws IOException {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            open.close();
        }
    }

    @Override
    public void close() throws IOException {
        bytes.release();
        closeFile();
    }
}
