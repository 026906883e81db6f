package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vledger.api.disk.Disk;
import io.vledger.api.disk.DiskFile;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Says of a segment's file that gets no more chunks which queues have chunks in it, and where, so that a start need not read the header of
 * each: {@code queues/<base>.dir}. What it says can be read off the file itself at any time, and is when it is missing, damaged, or of
 * another length of the file. Immutable.
 */
final class QueueDirectory {
    private static final int MAGIC = 0x564C4F31; // "VLO1"
    private static final int HEADER_BYTES = 64;
    private static final int CHECKED_FROM = 8;
    /** Queue key, first queue offset, place, units. */
    private static final int ENTRY_BYTES = 8 + 8 + 8 + 4;
    /** Of a table: file position and units of each chunk. */
    private static final int CHUNK_BYTES = 8 + 4;

    private static final int MAX_BYTES = 1 << 30;

    private final long[] keys;
    private final long[] firstOffsets;
    private final long[] places;
    private final int[] units;

    private QueueDirectory(int queues) {
        keys = new long[queues];
        firstOffsets = new long[queues];
        places = new long[queues];
        units = new int[queues];
    }

    int queues() {
        return keys.length;
    }

    /** Keys ascend. */
    long key(int queue) {
        return keys[queue];
    }

    long firstOffset(int queue) {
        return firstOffsets[queue];
    }

    /** Where the only chunk of a queue lies in the segment's file; or, less than 0, the complement of where its table lies in the directory. */
    long place(int queue) {
        return places[queue];
    }

    int units(int queue) {
        return units[queue];
    }

    /** Reads the headers of a whole file, and writes durably what they say. */
    static QueueDirectory write(Disk disk, IndexFiles.IndexFile file, long length, String name) throws IOException {
        Map<Long, ChunkTable> tables = new TreeMap<>();
        ChunkHeaders.scan(file, length, name, (key, queueOffset, count, at) -> {
            ChunkTable table = tables.computeIfAbsent(key, absent -> new ChunkTable(queueOffset));
            if (table.endOffset() != queueOffset) {
                throw ChunkHeaders.damaged(name, at, "queue " + key + " has a gap");
            }
            table.add(count, at);
        });
        List<ChunkTable> ordered = new ArrayList<>(tables.values());
        QueueDirectory directory = new QueueDirectory(ordered.size());
        ByteBuf content = ByteBufAllocator.DEFAULT.directBuffer();
        try {
            long tableAt = HEADER_BYTES + (long) ordered.size() * ENTRY_BYTES;
            content.writeZero(HEADER_BYTES);
            int queue = 0;
            for (Map.Entry<Long, ChunkTable> entry : tables.entrySet()) {
                ChunkTable table = entry.getValue();
                boolean single = table.chunks() == 1;
                directory.keys[queue] = entry.getKey();
                directory.firstOffsets[queue] = table.firstOffset();
                directory.places[queue] = single ? table.filePosition(0) : ~tableAt;
                directory.units[queue] = (int) (table.endOffset() - table.firstOffset());
                directory.encode(queue++, content);
                tableAt += single ? 0 : Integer.BYTES * 2 + (long) table.chunks() * CHUNK_BYTES;
            }
            content.setInt(0, MAGIC).setInt(8, Manifest.FORMAT).setInt(12, ordered.size());
            content.setLong(16, file.segment).setLong(24, length);
            content.setInt(32, Blocks.crc(content, HEADER_BYTES, ordered.size() * ENTRY_BYTES));
            content.setInt(4, Blocks.crc(content, CHECKED_FROM, HEADER_BYTES - CHECKED_FROM));
            ordered.stream().filter(table -> table.chunks() > 1).forEach(table -> encode(table, content));
            Blocks.replace(disk, name + IndexFiles.DIRECTORY_SUFFIX, content);
            return directory;
        } finally {
            content.release();
        }
    }

    private void encode(int queue, ByteBuf target) {
        target.writeLong(keys[queue]).writeLong(firstOffsets[queue]);
        target.writeLong(places[queue]).writeInt(units[queue]);
    }

    private static void encode(ChunkTable table, ByteBuf target) {
        int at = target.writerIndex();
        target.writeInt(table.chunks());
        for (int chunk = 0; chunk < table.chunks(); chunk++) {
            target.writeLong(table.filePosition(chunk)).writeInt(table.count(chunk));
        }
        target.writeInt(Blocks.crc(target, at, target.writerIndex() - at));
    }

