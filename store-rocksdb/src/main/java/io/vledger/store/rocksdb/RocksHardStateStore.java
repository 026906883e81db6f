package io.vledger.store.rocksdb;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.HardState;
import io.vledger.api.store.HardState.Cause;
import io.vledger.api.store.HardState.Start;
import io.vledger.api.store.HardStateStore;
import io.vledger.api.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The hard state under one key. Each save is a synced write. Lane only. */
final class RocksHardStateStore implements HardStateStore {
    /** A cause is stored as its place here: append only. */
    private static final List<Cause> CAUSES = List.of(Cause.FRESH, Cause.CACHE_LOST, Cause.DAMAGED, Cause.OUTDATED);

    /** Without starts; still read. */
    private static final int FORMAT_WITHOUT_STARTS = 1;

    private static final int FORMAT = 2;

    private static final int TEXT_BYTES_MAX = 1024;

    private final Database database;

    RocksHardStateStore(Database database) {
        this.database = database;
    }

    @Override
    public Optional<HardState> load() throws StoreException {
        byte[] bytes = database.get(Family.META, Keys.HARD_STATE);
        if (bytes == null) {
            return Optional.empty();
        }
        ByteBuf from = Unpooled.wrappedBuffer(bytes);
        int format = from.readInt();
        if (format != FORMAT && format != FORMAT_WITHOUT_STARTS) {
            throw new StoreException.Foreign(database.name() + ": the hard state has format " + format
                    + ", this version knows up to " + FORMAT + "; use the version that wrote it");
        }
        long term = from.readLong();
        long incarnation = from.readLong();
        long commit = from.readLong();
        boolean admitted = from.readByte() != 0;
        int cause = from.readUnsignedByte();
        if (cause >= CAUSES.size()) {
            throw new StoreException.Damaged(database.name() + ": the hard state has no cause with number " + cause);
        }
        String vote = Marker.text(from);
        String bootId = Marker.text(from);
        Start start = format == FORMAT ? start(from) : Start.UNKNOWN;
        Map<String, Start> peers = new TreeMap<>();
        for (int left = format == FORMAT ? from.readUnsignedByte() : 0; left > 0; left--) {
            peers.put(Marker.text(from), start(from));
        }
        return Optional.of(
                new HardState(term, vote, incarnation, admitted, CAUSES.get(cause), bootId, commit, start, peers));
    }

    @Override
    public void save(HardState state) throws StoreException {
        ByteBuf content = Unpooled.buffer();
        content.writeInt(FORMAT);
        content.writeLong(state.term()).writeLong(state.incarnation()).writeLong(state.commit());
        content.writeByte(state.admitted() ? 1 : 0).writeByte(CAUSES.indexOf(state.cause()));
        text(content, state.vote());
        text(content, state.bootId());
        start(content, state.start());
        content.writeByte(state.peers().size());
        state.peers().forEach((id, start) -> {
            text(content, id);
            start(content, start);
        });
        byte[] bytes = Marker.bytes(content);
        database.writeDurably(
                "saving term and vote", batch -> batch.put(database.family(Family.META), Keys.HARD_STATE, bytes));
    }

    private static void start(ByteBuf to, Start start) {
        to.writeLong(start.incarnation()).writeLong(start.count()).writeLong(start.run());
        text(to, start.mark());
    }

    private static Start start(ByteBuf from) {
        return new Start(from.readLong(), from.readLong(), from.readLong(), Marker.text(from));
    }

    private static void text(ByteBuf to, String text) {
        if (text.getBytes(StandardCharsets.UTF_8).length > TEXT_BYTES_MAX) {
            throw new IllegalArgumentException("a text of more than " + TEXT_BYTES_MAX + " bytes");
        }
        Marker.text(to, text);
    }
}
