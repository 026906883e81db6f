package io.vledger.importer.store;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.disk.Disk;
import io.vledger.api.store.OriginFiles;
import io.vledger.api.store.StoreException;
import io.vledger.importer.manifest.OriginManifest;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes old files that retention has chosen. Which they are is noted durably before the first is deleted, so that a node that dies
 * in between neither shows half of them nor keeps them. As RocketMQ does, it keeps the newest file of the log, of each consume queue
 * and of the index: an old broker that is started again finds in them where it was. Safe for use by any thread.
 */
final class Expiry implements OriginFiles {
    /** Where an index file says the position of its last message. */
    private static final int LAST_POSITION_AT = 24;

    private static final Logger LOG = LoggerFactory.getLogger(Expiry.class);

    private final Path directory;
    private final List<Path> keyFiles;
    private final OriginLog log;
    private final List<OriginUnits> queues;
    private final UnitRebuild rebuild;
    private final OpenFiles open;
    private final long takenOverMs;

    /**
     * Resumes where it was.
     *
     * @param keyFiles index files, oldest first
     * @param rebuild knows which units of the queues are damaged
     * @param nowMs when the take-over was complete, if this is the first start after it
     * @throws StoreException if its notes cannot be read or written
     */
    Expiry(
            Path directory,
            List<Path> keyFiles,
            OriginLog log,
            List<OriginUnits> queues,
            UnitRebuild rebuild,
            OpenFiles open,
            long nowMs)
            throws StoreException {
        this.directory = directory;
        this.keyFiles = keyFiles;
        this.log = log;
        this.queues = List.copyOf(queues);
        this.rebuild = rebuild;
        this.open = open;
        this.takenOverMs = DurableNumber.TAKEN_OVER.read(directory, nowMs);
        if (takenOverMs == nowMs) {
            note(DurableNumber.TAKEN_OVER, nowMs);
        }
    }

    private void note(DurableNumber note, long number) throws StoreException {
        try {
            note.write(directory, number);
        } catch (IOException e) {
            throw new StoreException(directory + ": retention cannot keep its notes: " + e.getMessage(), e);
        }
    }

    @Override
    public long takenOverMs() {
        return takenOverMs;
    }

    @Override
    public Disk.@Nullable Space otherDisk() throws StoreException {
        List<OriginManifest.File> left = log.left();
        if (left.isEmpty()) {
            return null;
        }
        Path oldest = log.path(left.get(0));
        try {
            FileStore its = Files.getFileStore(oldest);
            return its.equals(Files.getFileStore(directory)) ? null : Disk.Space.of(its);
        } catch (IOException e) {
            throw new StoreException(oldest + ": cannot ask for free space: " + e.getMessage(), e);
        }
    }

    @Override
    public Damage damage() {
        Damage messages = log.damage();
        List<String> now = new ArrayList<>(messages.now());
        now.addAll(rebuild.now());
        return new Damage(messages.found() + rebuild.found(), messages.repaired() + rebuild.count(), now);
    }

    @Override
    public List<OriginFile> files() throws StoreException {
        List<OriginFile> files = new ArrayList<>();
        for (OriginManifest.File file : log.left()) {
            files.add(new OriginFile(log.name(file), file.position(), file.length(), file.lastStoredMs()));
        }
        return files;
    }

    @Override
    public synchronized void dropFirst(int count) throws StoreException {
        List<OriginManifest.File> left = log.left();
        if (count <= 0) {
            return;
        }
        if (count >= left.size()) {
            throw new IllegalArgumentException(
                    "there are " + left.size() + " old files, of which the newest stays; not " + count + " can go");
        }
        long first = left.get(count).position();
        note(DurableNumber.FIRST_POSITION, first);
        note(DurableNumber.DELETED_BELOW, first);
        log.expire(first);
        deleteBelow(first);
    }

    /** Deletes what retention had chosen and is still there, as after a death between note and deletion. */
    void deleteChosen() throws StoreException {
        deleteBelow(Math.min(DurableNumber.DELETED_BELOW.read(directory, 0), log.newest()));
    }

    private void deleteBelow(long position) {
        for (Path file : log.filesBelow(position)) {
            tryTo(() -> delete(file), file);
        }
        for (OriginUnits queue : queues) {
            for (Path file : queue.filesBelow(position)) {
                tryTo(() -> delete(file), file);
            }
        }
        for (Path file : keyFiles.subList(0, Math.max(0, keyFiles.size() - 1))) {
            tryTo(() -> deleteIfBelow(file, position), file);
        }
    }

    private interface Deletion {
        void run() throws IOException;
    }

    /** One file that cannot be deleted is no reason to keep the others. */
    private static void tryTo(Deletion deletion, Path file) {
        try {
            deletion.run();
        } catch (IOException e) {
            LOG.warn("{} is to go and cannot be deleted: {}", file, e.getMessage());
        }
    }

    private void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
        open.forget(file);
    }

    private void deleteIfBelow(Path keyFile, long first) throws IOException {
        if (Files.exists(keyFile) && Files.size(keyFile) >= LAST_POSITION_AT + Long.BYTES) {
            long last = number(keyFile, LAST_POSITION_AT);
            if (last > 0 && last < first) {
                delete(keyFile);
            }
        }
    }

    private long number(Path file, long at) throws IOException {
        ByteBuf bytes = PooledByteBufAllocator.DEFAULT.buffer(Long.BYTES);
        try {
            open.read(file, at, Long.BYTES, bytes);
            return bytes.getLong(0);
        } finally {
            bytes.release();
        }
    }
}
