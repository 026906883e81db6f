package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.disk.DiskFile;
import io.vledger.api.store.DerivedIndex;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Damaged runs of one segment's keys, being rebuilt in place. The runs of a segment hold its keys in the order of the log, so a
 * number of keys before a run says which are its own; the checksum that is known of it says whether they are.
 */
final class RunRebuild implements DerivedIndex.Rebuild {
    private final IndexFiles files;
    private final DiskFile file;
    private final long segment;
    private final String name;
    private final List<Place> places;
    private final List<KeyBlock> blocks;
    private final Consumer<Boolean> ended;
    private long number;

    /**
     * A run.
     *
     * @param before keys of the segment before it
     * @param count of keys in it
     * @param filePosition where its header lies
     * @param crc checksum of its entries
     */
    record Place(long before, int count, long filePosition, int crc) {}

    /** @param ended called on the loop when it is over, with whether it was written */
    RunRebuild(IndexFiles files, IndexFiles.IndexFile file, List<Place> places, Consumer<Boolean> ended) {
        this.files = files;
        this.file = file.file;
        this.segment = file.segment;
        this.name = files.nameOf(segment);
        this.places = List.copyOf(places);
        this.blocks = places.stream().map(place -> new KeyBlock(segment)).toList();
        this.ended = ended;
    }

    @Override
    public void next(long queueKey, long position, int size, long tagsCode) {
        // Units are another index's.
    }

    @Override
    public void unit(long queueKey, long queueOffset, long position, int size, long tagsCode) {
        // Units are another index's.
    }

    @Override
    public void key(long keyHash, long position, long storeTimestamp) {
        for (int i = 0; i < places.size(); i++) {
            Place place = places.get(i);
            if (number >= place.before() && number < place.before() + place.count()) {
                blocks.get(i).add(keyHash, position, storeTimestamp);
            }
        }
        number++;
    }

    @Override
    public void write() throws StoreException {
        try {
            for (int i = 0; i < places.size(); i++) {
                write(places.get(i), blocks.get(i));
            }
            file.sync();
        } catch (IOException e) {
            StoreException failure = Failures.of("rebuilding keys", name, e);
            if (!(failure instanceof StoreException.DiskFull) && !(failure instanceof StoreException.Damaged)) {
                // The device may not even take it: the next start makes another file.
                files.forget(segment);
            }
            throw failure;
        }
    }

    private void write(Place place, KeyBlock block) throws IOException {
        ByteBuf run = Unpooled.directBuffer();
        try {
            if (MmapKeyIndex.encode(block, run) != place.crc() || block.count() != place.count()) {
                files.forget(segment);
                throw new StoreException.Damaged(
                        name + ": the log has not the keys of a run, at byte " + place.filePosition());
            }
            file.write(place.filePosition(), run);
        } finally {
            run.release();
        }
    }

    @Override
    public void end(boolean written) {
        ended.accept(written);
    }
}
