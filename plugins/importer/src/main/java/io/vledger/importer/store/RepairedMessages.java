package io.vledger.importer.store;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.store.StoreException;
import io.vledger.importer.format.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Intact copies of old messages that are damaged here, each in a file of the origin directory that is named by its position. What is
 * read of the old log is replaced by them; it is verified afterwards like everything else. Safe for use by any thread.
 */
final class RepairedMessages {
    private static final Pattern NAME = Pattern.compile("repaired-([0-9]{20})");

    private final Path directory;
    private final OpenFiles open;
    private final NavigableMap<Long, Copy> copies = new ConcurrentSkipListMap<>();

    private record Copy(Path path, int size) {}

    /** Finds the copies that there are. */
    RepairedMessages(Path directory, OpenFiles open) throws StoreException {
        this.directory = directory;
        this.open = open;
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path path : entries.toList()) {
                Matcher name = NAME.matcher(path.getFileName().toString());
                if (name.matches()) {
                    long size = Math.min(Files.size(path), MessageCheck.MAX_MESSAGE_BYTES);
                    copies.put(Long.parseLong(name.group(1)), new Copy(path, (int) size));
                }
            }
        } catch (IOException | NumberFormatException e) {
            throw new StoreException(directory + ": the repaired messages in it cannot be listed: " + e, e);
        }
    }

    /** Keeps a copy durably; readers get it from here on. */
    Path keep(long position, byte[] message) throws IOException {
        Path path = directory.resolve(String.format("repaired-%020d", position));
        DurableFile.write(path, message);
        open.forget(path);
        copies.put(position, new Copy(path, message.length));
        return path;
    }

    /** Replaces what there are copies of, in bytes that were read from a position on and begin at {@code start} in the buffer. */
    void replaceIn(ByteBuf bytes, int start, long position) throws StoreException {
        if (copies.isEmpty()) {
            return;
        }
        long end = position + bytes.writerIndex() - start;
        Long first = copies.floorKey(position);
        for (Map.Entry<Long, Copy> each : copies.subMap(first == null ? position : first, true, end, false)
                .entrySet()) {
            long from = Math.max(position, each.getKey());
            long to = Math.min(end, each.getKey() + each.getValue().size());
            if (from < to) {
                replace(bytes, start + (int) (from - position), each, from - each.getKey(), (int) (to - from));
            }
        }
    }

    private void replace(ByteBuf bytes, int at, Map.Entry<Long, Copy> copy, long from, int length)
            throws StoreException {
        ByteBuf part = PooledByteBufAllocator.DEFAULT.directBuffer(length);
        try {
            open.read(copy.getValue().path(), from, length, part);
            bytes.setBytes(at, part);
        } catch (StoreException.OutOfRange deleted) {
            // By hand: the message is damaged again, and can be repaired again.
            copies.remove(copy.getKey(), copy.getValue());
        } finally {
            part.release();
        }
    }

    /** The copies of messages before a position; they may be gone. */
    List<Path> below(long position) {
        List<Path> below = new ArrayList<>();
        copies.headMap(position, false).values().forEach(copy -> below.add(copy.path()));
        return below;
    }
}
