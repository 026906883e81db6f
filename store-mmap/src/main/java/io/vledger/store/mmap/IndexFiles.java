package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.disk.Disk;
import io.vledger.api.disk.DiskFile;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The files of a derived index, one for each log segment, so that retention drops whole files. Belongs to the loop: a flush
 * works on a {@link FlushFiles}, which nothing else touches meanwhile, and which the loop adopts when it is done.
 */
final class IndexFiles {
    /** Ends the name of a file that says what is in the one of a segment that gets no more; see {@link QueueDirectory}. */
    static final String DIRECTORY_SUFFIX = ".dir";

    /** One file. Its length is moved by the loop only, when it adopts a flush. */
    static final class IndexFile {
        final long segment;
        final DiskFile file;
        long length;
        /** Whether one is to be written that says what is in it, once it gets no more. Lane only, but while the index is opened. */
        boolean wantsDirectory = true;

        IndexFile(long segment, DiskFile file, long length) {
            this.segment = segment;
            this.file = file;
            this.length = length;
        }
    }

    private final Disk disk;
    private final String directory;
    private final LogStore log;
    private final NavigableMap<Long, IndexFile> files = new TreeMap<>();
    /** Dropped, but the mark of the last flush still names them. */
    private final List<IndexFile> dropped = new ArrayList<>();
    /** Dropped, and not in the mark of the last flush either, which is durable by the time of the next. */
    private final List<IndexFile> deletable = new ArrayList<>();

    /** @param log what the index is of */
    IndexFiles(Disk disk, String directory, LogStore log) {
        this.disk = disk;
        this.log = log;
        this.directory = directory;
    }

    String nameOf(long segment) {
        return directory + "/" + Blocks.fileOf(segment);
    }

    /** The files, by segment. */
    NavigableMap<Long, IndexFile> all() {
        return files;
    }

    /** Forgets the files of segments before a position; they are deleted by the flush after the next. */
    void dropBefore(long position) {
        Map<Long, IndexFile> head = files.headMap(position, false);
        dropped.addAll(head.values());
        head.clear();
    }

    /** Removes what says what is in a file, durably: it does not say what is there. While the index is opened. */
    void forgetDirectory(IndexFile file) throws IOException {
        file.wantsDirectory = true;
        String name = nameOf(file.segment) + DIRECTORY_SUFFIX;
        if (disk.exists(name)) {
            disk.delete(name);
            disk.syncDirectory(directory);
        }
    }

    /**
     * Makes the next opening miss a file, so that the index is rebuilt then: what is in it cannot be put right. Open handles stay usable. Lane only.
     */
    void forget(long segment) throws StoreException {
        String name = nameOf(segment);
        try {
            disk.delete(name + DIRECTORY_SUFFIX);
            disk.delete(name);
            disk.syncDirectory(directory);
        } catch (IOException e) {
            throw Failures.of("removing it, so that the next start rebuilds it", name, e);
        }
    }

    /** Begins a flush. */
    FlushFiles begin() {
        FlushFiles flush = new FlushFiles(new TreeMap<>(files), List.copyOf(dropped), List.copyOf(deletable));
        dropped.clear();
        deletable.clear();
        return flush;
    }

    /** Takes over what a flush wrote; {@code droppedBefore} is a position below which everything was dropped meanwhile. */
    void adopt(FlushFiles flush, long droppedBefore) {
        deletable.addAll(flush.dropped);
        for (Map.Entry<Long, Long> entry : flush.lengths.entrySet()) {
            IndexFile file = flush.opened.get(entry.getKey());
            if (file == null) {
                file = files.get(entry.getKey());
            }
            if (file == null) {
                continue;
            }
            file.length = entry.getValue();
            if (file.segment < droppedBefore) {
                if (flush.opened.containsKey(file.segment)) {
                    dropped.add(file);
                }
            } else {
                files.put(file.segment, file);
            }
        }
    }

    /** Takes back what a failed flush was to forget or delete. */
    void abandon(FlushFiles flush) {
        dropped.addAll(flush.dropped);
        deletable.addAll(flush.deletable);
    }

    /** Makes the files what a list of segments and lengths says; others are deleted. */
    void restore(NavigableMap<Long, Long> lengths) throws StoreException {
        String name = directory;
        try {
            close();
            for (String found : disk.list(directory)) {
                name = directory + "/" + found;
                String file = found.endsWith(DIRECTORY_SUFFIX)
                        ? found.substring(0, found.length() - DIRECTORY_SUFFIX.length())
                        : found;
                if (!Blocks.isPosition(file)
                        || !lengths.containsKey(Long.parseLong(file))
                        || !disk.exists(directory + "/" + file)) {
                    disk.delete(name);
                }
            }
            for (Map.Entry<Long, Long> entry : lengths.entrySet()) {
                name = nameOf(entry.getKey());
                if (!disk.exists(name)) {
                    if (entry.getKey() >= log.base().position() && entry.getValue() > 0) {
                        throw new StoreException.Damaged(name + ": is missing; the index must be rebuilt from the log");
                    }
                    // The mark is an old one: retention has removed the segment since, and the file with it.
                    continue;
                }
                DiskFile file = disk.open(name, 0);
                files.put(entry.getKey(), new IndexFile(entry.getKey(), file, entry.getValue()));
                if (file.length() < entry.getValue()) {
                    throw new StoreException.Damaged(name + ": has " + file.length() + " bytes, the checkpoint says "
                            + entry.getValue() + "; the index must be rebuilt from the log");
                }
                file.resize(entry.getValue());
            }
        } catch (IOException e) {
            throw Failures.of("going back to a checkpoint", name, e);
        }
    }

