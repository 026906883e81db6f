package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.disk.Disk;
import io.vledger.api.store.HardState;
import io.vledger.api.store.HardState.Cause;
import io.vledger.api.store.HardState.Start;
import io.vledger.api.store.HardStateStore;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The hard state in the {@link DoubleWriteFile} {@value #FILE}. Lane only. */
final class MmapHardStateStore implements HardStateStore {
    static final String FILE = "hardstate";

    /** A cause is stored as its place here: append only. */
    private static final List<Cause> CAUSES = List.of(Cause.FRESH, Cause.CACHE_LOST, Cause.DAMAGED, Cause.OUTDATED);

    /** Without starts; still read. */
    private static final int FORMAT_WITHOUT_STARTS = 1;

    private static final int FORMAT = 2;

    private static final int TEXT_BYTES_MAX = 1024;

    private final DoubleWriteFile file;

    MmapHardStateStore(Disk disk) {
        this.file = new DoubleWriteFile(disk, FILE);
    }

    @Override
    public Optional<HardState> load() throws StoreException {
        Optional<ByteBuf> content = file.load();
        if (content.isEmpty()) {
            return Optional.empty();
        }
        ByteBuf from = content.get();
        int format = from.readInt();
        if (format != FORMAT && format != FORMAT_WITHOUT_STARTS) {
            throw new StoreException.Foreign(FILE + " has format " + format + ", this version knows up to " + FORMAT
                    + "; use the version that wrote it");
        }
        long term = from.readLong();
        long incarnation = from.readLong();
        long commit = from.readLong();
        boolean admitted = from.readByte() != 0;
        int cause = from.readUnsignedByte();
        if (cause >= CAUSES.size()) {
            throw new StoreException.Damaged(FILE + ": there is no cause with number " + cause);
        }
        String vote = text(from);
        String bootId = text(from);
        Start start = format == FORMAT ? start(from) : Start.UNKNOWN;
        Map<String, Start> peers = new TreeMap<>();
        for (int left = format == FORMAT ? from.readUnsignedByte() : 0; left > 0; left--) {
            peers.put(text(from), start(from));
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
        file.save(content);
    }

    private static void start(ByteBuf to, Start start) {
        to.writeLong(start.incarnation()).writeLong(start.count()).writeLong(start.run());
        text(to, start.mark());
    }

    private static Start start(ByteBuf from) {
        return new Start(from.readLong(), from.readLong(), from.readLong(), text(from));
    }

    private static void text(ByteBuf to, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > TEXT_BYTES_MAX) {
            throw new IllegalArgumentException("a text of " + bytes.length + " bytes, at most " + TEXT_BYTES_MAX);
        }
        to.writeShort(bytes.length).writeBytes(bytes);
    }

    private static String text(ByteBuf from) {
        return from.readCharSequence(from.readUnsignedShort(), StandardCharsets.UTF_8)
                .toString();
    }

    void close() throws IOException {
        file.close();
    }
}
