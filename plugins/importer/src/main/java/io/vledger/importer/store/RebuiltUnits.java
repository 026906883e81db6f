package io.vledger.importer.store;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.StoreException;
import io.vledger.importer.format.DurableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Chunks of queue units that were rebuilt from the log, each in a file of the origin directory that is named by queue and queue offset:
 * the units, and four bytes CRC32C of them. They are read in place of the damaged ones. Safe for use by any thread.
 */
final class RebuiltUnits {
    private static final Pattern NAME = Pattern.compile("rebuilt-(\\d{1,18})-(\\d{1,18})");

    private final Path directory;
    private final OpenFiles open;
    private final Map<Chunk, Path> chunks = new ConcurrentHashMap<>();

    /**
     * Names a chunk.
     *
     * @param from queue offset of its first unit
     */
    record Chunk(long queueKey, long from) {}

    /**
     * Finds those that there are.
     *
     * @param origin the origin directory
     */
    RebuiltUnits(Path origin, OpenFiles open) throws StoreException {
        this.directory = origin.resolve("queues");
        this.open = open;
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path path : entries.toList()) {
                Matcher name = NAME.matcher(path.getFileName().toString());
                if (name.matches()) {
                    chunks.put(new Chunk(Long.parseLong(name.group(1)), Long.parseLong(name.group(2))), path);
                }
            }
        } catch (IOException e) {
            throw new StoreException(directory + ": the rebuilt parts of queues in it cannot be listed: " + e, e);
        }
    }

    /** Keeps a chunk durably; readers get it from here on. */
    void keep(Chunk chunk, ByteBuffer units) throws IOException {
        Path path = directory.resolve("rebuilt-" + chunk.queueKey() + "-" + chunk.from());
        ByteBuffer bytes = ByteBuffer.allocate(units.remaining() + Integer.BYTES);
        CRC32C crc = new CRC32C();
        crc.update(units.duplicate());
        DurableFile.write(
                path, bytes.put(units.duplicate()).putInt((int) crc.getValue()).array());
        open.forget(path);
        chunks.put(chunk, path);
    }

    /** Appends the units of a chunk, if it was rebuilt and is intact. */
    boolean read(long queueKey, long from, int length, ByteBuf target) throws StoreException {
        Path path = chunks.isEmpty() ? null : chunks.get(new Chunk(queueKey, from));
        if (path == null) {
            return false;
        }
        int start = target.writerIndex();
        try {
            open.read(path, 0, length + Integer.BYTES, target);
            CRC32C crc = new CRC32C();
            crc.update(target.nioBuffer(start, length));
            if ((int) crc.getValue() == target.getInt(start + length)) {
                target.writerIndex(start + length);
                return true;
            }
        } catch (StoreException.Damaged | StoreException.OutOfRange damaged) {
            // It is rebuilt once more.
            chunks.remove(new Chunk(queueKey, from), path);
        }
        target.writerIndex(start);
        return false;
    }

    /** The chunks of a queue, by queue offset; they may be gone. */
    List<Path> of(long queueKey, long from, long to) {
        List<Path> found = new ArrayList<>();
        chunks.forEach((chunk, path) -> {
            if (chunk.queueKey() == queueKey && chunk.from() >= from && chunk.from() < to) {
                found.add(path);
            }
        });
        return found;
    }
}
