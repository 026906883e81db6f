package io.vledger.importer.store;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.store.OldFiles;
import io.vledger.api.store.StoreException;
import io.vledger.importer.base.Base;
import io.vledger.importer.base.Here;
import io.vledger.importer.legacy.ConsumeQueueFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets old files go. What has expired is noted durably before the first file is deleted, so that a node that dies in between
 * neither shows half of it nor keeps it. Safe for use by any thread.
 */
final class Expiry implements OldFiles {
    /** Where an index file says the position of its last message. */
    private static final int LAST_POSITION_AT = 24;

    private static final Logger LOG = LoggerFactory.getLogger(Expiry.class);

    private final Path directory;
    private final Here here;
    private final OldLog log;
    private final OpenFiles open;

    Expiry(Path directory, Here here, OldLog log, OpenFiles open) {
        this.directory = directory;
        this.here = here;
        this.log = log;
        this.open = open;
    }

    @Override
    public List<OldFile> files() throws StoreException {
        List<OldFile> files = new ArrayList<>();
        for (Base.File file : log.left()) {
            files.add(new OldFile(file.position(), file.length(), file.lastStoredMs()));
        }
        return files;
    }

    @Override
    public synchronized void dropFirst(int count) throws StoreException {
        List<Base.File> left = log.left();
        if (count <= 0) {
            return;
        }
        if (count > left.size()) {
            throw new IllegalArgumentException("there are " + left.size() + " old files, not " + count);
        }
        Base.File last = left.get(count - 1);
        long first = last.position() + last.length();
        try {
            FirstPosition.note(directory, first);
        } catch (IOException e) {
            throw new StoreException(directory + ": what has expired cannot be noted: " + e.getMessage(), e);
        }
        log.expire(first);
        deleteExpired();
    }

    /** Deletes what is below the noted position and still there, as after a death between note and deletion. */
    void deleteExpired() {
        long first = log.first();
        for (Path file : log.expired()) {
            tryTo(() -> delete(file), file);
        }
        for (List<Here.Units> runs : here.queues().values()) {
            for (Here.Units run : runs) {
                tryTo(() -> deleteIfBelow(run, first), run.file());
            }
        }
        for (Path file : here.keyFiles()) {
            tryTo(() -> deleteIfBelow(file, first), file);
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
            LOG.warn("{} has expired and cannot be deleted: {}", file, e.getMessage());
        }
    }

    private void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
        open.forget(file);
    }

    private void deleteIfBelow(Here.Units run, long first) throws IOException {
        if (run.to() > run.from() && Files.exists(run.file())) {
            long lastAt = (run.to() - 1 - run.first()) * ConsumeQueueFiles.UNIT_BYTES;
            if (number(run.file(), lastAt) < first) {
                delete(run.file());
            }
        }
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
