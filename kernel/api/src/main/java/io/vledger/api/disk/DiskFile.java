package io.vledger.api.disk;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.function.Consumer;

/** An open file. One writer at a time; readers at any time, for bytes whose write has returned. */
public interface DiskFile extends AutoCloseable {
    /** Writes all readable bytes of {@code source} at {@code position}, without moving its indices. Not durable yet. */
    void write(long position, ByteBuf source) throws IOException;

    /**
     * Appends {@code length} bytes from {@code position} to {@code target}. Bytes inside the file that were never written read
     * as zero.
     *
     * @throws java.io.EOFException if the range goes past the end of the file
     * @throws UnreadableException if the device cannot return some of the bytes
     */
    void read(long position, int length, ByteBuf target) throws IOException;

    /**
     * Shows bytes where they are in memory, if they are: see {@link io.vledger.api.store.LogStore#show}.
     *
     * @return false if they are not in memory as one piece, or the device could not return some of them: what the viewer found, if it was
     *     called, is void
     * @throws java.io.EOFException if the range goes past the end of the file
     */
    default boolean show(long position, int length, Consumer<ByteBuf> viewer) throws IOException {
        return false;
    }

    /** Makes all writes that returned durable, with the file's length. */
    void sync() throws IOException;

    /** Sets the length: cuts, or extends with zeros that take no room. */
    void resize(long length) throws IOException;

    /** The length in bytes. */
    long length() throws IOException;

    @Override
    void close() throws IOException;
}
