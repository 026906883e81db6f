package io.vledger.importer.agree;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vertx.core.buffer.Buffer;
import io.vledger.importer.format.Framing;
import io.vledger.importer.format.OriginFileException;
import io.vledger.importer.format.SegmentFiles;
import io.vledger.importer.format.SegmentWalk;
import io.vledger.importer.manifest.Digest;
import io.vledger.importer.store.FirstPosition;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The files of this node that others may ask for: log files by position, index files by name. What is not among them cannot be
 * asked for. Only reads. Immutable; every method waits for the disk.
 */
final class LocalFiles {
    /** Has no files. */
    static final LocalFiles NONE = new LocalFiles(new TreeMap<>(), Map.of(), null);

    private final NavigableMap<Long, LogFile> log;
    private final Map<String, Path> index;
    private final @Nullable Path directory;

    /**
     * A log file of this node.
     *
     * @param path where it is
     * @param position position of its first byte
     * @param length its length
     * @param framing how messages lie in it
     */
    record LogFile(Path path, long position, long length, Framing framing) {}

    /** @param directory origin directory of the group that runs on them; null before it does */
    LocalFiles(NavigableMap<Long, LogFile> log, Map<String, Path> index, @Nullable Path directory) {
        this.directory = directory;
        this.log = new TreeMap<>(log);
        this.index = Map.copyOf(index);
    }

    @Nullable
    LogFile file(long position) {
        return log.get(position);
    }

    List<LogFile> log() {
        return List.copyOf(log.values());
    }

    Map<String, Path> index() {
        return index;
    }

    private LogFile need(long position) throws IOException {
        LogFile file = log.get(position);
        if (file == null) {
            throw new IOException("there is no log file at position " + position);
        }
        return file;
    }

    /** Position below which files have expired, by the note of the group that runs on them; 0 if it does not. */
    long first() throws IOException {
        return directory == null ? 0 : FirstPosition.noted(directory);
    }

    /** Bytes of a log file, as many as are there, at most {@code length}. */
    Buffer readLog(long position, long from, int length) throws IOException {
        return read(need(position).path, from, length);
    }

    /** Bytes of an index file, as many as are there, at most {@code length}. */
    Buffer readIndex(String name, long from, int length) throws IOException {
        Path file = index.get(name);
        if (file == null) {
            throw new NoSuchFileException(name);
        }
        return read(file, from, length);
    }

    private static Buffer read(Path path, long from, int length) throws IOException {
        if (from < 0 || length < 0 || length > PeerMessage.MAX_BODY_BYTES) {
            throw new IOException("cannot read " + length + " bytes from " + from);
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            java.nio.ByteBuffer bytes =
                    java.nio.ByteBuffer.allocate((int) Math.max(0, Math.min(length, channel.size() - from)));
            while (bytes.hasRemaining() && channel.read(bytes, from + bytes.position()) >= 0) {
                // A read may bring less than was asked for.
            }
            return Buffer.buffer(bytes.position()).appendBytes(bytes.array(), 0, bytes.position());
        }
    }

    /** Digest of the first {@code length} bytes. */
    String digest(LogFile file, long length, LongConsumer read) throws IOException {
        Digest digest = new Digest();
        walk(file.path, 0, length, (bytes, count) -> {
            digest.add(bytes, bytes.readerIndex(), count);
            read.accept(count);
        });
        return digest.end();
    }

    /** CRC32C of each MiB of the first {@code length} bytes, four bytes each. */
    Buffer chunks(long position, long length) throws IOException {
        LogFile file = need(position);
        if (length < 0 || length > file.length) {
            throw new IOException(length + " bytes are not in a file of " + file.length);
        }
        Buffer chunks = Buffer.buffer();
        CRC32C crc = new CRC32C();
        walk(file.path, 0, length, (bytes, count) -> {
            crc.reset();
            crc.update(bytes.nioBuffer(bytes.readerIndex(), count));
            chunks.appendInt((int) crc.getValue());
        });
        return chunks;
    }

    private interface Step {
        void take(ByteBuf bytes, int count);
    }

    private static void walk(Path path, long from, long to, Step step) throws IOException {
        ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(Digest.CHUNK_BYTES);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            for (long at = from; at < to; at += Digest.CHUNK_BYTES) {
                int wanted = (int) Math.min(Digest.CHUNK_BYTES, to - at);
                buffer.clear();
                while (buffer.writerIndex() < wanted) {
                    if (buffer.writeBytes(channel, at + buffer.writerIndex(), wanted - buffer.writerIndex()) < 0) {
                        throw new EOFException(path + " became shorter while it was read; is a broker running on it?");
                    }
                }
                step.take(buffer, wanted);
            }
        } finally {
            buffer.release();
        }
    }

    /**
     * The message that covers a position.
     *
     * @param text for a person to look it up
     * @param entry DLedger's index of it, or of the next one where a blank or nothing whole is there; -1 if there is none
     */
    record Found(String text, long entry) {}

    Found messageAt(long position) throws IOException {
        Map.Entry<Long, LogFile> floor = log.floorEntry(position);
        if (floor == null || position >= floor.getKey() + floor.getValue().length) {
            return new Found("nothing there", -1);
        }
        Found found = messageFrom(floor.getValue(), position);
        Map.Entry<Long, LogFile> next = log.higherEntry(position);
        return found.entry >= 0 || next == null
                ? found
                : new Found(found.text, messageFrom(next.getValue(), position).entry);
    }

    private static Found messageFrom(LogFile file, long position) throws IOException {
        Found[] found = {new Found(file.path.getFileName() + ", no whole message there", -1)};
        try {
            new SegmentWalk(only(file), file.framing).from(file.position, (message, at, entry, term) -> {
                if (found[0].entry < 0 && position < at + message.totalSize()) {
                    boolean covers = at - file.framing.headerBytes() <= position;
                    found[0] = new Found(
                            covers
                                    ? file.path.getFileName() + ", topic " + message.topic() + ", queue "
                                            + message.queueId() + ", queue offset " + message.queueOffset()
                                            + (entry < 0 ? "" : ", entry " + entry + " of term " + term)
                                    : found[0].text,
                            entry);
                }
            });
        } catch (OriginFileException e) {
            throw new IOException(e.getMessage(), e);
        }
        return found[0];
    }

    private static SegmentFiles only(LogFile file) throws OriginFileException {
        SegmentFiles none = SegmentFiles.none(
                Objects.requireNonNull(file.path.toAbsolutePath().getParent(), "a file lies in a directory"));
        return none.only(new SegmentFiles.SegmentFile(file.path, file.position, file.length));
    }
}
