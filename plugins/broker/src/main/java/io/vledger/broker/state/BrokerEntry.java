package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.EntryKind;
import java.util.List;

/**
 * Kinds of entries of a broker group and their payloads. Part of the log format: numbers and bytes never change meaning; a new
 * format gets a new payload version. Big-endian; <em>text</em> is a short length and UTF-8 bytes.
 *
 * <p>Each payload is one or more parts back to back, since neighbours may share an entry:
 *
 * <pre>
 * MESSAGES            stored messages, see {@link io.vledger.protocol.message.MessageView}
 * TOPIC_PUT           {@link TopicConfig}
 * TOPIC_DELETE        text name
 * GROUP_PUT           {@link SubscriptionGroup}
 * GROUP_DELETE        text name, byte 1 if its consumer offsets go too
 * CONSUMER_OFFSETS    text group, text topic, int n, n times: int queue id, long queue offset (-1 removes)
 * OFFSET_RESET        byte 1 if the group is online, then as CONSUMER_OFFSETS
 * OFFSET_RESET_DONE   as CONSUMER_OFFSETS: where a group has arrived
 * SCHEDULED_DELIVERY  int level, long next queue offset of the level's queue, int bytes, that many bytes of stored messages
 * </pre>
 */
public final class BrokerEntry {
    /** Messages. */
    public static final byte MESSAGES = EntryKind.FIRST_APPLICATION_KIND;
    /** Creates or changes a topic. */
    public static final byte TOPIC_PUT = 17;
    /** Deletes a topic, its queues and the consumer offsets on it. */
    public static final byte TOPIC_DELETE = 18;
    /** Creates or changes a subscription group. */
    public static final byte GROUP_PUT = 19;
    /** Deletes a subscription group. */
    public static final byte GROUP_DELETE = 20;
    /** Sets consumer offsets. */
    public static final byte CONSUMER_OFFSETS = 21;
    /** Delivers delayed messages and advances the level, in one step. */
    public static final byte SCHEDULED_DELIVERY = 22;

    /** Sets consumer offsets for a tool; if the group is online, its commits count again once it has arrived there. */
    public static final byte OFFSET_RESET = 23;
    /** A group has arrived at the offset that a tool has set. */
    public static final byte OFFSET_RESET_DONE = 24;

    /** Kinds from this one on are those of {@link StatePart}s, and have the form of {@link PartEntry}. */
    public static final byte FIRST_PART_KIND = 25;

    /** The payload version of every kind so far. */
    public static final short VERSION = 1;

    /** Bytes of a {@link #SCHEDULED_DELIVERY} part before its messages. */
    public static final int DELIVERY_HEADER_BYTES = Integer.BYTES + Long.BYTES + Integer.BYTES;

    private BrokerEntry() {}

    /** Appends a part of {@link #TOPIC_DELETE}. */
    public static void writeTopicDelete(ByteBuf target, String name) {
        StateText.write(target, name);
    }

    /** Appends a part of {@link #GROUP_DELETE}. */
    public static void writeGroupDelete(ByteBuf target, String name, boolean cleanOffsets) {
        StateText.write(target, name);
        target.writeBoolean(cleanOffsets);
    }

    /** Appends a part of {@link #CONSUMER_OFFSETS} or {@link #OFFSET_RESET_DONE}. */
    public static void writeOffsets(ByteBuf target, String group, String topic, List<QueueValue> values) {
        StateText.write(target, group);
        StateText.write(target, topic);
        target.writeInt(values.size());
        for (QueueValue value : values) {
            target.writeInt(value.queueId());
            target.writeLong(value.queueOffset());
        }
    }

    /** Appends a part of {@link #OFFSET_RESET}. */
    public static void writeReset(ByteBuf target, String group, String topic, boolean online, List<QueueValue> values) {
        target.writeBoolean(online);
        writeOffsets(target, group, topic, values);
    }

    /** Appends the head of a part of {@link #SCHEDULED_DELIVERY}; the messages follow. */
    public static void writeDeliveryHeader(ByteBuf target, int level, long nextQueueOffset, int messageBytes) {
        target.writeInt(level);
        target.writeLong(nextQueueOffset);
        target.writeInt(messageBytes);
    }

    /**
     * The consumer offset of one queue.
     *
     * @param queueId the queue
     * @param queueOffset the next message to consume, or -1 to forget
     */
    public record QueueValue(int queueId, long queueOffset) {}
}
