package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.vledger.api.disk.Disk;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.TimeSpan;
import io.vledger.store.common.FoundPositions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Keys, in one file for each log segment: a checkpoint appends a run of entries sorted by hash. A search looks through memory,
 * then through the runs, newest first. Loop only, but for running a flush.
 */
final class MmapKeyIndex implements KeyIndex {
    static final String DIRECTORY = "keys";

    private static final int MAGIC = 0x564C4B31; // "VLK1"
    private static final int HEADER_BYTES = 32;
    private static final int CHECKED_FROM = 8;
    private static final int VERIFY_BYTES = 256 << 10;

    /** A run is large. Bits that rot meanwhile lead to another message or to none; callers compare the key. */
    private static final long REMEMBERED_NS = 600_000_000_000L;

    private final Addressing addressing;
    private final @Nullable LongSupplier nanos;
    private final IndexFiles files;
    private final ArrayList<Run> runs = new ArrayList<>();

    private List<KeyBlock> captured = List.of();
    private List<KeyBlock> live = new ArrayList<>();
    private Consumer<DamagedPart> damageListener = part -> {};
    private long droppedBefore;
    private @Nullable KeyFlush pending;
    private @Nullable StoreException broken;

    /** @param nanos clock by which a run that was verified need not be verified again for a while; null: always */
    MmapKeyIndex(Disk disk, LogStore log, @Nullable LongSupplier nanos) {
        this.addressing = log.addressing();
        this.nanos = nanos;
        this.files = new IndexFiles(disk, DIRECTORY, log);
    }

    /** A sorted run on disk. */
    private static final class Run {
        final long segment;
        final long filePosition;
        final int count;
        final int crc;
        final long minTimestamp;
        final long maxTimestamp;
        long verifiedNs;
        boolean damaged;

        Run(long segment, long filePosition, int count, int crc, long minTimestamp, long maxTimestamp) {
            this.segment = segment;
            this.filePosition = filePosition;
            this.count = count;
            this.crc = crc;
            this.minTimestamp = minTimestamp;
            this.maxTimestamp = maxTimestamp;
        }

        long entryAt(int entry) {
            return filePosition + HEADER_BYTES + (long) entry * KeyBlock.ENTRY_BYTES;
        }
    }

    @Override
    public void add(long keyHash, long position, long storeTimestamp) {
        long segment = addressing.segmentStart(position);
        int last = live.size() - 1;
        if (last < 0 || live.get(last).segment != segment) {
            live.add(new KeyBlock(segment));
            last++;
        }
        live.get(last).add(keyHash, position, storeTimestamp);
    }

    @Override
    public long[] find(long keyHash, TimeSpan stored, long before, int max) throws StoreException {
        adopt();
        FoundPositions found = new FoundPositions(before, max);
        findIn(live, keyHash, stored, found);
        findIn(captured, keyHash, stored, found);
        for (int i = runs.size() - 1; i >= 0 && !found.isFull(); i--) {
            Run run = runs.get(i);
            if (stored.overlaps(run.minTimestamp, run.maxTimestamp) && run.segment < before) {
                findIn(run, keyHash, found);
            }
        }
        return found.toArray();
    }

    private void findIn(List<KeyBlock> blocks, long keyHash, TimeSpan stored, FoundPositions found) {
        for (int b = blocks.size() - 1; b >= 0; b--) {
            KeyBlock block = blocks.get(b);
            if (block.segment >= droppedBefore && block.overlaps(stored)) {
                for (int i = block.count() - 1; i >= 0 && !found.isFull(); i--) {
                    if (block.hash(i) == keyHash && block.position(i) < found.before()) {
                        found.offer(block.position(i));
                    }
                }
            }
        }
    }

