package io.vledger.protocol.message;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of one stored message in place. A flyweight: {@link #wrap} points it at a message and checks that every
 * part lies inside; the accessors are valid until the next wrap and as long as the buffer is. One thread.
 *
 * <pre>
 *  0  int   total size               40  long  born timestamp (ms)
 *  4  int   magic                    48  host  born host: 4 or 16 bytes address, int port
 *  8  int   CRC32 of the body            long  store timestamp (ms)
 * 12  int   queue id                     host  store host, likewise
 * 16  int   user's flag                  int   reconsume times
 * 20  long  queue offset                 long  position of the half message
 * 28  long  physical offset              int   body length, body
 * 36  int   sysFlag                      1 (V1) or 2 (V2) bytes topic length, topic
 *                                        short properties length, properties
 * </pre>
 */
public final class MessageView {
    /** Magic of the form with a one byte topic length. */
    public static final int MAGIC_V1 = 0xDAA320A7;
    /** Magic of the form with a two byte topic length, for topics above 127 bytes. */
    public static final int MAGIC_V2 = 0xDAA320AB;
    /** Bytes of a message with IPv4 hosts in V1, without body, topic and properties. */
    public static final int FIXED_BYTES = 91;
    /** Bound of the properties' length. */
    public static final int MAX_PROPERTIES_BYTES = Short.MAX_VALUE;
    /** Longest topic of a V1 message. */
    public static final int MAX_V1_TOPIC_BYTES = Byte.MAX_VALUE;

    static final int MAGIC_AT = 4;
    static final int BODY_CRC_AT = 8;
    static final int QUEUE_ID_AT = 12;
    static final int FLAG_AT = 16;
    static final int QUEUE_OFFSET_AT = 20;
    /** Where a stored message has its physical offset, 8 bytes. */
    public static final int PHYSICAL_OFFSET_AT = 28;

    /** Where a stored message has its system flag, 4 bytes. */
    public static final int SYS_FLAG_AT = 36;

    static final int BORN_TIMESTAMP_AT = 40;
    static final int BORN_HOST_AT = 48;

    private @Nullable ByteBuf buffer;
    private int at;
    private int totalSize;
    private int storeTimestampAt;
    private int reconsumeAt;
    private int bodyLength;
    private int topicAt;
    private int topicLength;
    private int propertiesAt;
    private int propertiesLength;

    /**
     * Points this at the message that starts at {@code start}.
     *
     * @param available bytes that may be read from {@code start} on
     * @return null, or what is wrong with the message; the view is then unusable
     */
    public @Nullable String wrap(ByteBuf source, int start, int available) {
        buffer = null;
        if (available < FIXED_BYTES) {
            return "a message needs at least " + FIXED_BYTES + " bytes, there are " + available;
        }
        int size = source.getInt(start);
        if (size < FIXED_BYTES || size > available) {
            return "message size " + size + " is not within " + FIXED_BYTES + " and " + available;
        }
        int magic = source.getInt(start + MAGIC_AT);
        if (magic != MAGIC_V1 && magic != MAGIC_V2) {
            return "0x" + Integer.toHexString(magic) + " is not the magic of a message";
        }
        int sysFlag = source.getInt(start + SYS_FLAG_AT);
        int end = start + size;
        int cursor = start + BORN_HOST_AT + hostBytes((sysFlag & SysFlag.BORN_HOST_V6) != 0);
        storeTimestampAt = cursor;
        cursor += Long.BYTES + hostBytes((sysFlag & SysFlag.STORE_HOST_V6) != 0);
        reconsumeAt = cursor;
        cursor += Integer.BYTES + Long.BYTES;
        int topicLengthBytes = magic == MAGIC_V1 ? 1 : 2;
        if (end - cursor < Integer.BYTES + topicLengthBytes + Short.BYTES) {
            return "message of " + size + " bytes has no room for its fields";
        }
        bodyLength = source.getInt(cursor);
        cursor += Integer.BYTES;
        if (bodyLength < 0 || bodyLength > end - cursor - topicLengthBytes - Short.BYTES) {
            return "body length " + bodyLength + " does not fit a message of " + size + " bytes";
        }
        cursor += bodyLength;
        topicLength = topicLengthBytes == 1 ? source.getByte(cursor) : source.getShort(cursor);
        cursor += topicLengthBytes;
        if (topicLength < 0 || topicLength > end - cursor - Short.BYTES) {
            return "topic length " + topicLength + " does not fit a message of " + size + " bytes";
        }
        topicAt = cursor;
        cursor += topicLength;
        propertiesLength = source.getShort(cursor);
        cursor += Short.BYTES;
        if (propertiesLength < 0 || propertiesLength != end - cursor) {
            return "properties length " + propertiesLength + " does not fit a message of " + size + " bytes";
        }
        propertiesAt = cursor;
        buffer = source;
        at = start;
        totalSize = size;
        return null;
    }

    /** Bytes of a host field. */
    static int hostBytes(boolean v6) {
        return (v6 ? 16 : 4) + Integer.BYTES;
    }

    /** The buffer that this view points into. */
    public ByteBuf buffer() {
        ByteBuf bound = buffer;
        if (bound == null) {
            throw new IllegalStateException("points at no message");
        }
        return bound;
    }

    /** Where the message starts in the buffer. */
    public int at() {
        return at;
    }

    /** Bytes of the whole message. */
    public int totalSize() {
        return totalSize;
    }

    /** Checksum of the body. */
    public int bodyCrc() {
        return buffer().getInt(at + BODY_CRC_AT);
    }

    /** Queue id. */
    public int queueId() {
        return buffer().getInt(at + QUEUE_ID_AT);
    }

    /** The user's flag. */
    public int flag() {
        return buffer().getInt(at + FLAG_AT);
    }

    /** Number of the message in its queue. */
    public long queueOffset() {
        return buffer().getLong(at + QUEUE_OFFSET_AT);
    }

    /** Log position of the message's first byte. */
    public long physicalOffset() {
        return buffer().getLong(at + PHYSICAL_OFFSET_AT);
    }

    /** See {@link SysFlag}. */
    public int sysFlag() {
        return buffer().getInt(at + SYS_FLAG_AT);
    }

    /** When the producer made it, milliseconds. */
    public long bornTimestamp() {
        return buffer().getLong(at + BORN_TIMESTAMP_AT);
    }

    /** Where the born host field starts. */
    public int bornHostAt() {
        return at + BORN_HOST_AT;
    }

    /** Bytes of the born host field. */
    public int bornHostLength() {
        return storeTimestampAt - at - BORN_HOST_AT;
    }

    /** When the leader stored it, milliseconds. */
    public long storeTimestamp() {
        return buffer().getLong(storeTimestampAt);
    }

    /** Where the store host field starts. */
    public int storeHostAt() {
        return storeTimestampAt + Long.BYTES;
    }

    /** Bytes of the store host field. */
    public int storeHostLength() {
        return reconsumeAt - storeHostAt();
    }

    /** How often a consumer gave it back. */
    public int reconsumeTimes() {
        return buffer().getInt(reconsumeAt);
    }

    /** Position of the half message of a committed transaction. */
    public long preparedOffset() {
        return buffer().getLong(reconsumeAt + Integer.BYTES);
    }

    /** Where the body starts. */
    public int bodyAt() {
        return reconsumeAt + Integer.BYTES + Long.BYTES + Integer.BYTES;
    }

    /** Bytes of the body. */
    public int bodyLength() {
        return bodyLength;
    }

    /** Where the topic starts. */
    public int topicAt() {
        return topicAt;
    }

    /** Bytes of the topic. */
    public int topicLength() {
        return topicLength;
    }

    /** The topic as text. */
    public String topic() {
        return buffer().toString(topicAt, topicLength, StandardCharsets.UTF_8);
    }

    /** Where the properties start. */
    public int propertiesAt() {
        return propertiesAt;
    }

    /** Bytes of the properties. */
    public int propertiesLength() {
        return propertiesLength;
    }

    /** The value of a property, or null. */
    public @Nullable String property(String name) {
        return MessageProperties.text(buffer(), propertiesAt, propertiesLength, name);
    }
}
