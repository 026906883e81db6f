package io.vledger.protocol.message;

import io.netty.buffer.ByteBuf;
import java.util.zip.CRC32;

/**
 * Collects the fields of a message and writes its stored form. Reused for one message after the other by one thread; a field
 * keeps its value until it is set again.
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

    /** Bytes that {@link #write} will write. */
    public int size(int bodyBytes, int topicBytes, int propertiesBytes) {
        int extra = (HostBytes.isV6(bornHost) ? 12 : 0) + (HostBytes.isV6(storeHost) ? 12 : 0);
        int wide = topicBytes > MessageView.MAX_V1_TOPIC_BYTES ? 1 : 0;
        return MessageView.FIXED_BYTES + extra + wide + bodyBytes + topicBytes + propertiesBytes;
    }

    /**
     * Appends the stored form to {@code target}. The readers of the sources are not moved.
     *
     * @param bodyAt where the body is in {@code body}
     * @param properties the properties' bytes
     */
    public void write(
            ByteBuf target,
            long queueOffset,
            long physicalOffset,
            ByteBuf body,
            int bodyAt,
            int bodyBytes,
            byte[] topic,
            ByteBuf properties,
            int propertiesAt,
            int propertiesBytes) {
        boolean bornV6 = HostBytes.isV6(bornHost);
        boolean storeV6 = HostBytes.isV6(storeHost);
        boolean wideTopic = topic.length > MessageView.MAX_V1_TOPIC_BYTES;
        target.ensureWritable(size(bodyBytes, topic.length, propertiesBytes));
        target.writeInt(size(bodyBytes, topic.length, propertiesBytes));
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
