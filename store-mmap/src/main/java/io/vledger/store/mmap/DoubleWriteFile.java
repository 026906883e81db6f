package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.disk.Disk;
import io.vledger.api.disk.DiskFile;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A small record that is kept twice in one file, one copy overwritten and synced after the other. At every moment one copy is
 * whole; after a save both are the same, so that later damage to one is harmless and never brings an older record back.
 * Overwriting in place needs no room on most file systems, so it works on a full disk. Not for several threads at once.
 */
final class DoubleWriteFile implements AutoCloseable {
    /** Most bytes of a record. */
    static final int CONTENT_BYTES_MAX = 4096 - 24;

    private static final int MAGIC = 0x564C5431; // "VLT1"
    private static final int COPY_BYTES = 4096;
    private static final int HEADER_BYTES = 24;
    private static final int CHECKED_FROM = 8;

    private final Disk disk;
    private final String name;
    private @Nullable DiskFile file;
    private long sequence;
    /** What the second copy must be before the first is overwritten; null if it is. */
    private @Nullable ByteBuf secondInDoubt;

    DoubleWriteFile(Disk disk, String name) {
        this.disk = disk;
        this.name = name;
    }

    String name() {
        return name;
    }

    /**
     * The record saved last, in a heap buffer; empty if none ever was. Makes both copies equal again if they were not.
     *
     * @throws StoreException.Damaged if no copy is intact
     */
    Optional<ByteBuf> load() throws StoreException {
        try {
            if (!disk.exists(name)) {
                return Optional.empty();
            }
            // The process that made the file may have died before it synced the directory.
            disk.syncDirectory(Blocks.directory(name));
            DiskFile opened = opened();
            ByteBuf copies = Unpooled.buffer(2 * COPY_BYTES);
            if (opened.length() >= 2 * COPY_BYTES) {
                opened.read(0, 2 * COPY_BYTES, copies);
            } else {
                copies.writeZero(2 * COPY_BYTES);
            }
            long first = sequenceOf(copies, 0);
            long second = sequenceOf(copies, COPY_BYTES);
            if (first < 0 && second < 0) {
                throw new StoreException.Damaged(name + ": neither of its two copies is intact");
            }
            sequence = Math.max(first, second);
            int at = first >= second ? 0 : COPY_BYTES;
            ByteBuf newest = copies.slice(at, COPY_BYTES);
            if (first != second) {
                opened.write(COPY_BYTES - at, newest);
                opened.sync();
            }
            return Optional.of(newest.slice(HEADER_BYTES, newest.getInt(4 + 4 + 8)));
        } catch (IOException e) {
            throw Failures.of("reading it", name, e);
        }
    }

    private static long sequenceOf(ByteBuf copies, int at) {
        boolean intact = copies.getInt(at) == MAGIC
                && copies.getInt(at + 4) == Blocks.crc(copies, at + CHECKED_FROM, COPY_BYTES - CHECKED_FROM);
        int length = copies.getInt(at + 16);
        return intact && length >= 0 && length <= CONTENT_BYTES_MAX ? copies.getLong(at + 8) : -1;
    }

    /** Saves; durable on return. The record before stays readable until then. */
    void save(ByteBuf content) throws StoreException {
        int length = content.readableBytes();
        if (length > CONTENT_BYTES_MAX) {
            throw new IllegalArgumentException(name + ": " + length + " bytes, at most " + CONTENT_BYTES_MAX);
        }
        ByteBuf copy = Unpooled.buffer(COPY_BYTES);
        copy.writeInt(MAGIC)
                .writeInt(0)
                .writeLong(sequence + 1)
                .writeInt(length)
                .writeInt(0);
        copy.writeBytes(content, content.readerIndex(), length).writeZero(COPY_BYTES - copy.writerIndex());
        copy.setInt(4, Blocks.crc(copy, CHECKED_FROM, COPY_BYTES - CHECKED_FROM));
        try {
            if (disk.exists(name)) {
                overwrite(copy);
            } else {
                Blocks.replace(disk, name, Unpooled.wrappedBuffer(copy, copy.duplicate()));
                sequence++;
            }
        } catch (IOException e) {
            throw Failures.of("saving it", name, e);
        }
    }

    /**
     * One copy after the other. After a failure, which a full disk may cause on file systems that copy on write, the copy that was being
     * written is in doubt, whatever a later sync says: it is written again before the other one is touched.
     */
    private void overwrite(ByteBuf copy) throws IOException {
        DiskFile opened = opened();
        ByteBuf before = secondInDoubt;
        if (before != null) {
            opened.write(COPY_BYTES, before);
            opened.sync();
            secondInDoubt = null;
        }
        opened.write(0, copy);
        opened.sync();
        sequence++;
        secondInDoubt = copy;
        opened.write(COPY_BYTES, copy);
        opened.sync();
        secondInDoubt = null;
    }

    private DiskFile opened() throws IOException {
        DiskFile current = file;
        if (current == null) {
            current = disk.open(name, 0);
            file = current;
        }
        return current;
    }

    @Override
    public void close() throws IOException {
        DiskFile current = file;
        file = null;
        if (current != null) {
            current.close();
        }
    }
}
