package io.vledger.api.disk;

import io.netty.buffer.ByteBuf;
import java.io.IOException;

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

    /** Makes all writes that returned durable, with the file's length. */
    void sync() throws IOException;

    /** Sets the length: cuts, or extends with zeros that take no room. */
    void resize(long length) throws IOException;

    /** The length in bytes. */
    long length() throws IOException;

    @Override
    void close() throws IOException;
}
