package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.vledger.api.disk.Disk;
import io.vledger.api.disk.DiskFile;
import io.vledger.api.store.SnapshotStore;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Snapshots as one checksummed file each, complete or not there. Lane only, but for {@link #list}. */
final class MmapSnapshotStore implements SnapshotStore {
    /** What has to be durable before a snapshot may be: the log up to it. */
    @FunctionalInterface
    interface Checkpoint {
        void run() throws StoreException;
    }

    private static final Logger LOG = LoggerFactory.getLogger(MmapSnapshotStore.class);
    private static final String DIRECTORY = "snapshots";
    private static final String SUFFIX = ".snap";
    private static final int MAGIC = 0x564C5331; // "VLS1"
    private static final int HEADER_BYTES = 64;
    private static final int CHECKED_FROM = 8;
    private static final int CHUNK_BYTES = 1 << 20;

    private final Disk disk;
    private final Checkpoint before;
    private volatile List<Snapshot> snapshots = List.of();

    private MmapSnapshotStore(Disk disk, Checkpoint before) {
        this.disk = disk;
        this.before = before;
    }

    static MmapSnapshotStore open(Disk disk, Checkpoint before) throws StoreException {
        MmapSnapshotStore store = new MmapSnapshotStore(disk, before);
        try {
            // The process that saved the newest may have died before it synced the directory.
            disk.syncDirectory(DIRECTORY);
            List<String> names = new ArrayList<>();
            for (String name : disk.list(DIRECTORY)) {
                String path = DIRECTORY + "/" + name;
                if (name.endsWith(Blocks.UNFINISHED)) {
                    disk.delete(path);
                } else if (name.endsWith(SUFFIX)) {
                    names.add(path);
                }
            }
            // Names ascend. A group has one for each segment, so only the newest that is intact is read as a whole.
            List<Snapshot> found = new ArrayList<>();
            for (int i = names.size() - 1; i >= 0; i--) {
                store.read(names.get(i), found.isEmpty()).ifPresent(found::add);
            }
            found.sort(Comparator.comparingLong(Snapshot::index));
            store.snapshots = List.copyOf(found);
        } catch (IOException e) {
            throw Failures.of("reading them", DIRECTORY, e);
        }
        return store;
    }

    /** @param whole whether the data is verified now, and not only once it is loaded */
    private Optional<Snapshot> read(String path, boolean whole) throws IOException {
        try (DiskFile file = disk.open(path, 0)) {
            ByteBuf header = Unpooled.buffer(HEADER_BYTES);
            if (file.length() >= HEADER_BYTES) {
                file.read(0, HEADER_BYTES, header);
                Snapshot snapshot = new Snapshot(header.getLong(16), header.getLong(24), header.getLong(32));
                if (path.equals(nameOf(snapshot)) && (whole ? intact(file, header) : plausible(file, header))) {
                    return Optional.of(snapshot);
                }
            }
        }
        LOG.warn("{}: not intact; ignored, an older one or a peer's is used instead", path);
        return Optional.empty();
    }

    private static boolean intact(DiskFile file, ByteBuf header) throws IOException {
        ByteBuf data = data(file, header);
        if (data != null) {
            data.release();
        }
        return data != null;
    }

    /** Whether the header is intact, and the file as long as it says. */
    private static boolean plausible(DiskFile file, ByteBuf header) throws IOException {
        long length = header.getLong(40);
        return header.getInt(0) == MAGIC
                && header.getInt(4) == Blocks.crc(header, CHECKED_FROM, HEADER_BYTES - CHECKED_FROM)
                && header.getInt(8) == Manifest.FORMAT
                && length >= 0
                && length <= Integer.MAX_VALUE - HEADER_BYTES
                && length == file.length() - HEADER_BYTES;
    }

    /** The verified data; null if header or data are not intact. */
    private static @Nullable ByteBuf data(DiskFile file, ByteBuf header) throws IOException {
        if (!plausible(file, header)) {
            return null;
        }
        long length = header.getLong(40);
        ByteBuf data = ByteBufAllocator.DEFAULT.directBuffer(Math.max(1, (int) length));
        boolean intact = false;
        try {
            for (int at = 0; at < length; at += CHUNK_BYTES) {
                file.read(HEADER_BYTES + at, (int) Math.min(CHUNK_BYTES, length - at), data);
            }
            intact = Blocks.crc(data, 0, (int) length) == header.getInt(12);
            return intact ? data : null;
        } finally {
            if (!intact) {
                data.release();
            }
        }
    }

    private static String nameOf(Snapshot snapshot) {
        return DIRECTORY + "/" + Blocks.fileOf(snapshot.index()) + SUFFIX;
    }

    @Override
    public void save(Snapshot snapshot, ByteBuf data) throws StoreException {
        before.run();
        int length = data.readableBytes();
        ByteBuf header = Unpooled.directBuffer(HEADER_BYTES);
        String name = nameOf(snapshot);
        String unfinished = name + Blocks.UNFINISHED;
        try {
            header.writeInt(MAGIC).writeInt(0).writeInt(Manifest.FORMAT);
            header.writeInt(Blocks.crc(data, data.readerIndex(), length));
            header.writeLong(snapshot.index()).writeLong(snapshot.term()).writeLong(snapshot.position());
            header.writeLong(length).writeZero(HEADER_BYTES - header.writerIndex());
            header.setInt(4, Blocks.crc(header, CHECKED_FROM, HEADER_BYTES - CHECKED_FROM));
            try (DiskFile file = disk.open(unfinished, 0)) {
                file.resize(0);
                file.write(0, header);
                file.write(HEADER_BYTES, data);
                file.sync();
            }
            disk.rename(unfinished, name);
            disk.syncDirectory(DIRECTORY);
        } catch (IOException e) {
            remove(unfinished);
            throw Failures.of("saving the snapshot", name, e);
        } finally {
            header.release();
        }
        List<Snapshot> changed = new ArrayList<>(snapshots);
        changed.removeIf(other -> other.index() == snapshot.index());
        changed.add(snapshot);
        changed.sort(Comparator.comparingLong(Snapshot::index));
        snapshots = List.copyOf(changed);
    }

    private void remove(String unfinished) {
        try {
            disk.delete(unfinished);
        } catch (IOException e) {
            LOG.debug("{}: removed at the next start", unfinished, e);
        }
    }

    @Override
    public List<Snapshot> list() {
        return snapshots;
    }

    @Override
    public ByteBuf load(Snapshot snapshot) throws StoreException {
        String name = nameOf(snapshot);
        try {
            if (disk.exists(name)) {
                try (DiskFile file = disk.open(name, 0)) {
                    ByteBuf header = Unpooled.buffer(HEADER_BYTES);
                    file.read(0, (int) Math.min(HEADER_BYTES, file.length()), header);
                    ByteBuf data = header.readableBytes() < HEADER_BYTES ? null : data(file, header);
                    if (data != null) {
                        return data;
                    }
                }
            }
        } catch (IOException e) {
            throw Failures.of("reading the snapshot", name, e);
        }
        forget(snapshot);
        throw new StoreException.Damaged(name + ": the snapshot is missing or not intact");
    }

    private void forget(Snapshot snapshot) {
        List<Snapshot> changed = new ArrayList<>(snapshots);
        changed.removeIf(other -> other.index() == snapshot.index());
        snapshots = List.copyOf(changed);
    }

    @Override
    public void delete(Snapshot snapshot) throws StoreException {
        forget(snapshot);
        try {
            disk.delete(nameOf(snapshot));
            disk.syncDirectory(DIRECTORY);
        } catch (IOException e) {
            throw Failures.of("deleting the snapshot", nameOf(snapshot), e);
        }
    }
}