    private void findIn(Run run, long keyHash, FoundPositions found) throws StoreException {
        IndexFiles.IndexFile file = files.all().get(run.segment);
        if (file == null) {
            return;
        }
        ByteBuf entry = ByteBufAllocator.DEFAULT.heapBuffer(KeyBlock.ENTRY_BYTES);
        try {
            LongSupplier clock = nanos;
            long now = clock == null ? 0 : clock.getAsLong();
            if (run.verifiedNs == 0 || now == 0 || now - run.verifiedNs > REMEMBERED_NS) {
                verify(file, run);
                run.verifiedNs = now;
            }
            // Entries are in order of hash, then position: those that are wanted end here, the newest last.
            int low = 0;
            int high = run.count;
            while (low < high) {
                int middle = (low + high) >>> 1;
                readEntry(file, run, middle, entry);
                long hash = entry.getLong(0);
                if (hash < keyHash || (hash == keyHash && entry.getLong(8) < found.before())) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            for (int i = low - 1; i >= 0 && !found.isFull(); i--) {
                readEntry(file, run, i, entry);
                if (entry.getLong(0) != keyHash) {
                    break;
                }
                found.offer(entry.getLong(8));
            }
        } catch (IOException e) {
            StoreException failure = Failures.of("looking for a key", files.nameOf(run.segment), e);
            if (failure instanceof StoreException.Damaged) {
                run.damaged = true;
                run.verifiedNs = 0;
                damageListener.accept(new DamagedPart(run.segment, String.valueOf(failure.getMessage())));
            }
            throw failure;
        } finally {
            entry.release();
        }
    }

    private static void readEntry(IndexFiles.IndexFile file, Run run, int entry, ByteBuf target) throws IOException {
        target.clear();
        file.file.read(run.entryAt(entry), KeyBlock.ENTRY_BYTES, target);
    }

    private void verify(IndexFiles.IndexFile file, Run run) throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuf bytes = ByteBufAllocator.DEFAULT.directBuffer(VERIFY_BYTES);
        try {
            file.file.read(run.filePosition, HEADER_BYTES, bytes);
            boolean intact = bytes.getInt(0) == MAGIC
                    && bytes.getInt(4) == Blocks.crc(bytes, CHECKED_FROM, HEADER_BYTES - CHECKED_FROM);
            if (!intact) {
                throw damaged(run.segment, run.filePosition, "the header of a run is not intact");
            }
            long at = run.entryAt(0);
            long end = run.entryAt(run.count);
            while (at < end) {
                int count = (int) Math.min(VERIFY_BYTES, end - at);
                bytes.clear();
                file.file.read(at, count, bytes);
                crc.update(bytes.nioBuffer());
                at += count;
            }
        } finally {
            bytes.release();
        }
        if ((int) crc.getValue() != run.crc) {
            throw damaged(run.segment, run.filePosition, "the entries of a run are not intact");
        }
    }

    private StoreException damaged(long segment, long at, String what) {
        return new StoreException.Damaged(
                files.nameOf(segment) + ": " + what + ", at byte " + at + "; the index must be rebuilt from the log");
    }

    @Override
    public void onDamage(Consumer<DamagedPart> listener) {
        damageListener = listener;
    }

    @Override
    public @Nullable Rebuild rebuild(long segment) {
        IndexFiles.IndexFile file = files.all().get(segment);
        List<RunRebuild.Place> places = new ArrayList<>();
        long before = 0;
        for (Run run : runs) {
            if (run.segment == segment) {
                if (run.damaged) {
                    places.add(new RunRebuild.Place(before, run.count, run.filePosition, run.crc));
                }
                before += run.count;
            }
        }
        if (places.isEmpty() || file == null) {
            return null;
        }
        return new RunRebuild(files, file, places, written -> {
            for (Run run : runs) {
                if (written && run.segment == segment) {
                    run.damaged = false;
                    run.verifiedNs = 0;
                }
            }
        });
    }

    @Override
    public void dropBefore(long position) {
        adopt();
        droppedBefore = Math.max(droppedBefore, position);
        live.removeIf(block -> block.segment < position);
        runs.removeIf(run -> run.segment < position);
        files.dropBefore(position);
    }

    @Override
    public Flush prepareFlush() {
        adopt();
        KeyFlush before = pending;
        if (before != null) {
            before.cancel();
            broken = before.finalFailure();
            files.abandon(before.files());
        }
        List<KeyBlock> blocks = new ArrayList<>(captured);
        blocks.addAll(live);
        blocks.removeIf(block -> block.segment < droppedBefore);
        captured = List.copyOf(blocks);
        live = new ArrayList<>();
        KeyFlush flush = new KeyFlush(files.begin(), captured, broken);
        pending = flush;
        return flush;
    }

