package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.disk.DiskFile;
import io.vledger.api.store.DerivedIndex;
import io.vledger.api.store.StoreException;
import io.vledger.store.common.UnitBuffer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;

/** Damaged chunks of one segment's queues, being rebuilt in place: the same bytes, from the messages in the log. */
final class ChunkRebuild implements DerivedIndex.Rebuild {
    private final IndexFiles files;
    private final DiskFile file;
    private final long segment;
    private final String name;
    private final Map<Long, List<Chunk>> byQueue = new HashMap<>();
    /** By queue, where the units go whose queue offsets the log does not say. */
    private final Map<Long, Long> nextOffsets = new HashMap<>();

    private final LongUnaryOperator firstOffset;
    private final Consumer<Boolean> ended;

    /** One of them. */
    private static final class Chunk {
        private final ChunkPlace place;
        private final ByteBuf bytes;
        private final BitSet received;

        Chunk(ChunkPlace place) {
            this.place = place;
            this.bytes = Unpooled.directBuffer(ChunkHeaders.BYTES + place.bytes())
                    .writeZero(ChunkHeaders.BYTES + place.bytes());
            this.received = new BitSet(place.count());
        }
    }

    /**
     * A rebuild that has received nothing.
     *
     * @param firstOffset gives the queue offset of a queue's first unit in this segment
     * @param ended called on the loop when it is over, with whether it was written
     */
    ChunkRebuild(
            IndexFiles files,
            IndexFiles.IndexFile file,
            Collection<ChunkPlace> places,
            LongUnaryOperator firstOffset,
            Consumer<Boolean> ended) {
        this.firstOffset = firstOffset;
        this.files = files;
        this.file = file.file;
        this.segment = file.segment;
        this.name = files.nameOf(segment);
        this.ended = ended;
        for (ChunkPlace place : places) {
            byQueue.computeIfAbsent(place.queueKey(), key -> new ArrayList<>()).add(new Chunk(place));
        }
    }

    @Override
    public void unit(long queueKey, long queueOffset, long position, int size, long tagsCode) {
        for (Chunk chunk : byQueue.getOrDefault(queueKey, List.of())) {
            long unit = queueOffset - chunk.place.queueOffset();
            if (unit >= 0 && unit < chunk.place.count()) {
                int at = ChunkHeaders.BYTES + (int) unit * UnitBuffer.UNIT_BYTES;
                chunk.bytes.setLong(at, position).setInt(at + 8, size).setLong(at + 12, tagsCode);
                chunk.received.set((int) unit);
            }
        }
    }

    @Override
    public void next(long queueKey, long position, int size, long tagsCode) {
        if (byQueue.containsKey(queueKey)) {
            long queueOffset = nextOffsets.computeIfAbsent(queueKey, firstOffset::applyAsLong);
            nextOffsets.put(queueKey, queueOffset + 1);
            unit(queueKey, queueOffset, position, size, tagsCode);
        }
    }

    @Override
    public void key(long keyHash, long position, long storeTimestamp) {
        // Keys are another index's.
    }

    @Override
    public void write() throws StoreException {
        try {
            for (List<Chunk> chunks : byQueue.values()) {
                for (Chunk chunk : chunks) {
                    ChunkPlace place = chunk.place;
                    if (chunk.received.cardinality() < place.count()) {
                        files.forget(segment);
                        throw new StoreException.Damaged(name + ": the log has " + chunk.received.cardinality()
                                + " of the " + place.count() + " units of a chunk, at byte " + place.filePosition());
                    }
                    ChunkHeaders.seal(chunk.bytes, 0, place.queueKey(), place.queueOffset(), place.count());
                    file.write(place.filePosition(), chunk.bytes);
                }
            }
            file.sync();
        } catch (IOException e) {
            StoreException failure = Failures.of("rebuilding units", name, e);
            if (!(failure instanceof StoreException.DiskFull) && !(failure instanceof StoreException.Damaged)) {
                // The device may not even take it: the next start makes another file.
                files.forget(segment);
            }
            throw failure;
        }
    }

    @Override
    public void end(boolean written) {
        byQueue.values().forEach(chunks -> chunks.forEach(chunk -> chunk.bytes.release()));
        byQueue.clear();
        ended.accept(written);
    }
}