    /** What was written of a file when it had this length; null if there is nothing of the kind that is intact. */
    static @Nullable QueueDirectory load(Disk disk, long segment, long length, String name) throws IOException {
        String own = name + IndexFiles.DIRECTORY_SUFFIX;
        if (!disk.exists(own)) {
            return null;
        }
        try (DiskFile file = disk.open(own, 0)) {
            ByteBuf bytes = ByteBufAllocator.DEFAULT.directBuffer(HEADER_BYTES);
            try {
                if (file.length() < HEADER_BYTES || file.length() > MAX_BYTES) {
                    return null;
                }
                file.read(0, HEADER_BYTES, bytes);
                int queues = bytes.getInt(12);
                if (bytes.getInt(0) != MAGIC
                        || bytes.getInt(4) != Blocks.crc(bytes, CHECKED_FROM, HEADER_BYTES - CHECKED_FROM)
                        || bytes.getInt(8) != Manifest.FORMAT
                        || bytes.getLong(16) != segment
                        || bytes.getLong(24) != length
                        || queues < 0
                        || queues > (file.length() - HEADER_BYTES) / ENTRY_BYTES) {
                    return null;
                }
                int crc = bytes.getInt(32);
                file.read(HEADER_BYTES, queues * ENTRY_BYTES, bytes.clear());
                return Blocks.crc(bytes, 0, queues * ENTRY_BYTES) == crc ? decode(queues, bytes) : null;
            } finally {
                bytes.release();
            }
        } catch (StoreException damaged) {
            throw damaged;
        } catch (IOException unreadable) {
            return null;
        }
    }

    private static QueueDirectory decode(int queues, ByteBuf from) {
        QueueDirectory directory = new QueueDirectory(queues);
        for (int queue = 0, at = 0; queue < queues; queue++, at += ENTRY_BYTES) {
            directory.keys[queue] = from.getLong(at);
            directory.firstOffsets[queue] = from.getLong(at + 8);
            directory.places[queue] = from.getLong(at + 16);
            directory.units[queue] = from.getInt(at + 24);
        }
        return directory;
    }

    /**
     * The chunks of a queue that has several in a segment's file: from its table, or if that is not there as it was from the headers.
     *
     * @param place see {@link #place}
     */
    static ChunkTable table(
            Disk disk, IndexFiles.IndexFile file, String name, long queueKey, long firstOffset, long place)
            throws IOException {
        ChunkTable table = readTable(disk, name, firstOffset, ~place);
        if (table != null) {
            return table;
        }
        ChunkTable scanned = new ChunkTable(firstOffset);
        ChunkHeaders.scan(file, file.length, name, (key, queueOffset, count, at) -> {
            if (key == queueKey && queueOffset == scanned.endOffset()) {
                scanned.add(count, at);
            }
        });
        return scanned;
    }

    private static @Nullable ChunkTable readTable(Disk disk, String name, long firstOffset, long at) {
        String own = name + IndexFiles.DIRECTORY_SUFFIX;
        ByteBuf bytes = ByteBufAllocator.DEFAULT.directBuffer(256);
        try {
            if (!disk.exists(own)) {
                return null;
            }
            try (DiskFile file = disk.open(own, 0)) {
                file.read(at, Integer.BYTES, bytes);
                int chunks = bytes.getInt(0);
                if (chunks <= 0 || chunks > (file.length() - at) / CHUNK_BYTES) {
                    return null;
                }
                int checked = Integer.BYTES + chunks * CHUNK_BYTES;
                file.read(at + Integer.BYTES, checked, bytes);
                if (bytes.getInt(checked) != Blocks.crc(bytes, 0, checked)) {
                    return null;
                }
                ChunkTable table = new ChunkTable(firstOffset);
                for (int chunk = 0; chunk < chunks; chunk++) {
                    int entry = Integer.BYTES + chunk * CHUNK_BYTES;
                    table.add(bytes.getInt(entry + 8), bytes.getLong(entry));
                }
                return table;
            }
        } catch (IOException unreadable) {
            return null;
        } finally {
            bytes.release();
        }
    }
}
