package io.vledger.importer.store;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.importer.format.SegmentWalk;
import io.vledger.protocol.message.MessageView;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Checks whether a message of an old log is what its broker wrote: lengths, its own position, the checksum of its body, and where the
 * old broker wrote one ({@code enabledAppendPropCRC}) the checksum of the whole message. One thread.
 */
final class MessageCheck {
    /** Bound of one message: RocketMQ's own bound is a few MiB. */
    static final int MAX_MESSAGE_BYTES = 64 << 20;

    private static final byte[] CRC_PROPERTY = "__CRC32#\u0001".getBytes(StandardCharsets.US_ASCII);
    private static final int CRC_DIGITS = 10;
    /** Name, separator, digits, end: the last bytes of a message that has it. */
    private static final int CRC_PROPERTY_BYTES = CRC_PROPERTY.length + CRC_DIGITS + 1;

    private final MessageView view = new MessageView();
    private final CRC32 crc = new CRC32();

    /**
     * Checks the message that begins in a buffer.
     *
     * @param position where it lies in the log
     * @return null if it is intact, or what is wrong
     */
    @Nullable
    String fault(ByteBuf bytes, int start, int available, long position) {
        String wrong = view.wrap(bytes, start, available);
        if (wrong != null) {
            return wrong;
        }
        if (view.physicalOffset() != position) {
            return "the message says that it lies at " + view.physicalOffset();
        }
        if (view.bodyLength() > 0 && view.bodyCrc() != crc(bytes, view.bodyAt(), view.bodyLength())) {
            return "the body of the message does not match its checksum";
        }
        return wholeFault(bytes, start);
    }

    /**
     * Whether a message, intact or not, begins in a buffer for all one can see: readers may ask for any position, and that of no
     * message is no damage.
     *
     * @param position where it lies in the log
     */
    static boolean begins(ByteBuf bytes, int start, int available, long position) {
        if (available < MessageView.PHYSICAL_OFFSET_AT + Long.BYTES) {
            return false;
        }
        int magic = bytes.getInt(start + Integer.BYTES);
        return magic == MessageView.MAGIC_V1
                || magic == MessageView.MAGIC_V2
                || bytes.getLong(start + MessageView.PHYSICAL_OFFSET_AT) == position;
    }

    /** The message that was found intact. */
    MessageView message() {
        return view;
    }

    /** Bytes of the message that was found intact. */
    int size() {
        return view.totalSize();
    }

    private @Nullable String wholeFault(ByteBuf bytes, int start) {
        int at = start + view.totalSize() - CRC_PROPERTY_BYTES;
        boolean has = view.propertiesLength() >= CRC_PROPERTY_BYTES
                && ByteBufUtil.equals(bytes, at, Unpooled.wrappedBuffer(CRC_PROPERTY), 0, CRC_PROPERTY.length);
        if (!has) {
            return null;
        }
        long expected = 0;
        for (int i = CRC_DIGITS - 1; i >= 0; i--) {
            // The least significant digit comes first.
            expected = expected * 10 + (bytes.getByte(at + CRC_PROPERTY.length + i) - '0');
        }
        return expected == crc(bytes, start, at - start)
                ? null
                : "the message does not match the checksum in its properties";
    }

    private int crc(ByteBuf bytes, int at, int length) {
        crc.reset();
        crc.update(bytes.nioBuffer(at, length));
        return (int) crc.getValue() & SegmentWalk.CRC_MASK;
    }
}
