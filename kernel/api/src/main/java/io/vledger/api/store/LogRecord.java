package io.vledger.api.store;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Layout of one log record, the same on disk and between nodes. Big-endian.
 *
 * <pre>
 *  0  int    magic "VLG1"
 *  4  int    length: header and payload, without padding
 *  8  int    CRC32C of bytes 12 to length
 * 12  byte   version of the layout, {@value #VERSION}
 * 13  byte   kind of the entry; meaning belongs to the group's state machine and Raft
 * 14  short  version of the payload's format
 * 16  long   index
 * 24  long   term
 * 32  long   position
 * 40         payload
 * </pre>
 *
 * Zeros pad a record to a multiple of eight bytes. Fields that a reader must be able to trust before it has the whole record
 * (length) are checked against bounds first.
 */
public final class LogRecord {
    /** First four bytes of a record. */
    public static final int MAGIC = 0x564C4731;
    /** Bytes before the payload. */
    public static final int HEADER_BYTES = 40;
    /** Version of the layout. */
    public static final byte VERSION = 1;
    /** Bound of a record's length. */
    public static final int MAX_LENGTH = 64 << 20;

    private static final int LENGTH_AT = 4;
    private static final int CRC_AT = 8;
    /** The first byte of a record that its checksum covers: what is before is the magic, the checksum and the length. */
    public static final int CHECKED_FROM = 12;

    private LogRecord() {}

    /** Writes the header of the record whose payload is already in place, and its checksum. */
    public static void seal(
            ByteBuf buffer, int at, int length, byte kind, short payloadVersion, long index, long term, long position) {
        buffer.setInt(at, MAGIC);
        buffer.setInt(at + LENGTH_AT, length);
        buffer.setByte(at + 12, VERSION);
        buffer.setByte(at + 13, kind);
        buffer.setShort(at + 14, payloadVersion);
        buffer.setLong(at + 16, index);
        buffer.setLong(at + 24, term);
        buffer.setLong(at + 32, position);
        buffer.setInt(at + CRC_AT, checksum(buffer, at, length));
    }

    /** Whether the record of {@code length} bytes at {@code at} has the right magic, version and checksum. */
    public static boolean intact(ByteBuf buffer, int at, int length) {
        return buffer.getInt(at) == MAGIC
                && buffer.getInt(at + LENGTH_AT) == length
                && buffer.getByte(at + 12) == VERSION
                && buffer.getInt(at + CRC_AT) == checksum(buffer, at, length);
    }

    /** Length field of the record at {@code at}; bound it before use with {@link #plausibleLength}. */
    public static int length(ByteBuf buffer, int at) {
        return buffer.getInt(at + LENGTH_AT);
    }

    /** Whether a length read from a header can be one. */
    public static boolean plausibleLength(int length) {
        return length >= HEADER_BYTES && length <= MAX_LENGTH;
    }

    /** Checksum that the header of the record at {@code at} says: CRC32C of all that follows the checksum field. */
    public static int checksum(ByteBuf buffer, int at) {
        return buffer.getInt(at + CRC_AT);
    }

    /** Kind of the record at {@code at}. */
    public static byte kind(ByteBuf buffer, int at) {
        return buffer.getByte(at + 13);
    }

    /** Payload version of the record at {@code at}. */
    public static short payloadVersion(ByteBuf buffer, int at) {
        return buffer.getShort(at + 14);
    }

    /** Index of the record at {@code at}. */
    public static long index(ByteBuf buffer, int at) {
        return buffer.getLong(at + 16);
    }

    /** Term of the record at {@code at}. */
    public static long term(ByteBuf buffer, int at) {
        return buffer.getLong(at + 24);
    }

    /** Position of the record at {@code at}. */
    public static long position(ByteBuf buffer, int at) {
        return buffer.getLong(at + 32);
    }

    private static int checksum(ByteBuf buffer, int at, int length) {
        CRC32C crc = new CRC32C();
        int count = length - CHECKED_FROM;
        if (buffer.nioBufferCount() == 1) {
            ByteBuffer bytes = buffer.nioBuffer(at + CHECKED_FROM, count);
            crc.update(bytes);
        } else {
            for (ByteBuffer bytes : buffer.nioBuffers(at + CHECKED_FROM, count)) {
                crc.update(bytes);
            }
        }
        return (int) crc.getValue();
    }
}