    private void adopt() {
        KeyFlush flush = pending;
        if (flush == null || !flush.done()) {
            return;
        }
        pending = null;
        files.adopt(flush.files(), droppedBefore);
        for (Run run : flush.written) {
            if (run.segment >= droppedBefore) {
                runs.add(run);
            }
        }
        captured = List.of();
    }

    @Override
    public void rewind(byte[] mark) throws StoreException {
        if (pending != null) {
            pending.cancel();
        }
        pending = null;
        runs.clear();
        captured = List.of();
        live = new ArrayList<>();
        droppedBefore = 0;
        if (mark.length == 0) {
            files.restore(new TreeMap<>());
            return;
        }
        files.restore(IndexFiles.decode(IndexFiles.openMark(mark)));
        for (IndexFiles.IndexFile file : files.all().values()) {
            try {
                readRuns(file);
            } catch (IOException e) {
                throw Failures.of("reading its runs", files.nameOf(file.segment), e);
            }
        }
    }

    private void readRuns(IndexFiles.IndexFile file) throws IOException {
        ByteBuf header = Unpooled.buffer(HEADER_BYTES);
        long at = 0;
        while (at < file.length) {
            header.clear();
            file.file.read(at, (int) Math.min(HEADER_BYTES, file.length - at), header);
            if (header.readableBytes() < HEADER_BYTES
                    || header.getInt(0) != MAGIC
                    || header.getInt(4) != Blocks.crc(header, CHECKED_FROM, HEADER_BYTES - CHECKED_FROM)) {
                throw damaged(file.segment, at, "the header of a run is not intact");
            }
            int count = header.getInt(8);
            Run run = new Run(file.segment, at, count, header.getInt(12), header.getLong(16), header.getLong(24));
            if (count <= 0 || run.entryAt(count) > file.length) {
                throw damaged(file.segment, at, "a run of " + count + " entries does not fit");
            }
            runs.add(run);
            at = run.entryAt(count);
        }
    }

    /** Writes a block as a run to an empty buffer; returns the checksum of its entries. */
    static int encode(KeyBlock block, ByteBuf buffer) {
        int entryBytes = block.count() * KeyBlock.ENTRY_BYTES;
        buffer.writeInt(MAGIC).writeInt(0).writeInt(block.count()).writeInt(0);
        buffer.writeLong(block.minTimestamp()).writeLong(block.maxTimestamp());
        block.writeSorted(buffer);
        int crc = Blocks.crc(buffer, HEADER_BYTES, entryBytes);
        buffer.setInt(12, crc);
        buffer.setInt(4, Blocks.crc(buffer, CHECKED_FROM, HEADER_BYTES - CHECKED_FROM));
        return crc;
    }

    void close() throws IOException {
        files.close();
    }

    /** Writes captured blocks as runs. */
    private static final class KeyFlush extends IndexFilesFlush {
        private final List<KeyBlock> blocks;
        private final @Nullable StoreException refused;
        private final List<Run> written = new ArrayList<>();

        KeyFlush(IndexFiles.FlushFiles files, List<KeyBlock> blocks, @Nullable StoreException refused) {
            super(DIRECTORY, files);
            this.blocks = blocks;
            this.refused = refused;
        }

        @Override
        protected byte[] write() throws IOException {
            if (refused != null) {
                throw refused;
            }
            for (KeyBlock block : blocks) {
                write(block);
            }
            files().finish();
            ByteBuf mark = IndexFiles.newMark();
            IndexFiles.encode(files().lengths(), mark);
            return IndexFiles.bytes(mark);
        }

        private void write(KeyBlock block) throws IOException {
            int entryBytes = block.count() * KeyBlock.ENTRY_BYTES;
            ByteBuf buffer = ByteBufAllocator.DEFAULT.directBuffer(HEADER_BYTES + entryBytes);
            try {
                int crc = encode(block, buffer);
                long at = files().end(block.segment);
                files().append(block.segment, buffer);
                written.add(new Run(block.segment, at, block.count(), crc, block.minTimestamp(), block.maxTimestamp()));
            } finally {
                buffer.release();
            }
        }
    }
}
