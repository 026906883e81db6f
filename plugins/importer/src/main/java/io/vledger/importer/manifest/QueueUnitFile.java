package io.vledger.importer.manifest;

import io.vledger.importer.format.ConsumeQueueFiles;
import io.vledger.importer.format.DurableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Units of a queue that are rebuilt, in the format of a consume queue. The file is open only while it is written to. */
final class QueueUnitFile {
    private static final int UNIT_BYTES = ConsumeQueueFiles.UNIT_BYTES;
    private static final int BUFFERED_UNITS = 200;

    private final Path file;
    private final boolean fromSomewhere;
    private long from;
    private final long to;
    /** There may be a hundred thousand of these at once, most of them of short queues. */
    private final ByteBuffer buffer;

    private long next;

    /**
     * For a range of queue offsets.
     *
     * @param to exclusive
     * @param fromSomewhere whether it begins with the first unit of the range that comes, and has none if none comes
     */
    QueueUnitFile(Path file, long from, long to, boolean fromSomewhere) throws IOException {
        this.file = file;
        this.fromSomewhere = fromSomewhere;
        this.to = to;
        this.buffer = ByteBuffer.allocate((int) Math.max(1, Math.min(BUFFERED_UNITS, to - from)) * UNIT_BYTES);
        this.from = fromSomewhere ? to : from;
        this.next = this.from;
        Files.deleteIfExists(DurableFile.part(file));
    }

    /** Queue offset of its first unit. */
    long from() {
        return from;
    }

    /** Takes a unit if it is the next one; one that begins anew replaces what came before. */
    void take(long queueOffset, long position, int size, long tagsCode) throws IOException {
        if (fromSomewhere && from == to && queueOffset < to) {
            from = queueOffset;
            next = queueOffset;
        }
        if (queueOffset == from && next > from) {
            buffer.clear();
            Files.deleteIfExists(DurableFile.part(file));
            next = from;
        }
        if (queueOffset != next || queueOffset >= to) {
            return;
        }
        if (!buffer.hasRemaining()) {
            write(false);
        }
        buffer.putLong(position).putInt(size).putLong(tagsCode);
        next++;
    }

    private void write(boolean sync) throws IOException {
        try (FileChannel channel = FileChannel.open(
                DurableFile.part(file),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.APPEND)) {
            buffer.flip();
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            buffer.clear();
            if (sync) {
                channel.force(true);
            }
        }
    }

    /** Queue offset of the first unit that is missing; the end of the range if none is. */
    long next() {
        return next;
    }

    long to() {
        return to;
    }

    /** Makes it durable under its name. */
    void finish() throws IOException {
        write(true);
        DurableFile.finish(file);
    }
}
