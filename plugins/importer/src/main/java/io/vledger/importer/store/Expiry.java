package io.vledger.importer.store;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.store.OldFiles;
import io.vledger.api.store.StoreException;
import io.vledger.importer.base.Base;
import io.vledger.importer.base.Here;
import io.vledger.importer.legacy.ConsumeQueueFiles;
import io.vledger.importer.legacy.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets old files go. What has expired is noted durably before the first file is deleted, so that a node that dies in between
 * neither shows half of it nor keeps it. Safe for use by any thread.
 */
final class Expiry implements OldFiles {
    private static final String NOTE = "first-position";
    private static final int MAX_DIGITS = 20;

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

    /** Position of the first byte that has not expired, as noted; 0 if nothing has. */
    static long noted(Path directory) throws StoreException {
        Path note = directory.resolve(NOTE);
        try {
            if (!Files.exists(note)) {
                return 0;
            }
            String text =
                    Files.size(note) > MAX_DIGITS ? "" : Files.readString(note).strip();
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new StoreException.Damaged(
                    note + ": is no position; write the name of the oldest file that is left into it");
        } catch (IOException e) {
            throw new StoreException(note + " cannot be read: " + e.getMessage(), e);
        }
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
            DurableFile.write(directory.resolve(NOTE), Long.toString(first));
            log.expire(first);
            for (Base.File file : left.subList(0, count)) {
                delete(log.path(file));
            }
            deleteQueuesBelow(first);
            deleteKeysBelow(first);
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException(
                    "old files in and beside " + directory + " cannot be deleted: " + e.getMessage(), e);
        }
    }

    private void delete(Path file) throws IOException {
        open.forget(file);
        Files.deleteIfExists(file);
    }

    private void deleteQueuesBelow(long first) throws IOException {
        ByteBuf unit = PooledByteBufAllocator.DEFAULT.buffer(ConsumeQueueFiles.UNIT_BYTES);
        try {
            for (List<Here.Units> runs : here.queues().values()) {
                for (Here.Units run : runs) {
                    if (run.to() <= run.from() || !Files.exists(run.file())) {
                        continue;
                    }
                    long lastAt = (run.to() - 1 - run.first()) * ConsumeQueueFiles.UNIT_BYTES;
                    open.read(run.file(), lastAt, ConsumeQueueFiles.UNIT_BYTES, unit.clear());
                    if (unit.getLong(0) < first) {
                        delete(run.file());
                    }
                }
            }
        } finally {
            unit.release();
        }
    }

    private void deleteKeysBelow(long first) throws IOException {
        ByteBuf positions = PooledByteBufAllocator.DEFAULT.buffer(Long.BYTES);
        try {
            for (Path file : here.keyFiles()) {
                if (Files.exists(file) && Files.size(file) >= 32) {
                    open.read(file, 24, Long.BYTES, positions.clear());
                    if (positions.getLong(0) < first) {
                        delete(file);
                    }
                }
            }
        } finally {
            positions.release();
        }
    }
}