    void close() throws IOException {
        for (IndexFile file : files.values()) {
            file.file.close();
        }
        for (IndexFile file : dropped) {
            file.file.close();
        }
        for (IndexFile file : deletable) {
            file.file.close();
        }
        files.clear();
        dropped.clear();
        deletable.clear();
    }

    /** Writes what says what is in a file. */
    @FunctionalInterface
    interface DirectoryWriter {
        /** Of a file that has such a length. */
        void write(IndexFile file, long length) throws IOException;
    }

    /** What one flush may touch: existing files at their lengths, new files, and files to delete. Lane only while it runs. */
    final class FlushFiles {
        private final NavigableMap<Long, IndexFile> existing;
        private final List<IndexFile> dropped;
        private final List<IndexFile> deletable;
        private final NavigableMap<Long, IndexFile> opened = new TreeMap<>();
        private final NavigableMap<Long, Long> lengths = new TreeMap<>();

        private FlushFiles(NavigableMap<Long, IndexFile> existing, List<IndexFile> dropped, List<IndexFile> deletable) {
            this.existing = existing;
            this.dropped = dropped;
            this.deletable = deletable;
            existing.forEach((segment, file) -> lengths.put(segment, file.length));
        }

        /** Segments and lengths, with what was written. */
        NavigableMap<Long, Long> lengths() {
            return lengths;
        }

        /** Where the next bytes for a segment go. */
        long end(long segment) {
            return lengths.getOrDefault(segment, 0L);
        }

        void append(long segment, ByteBuf bytes) throws IOException {
            IndexFile file = existing.get(segment);
            if (file == null) {
                file = opened.get(segment);
            }
            if (file == null) {
                file = new IndexFile(segment, disk.open(nameOf(segment), 0), 0);
                opened.put(segment, file);
            }
            if (!file.wantsDirectory) {
                forgetDirectory(file);
            }
            long at = end(segment);
            file.file.write(at, bytes);
            lengths.put(segment, at + bytes.readableBytes());
        }

        /** Makes everything durable, and deletes what was dropped. */
        void finish() throws IOException {
            for (Map.Entry<Long, Long> entry : lengths.entrySet()) {
                IndexFile file = opened.get(entry.getKey());
                if (file == null) {
                    file = existing.get(entry.getKey());
                    if (file == null || file.length == entry.getValue()) {
                        continue;
                    }
                }
                file.file.sync();
            }
            for (IndexFile file : deletable) {
                file.file.close();
                disk.delete(nameOf(file.segment) + DIRECTORY_SUFFIX);
                disk.delete(nameOf(file.segment));
            }
            if (!opened.isEmpty() || !deletable.isEmpty()) {
                disk.syncDirectory(directory);
            }
        }

        /** Visits files that are not the last, so get no more, and whose directory has not been written. */
        void closed(DirectoryWriter writer) throws IOException {
            for (Map.Entry<Long, Long> entry : lengths.entrySet()) {
                IndexFile file = opened.get(entry.getKey());
                if (file == null) {
                    file = existing.get(entry.getKey());
                }
                boolean last = entry.getKey().equals(lengths.lastKey());
                if (file != null && file.wantsDirectory && entry.getValue() > 0 && !last) {
                    writer.write(file, entry.getValue());
                }
            }
        }

        /** After a failure: gives back the room that was taken; the next flush begins again. */
        void abandon() throws IOException {
            for (IndexFile file : opened.values()) {
                file.file.close();
                disk.delete(nameOf(file.segment));
            }
            opened.clear();
            for (IndexFile file : existing.values()) {
                if (file.file.length() > file.length) {
                    file.file.resize(file.length);
                }
            }
        }
    }

    /** Writes segments and lengths to a mark. */
    static void encode(NavigableMap<Long, Long> lengths, ByteBuf mark) {
        mark.writeInt(lengths.size());
        lengths.forEach((segment, length) -> mark.writeLong(segment).writeLong(length));
    }

    /** Reads what {@link #encode} wrote. */
    static NavigableMap<Long, Long> decode(ByteBuf mark) throws StoreException {
        NavigableMap<Long, Long> lengths = new TreeMap<>();
        int count = mark.readInt();
        if (count < 0 || count > mark.readableBytes() / 16) {
            throw new StoreException.Damaged("the mark of an index is not whole: " + count + " files");
        }
        for (int i = 0; i < count; i++) {
            lengths.put(mark.readLong(), mark.readLong());
        }
        return lengths;
    }

    /** A mark's first bytes. */
    static ByteBuf newMark() {
        return Unpooled.buffer().writeInt(Manifest.FORMAT);
    }

    /** A mark to read, behind its first bytes. */
    static ByteBuf openMark(byte[] mark) throws StoreException {
        ByteBuf from = Unpooled.wrappedBuffer(mark);
        if (mark.length < 8 || from.readInt() != Manifest.FORMAT) {
            throw new StoreException.Damaged("the mark of an index is not one of this version");
        }
        return from;
    }

    /** A mark's bytes. */
    static byte[] bytes(ByteBuf mark) {
        byte[] bytes = new byte[mark.readableBytes()];
        mark.readBytes(bytes);
        return bytes;
    }
}
