package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import io.vledger.protocol.Permission;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Configuration of a topic.
 *
 * <p>In entries and snapshots: text name, int read queues, int write queues, int permissions, int sysFlag, byte order (0, 1),
 * text filter type, short n, n times text and text of the attributes in order.
 *
 * @param name its name
 * @param readQueues queues that consumers read
 * @param writeQueues queues that producers write
 * @param perm bits: 4 read, 2 write, 1 inherit
 * @param order whether it was created as an ordered topic
 * @param sysFlag RocketMQ's {@code topicSysFlag}
 * @param filterType {@code SINGLE_TAG} or {@code MULTI_TAG}
 * @param attributes RocketMQ's topic attributes
 */
public record TopicConfig(
        String name,
        int readQueues,
        int writeQueues,
        int perm,
        boolean order,
        int sysFlag,
        String filterType,
        Map<String, String> attributes) {

    /** Of {@code sysFlag}: producers of a unit have created it. */
    public static final int UNIT = 1;

    /** Of {@code sysFlag}: consumers of a unit read it. */
    public static final int UNIT_SUBSCRIPTION = 2;

    /** The attribute that says how RocketMQ's queues of a topic are made. */
    public static final String QUEUE_TYPE = "queue.type";

    private static final String BATCH_QUEUES = "BatchCQ";

    /** Bound of the number of queues of a topic. */
    public static final int MAX_QUEUES = 65_536;

    /** Whether RocketMQ would store a batch that is sent to it as one message ({@code queue.type=BatchCQ}). */
    public boolean innerBatches() {
        return BATCH_QUEUES.equals(attributes.get(QUEUE_TYPE));
    }

    /** Copies the attributes and checks the number of queues. */
    public TopicConfig {
        if (readQueues < 0 || readQueues > MAX_QUEUES || writeQueues < 0 || writeQueues > MAX_QUEUES) {
            throw new IllegalArgumentException("topic " + name + " with " + readQueues + " read and " + writeQueues
                    + " write queues; each at most " + MAX_QUEUES);
        }
        attributes = Collections.unmodifiableMap(new TreeMap<>(attributes));
    }

    /** A plain topic. */
    public static TopicConfig of(String name, int queues, int perm) {
        return new TopicConfig(name, queues, queues, perm, false, 0, "SINGLE_TAG", Map.of());
    }

    /** Whether consumers may read. */
    public boolean readable() {
        return (perm & Permission.READ) != 0;
    }

    /** Whether producers may write. */
    public boolean writable() {
        return (perm & Permission.WRITE) != 0;
    }

    /** Appends the bytes of the class comment. */
    public void write(ByteBuf target) {
        StateText.write(target, name);
        target.writeInt(readQueues);
        target.writeInt(writeQueues);
        target.writeInt(perm);
        target.writeInt(sysFlag);
        target.writeBoolean(order);
        StateText.write(target, filterType);
        StateText.writeMap(target, attributes);
    }

    /** The same with these bits of RocketMQ's {@code topicSysFlag}: {@link #UNIT}, {@link #UNIT_SUBSCRIPTION}. */
    public TopicConfig withSysFlag(int bits) {
        return new TopicConfig(name, readQueues, writeQueues, perm, order, bits, filterType, attributes);
    }

    /** Reads what {@link #write} wrote. */
    public static TopicConfig read(ByteBuf source) {
        String name = StateText.read(source);
        int readQueues = StateText.count(source.readInt(), MAX_QUEUES, "read queues");
        int writeQueues = StateText.count(source.readInt(), MAX_QUEUES, "write queues");
        int perm = source.readInt();
        int sysFlag = source.readInt();
        boolean order = source.readBoolean();
        String filterType = StateText.read(source);
        return new TopicConfig(
                name, readQueues, writeQueues, perm, order, sysFlag, filterType, StateText.readMap(source));
    }
}
