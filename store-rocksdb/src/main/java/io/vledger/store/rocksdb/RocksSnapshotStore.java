package io.vledger.store.rocksdb;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.SnapshotStore;
import io.vledger.api.store.StoreException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32C;
import org.rocksdb.RocksIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Snapshots, one value each, complete or not there. Lane only, but for {@link #list}. */
final class RocksSnapshotStore implements SnapshotStore {
    private static final Logger LOG = LoggerFactory.getLogger(RocksSnapshotStore.class);
    private static final int HEADER_BYTES = 28;

    private final Database database;
    private final FreeSpace space;
    private volatile List<Snapshot> snapshots;

    private RocksSnapshotStore(Database database, FreeSpace space, List<Snapshot> snapshots) {
        this.database = database;
        this.space = space;
        this.snapshots = snapshots;
    }

    static RocksSnapshotStore open(Database database, FreeSpace space) throws StoreException {
        List<Snapshot> found = database.read("reading snapshots", db -> {
            List<Snapshot> intact = new ArrayList<>();
            try (RocksIterator each = db.newIterator(database.family(Family.SNAPSHOTS), database.reads())) {
                for (each.seekToFirst(); each.isValid(); each.next()) {
                    byte[] value = each.value();
                    if (isIntact(value)) {
                        ByteBuf from = Unpooled.wrappedBuffer(value);
                        intact.add(new Snapshot(from.readLong(), from.readLong(), from.readLong()));
                    } else {
                        LOG.warn(
                                "{}: a snapshot is not intact; ignored, an older one or a peer's is used",
                                database.name());
                    }
                }
                each.status();
            }
            return intact;
        });
        return new RocksSnapshotStore(database, space, List.copyOf(found));
    }

    private static boolean isIntact(byte[] value) {
        return value.length >= HEADER_BYTES && Unpooled.wrappedBuffer(value).getInt(HEADER_BYTES - 4) == crc(value);
    }

    /** Of everything but the checksum itself. */
    private static int crc(byte[] value) {
        CRC32C crc = new CRC32C();
        crc.update(value, 0, HEADER_BYTES - 4);
        crc.update(value, HEADER_BYTES, value.length - HEADER_BYTES);
        return (int) crc.getValue();
    }

    @Override
    public void save(Snapshot snapshot, ByteBuf data) throws StoreException {
        space.need(data.readableBytes(), "saving a snapshot");
        byte[] value = new byte[HEADER_BYTES + data.readableBytes()];
        ByteBuf header = Unpooled.wrappedBuffer(value);
        header.setLong(0, snapshot.index()).setLong(8, snapshot.term()).setLong(16, snapshot.position());
        data.getBytes(data.readerIndex(), value, HEADER_BYTES, data.readableBytes());
        header.setInt(HEADER_BYTES - 4, crc(value));
        database.writeDurably(
                "saving the snapshot of index " + snapshot.index(),
                batch -> batch.put(database.family(Family.SNAPSHOTS), Keys.of(snapshot.index()), value));
        database.checkpoint();
        List<Snapshot> changed = without(snapshot);
        changed.add(snapshot);
        changed.sort(Comparator.comparingLong(Snapshot::index));
        snapshots = List.copyOf(changed);
    }

    private List<Snapshot> without(Snapshot snapshot) {
        List<Snapshot> changed = new ArrayList<>(snapshots);
        changed.removeIf(other -> other.index() == snapshot.index());
        return changed;
    }

    @Override
    public List<Snapshot> list() {
        return snapshots;
    }

    @Override
    public ByteBuf load(Snapshot snapshot) throws StoreException {
        byte[] value;
        try {
            value = database.get(Family.SNAPSHOTS, Keys.of(snapshot.index()));
        } catch (StoreException.Damaged e) {
            snapshots = List.copyOf(without(snapshot));
            throw e;
        }
        if (value == null || !isIntact(value)) {
            snapshots = List.copyOf(without(snapshot));
            throw new StoreException.Damaged(
                    database.name() + ": the snapshot of index " + snapshot.index() + " is missing or not intact");
        }
        return Unpooled.wrappedBuffer(value, HEADER_BYTES, value.length - HEADER_BYTES);
    }

    @Override
    public void delete(Snapshot snapshot) throws StoreException {
        snapshots = List.copyOf(without(snapshot));
        database.writeDurably(
                "deleting the snapshot of index " + snapshot.index(),
                batch -> batch.delete(database.family(Family.SNAPSHOTS), Keys.of(snapshot.index())));
    }
}
