package io.vledger.protocol.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.zip.CRC32;

/**
 * Collects the fields of a message and writes its stored form. Reused for one message after the other by one thread; a field
 * keeps its value until it is set again, but for body and properties.
 */
public final class MessageDraft {
    private static final byte[] NO_HOST = new byte[4 + Integer.BYTES];

    private final CRC32 crc = new CRC32();
    private int queueId;
    private int flag;
    private int sysFlag;
    private long bornTimestamp;
    private byte[] bornHost = NO_HOST;
    private long storeTimestamp;
    private byte[] storeHost = NO_HOST;
    private int reconsumeTimes;
    private long preparedOffset;
    private byte[] topic = {};
    private ByteBuf body = Unpooled.EMPTY_BUFFER;
    private int bodyAt;
    private int bodyBytes;
    private ByteBuf properties = Unpooled.EMPTY_BUFFER;
    private int propertiesAt;
    private int propertiesBytes;

    /** Sets queue id and the user's flag. */
    public MessageDraft queue(int queueId, int flag) {
        this.queueId = queueId;
        this.flag = flag;
        return this;
    }

    /** Sets the {@link SysFlag}; its address family bits are replaced by those of the hosts. */
    public MessageDraft sysFlag(int sysFlag) {
        this.sysFlag = sysFlag;
        return this;
    }

    /** Sets when and where the message was made. The array is kept. */
    public MessageDraft born(long timestamp, byte[] host) {
        bornTimestamp = timestamp;
        bornHost = host;
        return this;
    }

    /** Sets when and where the message is stored. The array is kept. */
    public MessageDraft stored(long timestamp, byte[] host) {
        storeTimestamp = timestamp;
        storeHost = host;
        return this;
    }

    /** Sets how often the message was given back. */
    public MessageDraft reconsumeTimes(int times) {
        reconsumeTimes = times;
        return this;
    }

    /** Sets the position of the half message. */
    public MessageDraft preparedOffset(long position) {
        preparedOffset = position;
        return this;
    }

    /** Sets the UTF-8 bytes of the topic's name. The array is kept. */
    public MessageDraft topic(byte[] utf8) {
        topic = utf8;
        return this;
    }

    /** Sets where the body is. The buffer's reader is not moved, and its bytes are copied by {@link #write}. */
    public MessageDraft body(ByteBuf buffer, int at, int length) {
        body = buffer;
        bodyAt = at;
        bodyBytes = length;
        return this;
    }

    /** Sets where the properties are, as {@link #body}. */
    public MessageDraft properties(ByteBuf buffer, int at, int length) {
        properties = buffer;
        propertiesAt = at;
        propertiesBytes = length;
        return this;
    }

    /** Bytes that {@link #write} will write. */
    public int size() {
        return size(bodyBytes, topic.length, propertiesBytes);
    }

    /** Bytes of a message with the hosts of this one and parts of these lengths. */
    public int size(int bodyLength, int topicLength, int propertiesLength) {
        int extra = (HostBytes.isV6(bornHost) ? 12 : 0) + (HostBytes.isV6(storeHost) ? 12 : 0);
        int wide = topicLength > MessageView.MAX_V1_TOPIC_BYTES ? 1 : 0;
        return MessageView.FIXED_BYTES + extra + wide + bodyLength + topicLength + propertiesLength;
    }

    /** Appends the stored form to {@code target}, and lets go of the buffers of body and properties. */
    public void write(ByteBuf target, long queueOffset, long physicalOffset) {
        boolean bornV6 = HostBytes.isV6(bornHost);
        boolean storeV6 = HostBytes.isV6(storeHost);
        boolean wideTopic = topic.length > MessageView.MAX_V1_TOPIC_BYTES;
        int size = size();
        target.ensureWritable(size);
        target.writeInt(size);
        target.writeInt(wideTopic ? MessageView.MAGIC_V2 : MessageView.MAGIC_V1);
        target.writeInt(checksum(body, bodyAt, bodyBytes));
        target.writeInt(queueId);
        target.writeInt(flag);
        target.writeLong(queueOffset);
        target.writeLong(physicalOffset);
        target.writeInt((sysFlag & ~(SysFlag.BORN_HOST_V6 | SysFlag.STORE_HOST_V6))
                | (bornV6 ? SysFlag.BORN_HOST_V6 : 0)
                | (storeV6 ? SysFlag.STORE_HOST_V6 : 0));
        target.writeLong(bornTimestamp);
        target.writeBytes(bornHost);
        target.writeLong(storeTimestamp);
        target.writeBytes(storeHost);
        target.writeInt(reconsumeTimes);
        target.writeLong(preparedOffset);
        target.writeInt(bodyBytes);
        target.writeBytes(body, bodyAt, bodyBytes);
        if (wideTopic) {
            target.writeShort(topic.length);
        } else {
            target.writeByte(topic.length);
        }
        target.writeBytes(topic);
        target.writeShort(propertiesBytes);
        target.writeBytes(properties, propertiesAt, propertiesBytes);
        body = Unpooled.EMPTY_BUFFER;
        properties = Unpooled.EMPTY_BUFFER;
    }

    private int checksum(ByteBuf body, int at, int length) {
        crc.reset();
        if (body.hasArray()) {
            crc.update(body.array(), body.arrayOffset() + at, length);
        } else {
            crc.update(body.nioBuffer(at, length));
        }
        return (int) (crc.getValue() & 0x7FFFFFFF);
    }
}
