package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Configuration of a subscription group.
 *
 * <p>In entries and snapshots: text name, byte of booleans (1 consume, 2 consume from min, 4 broadcast, 8 orderly, 16 notify),
 * int retry queues, int retry max times, long broker id, long broker when slow, int sysFlag, int consume timeout minutes, map
 * of attributes as in {@link TopicConfig}, text of JSON.
 *
 * @param name its name
 * @param consumeEnable whether it may consume
 * @param consumeBroadcastEnable whether it may consume in broadcasting mode
 * @param retryQueues queues of its retry topic
 * @param retryMaxTimes attempts before a message is a dead letter
 * @param notifyConsumerIdsChangedEnable whether members are notified when others join or leave
 * @param sysFlag RocketMQ's {@code groupSysFlag}
 * @param kept settings without effect here
 */
public record SubscriptionGroup(
        String name,
        boolean consumeEnable,
        boolean consumeBroadcastEnable,
        int retryQueues,
        int retryMaxTimes,
        boolean notifyConsumerIdsChangedEnable,
        int sysFlag,
        Kept kept) {

    /**
     * RocketMQ's settings that have no effect here, kept so that tools read what they wrote.
     *
     * @param consumeFromMinEnable of old clients
     * @param consumeMessageOrderly whether messages are consumed in order
     * @param brokerId broker to consume from
     * @param whichBrokerWhenConsumeSlowly broker to consume from for consumers that lag
     * @param consumeTimeoutMinute of old clients
     * @param attributes the group's attributes
     * @param otherJson members of the configuration that are not known here, as a JSON object; or empty
     */
    public record Kept(
            boolean consumeFromMinEnable,
            boolean consumeMessageOrderly,
            long brokerId,
            long whichBrokerWhenConsumeSlowly,
            int consumeTimeoutMinute,
            Map<String, String> attributes,
            String otherJson) {
        /** RocketMQ's defaults. */
        static final Kept DEFAULT = new Kept(true, false, 0, 1, 15, Map.of(), "");

        /** Copies the attributes. */
        public Kept {
            attributes = Collections.unmodifiableMap(new TreeMap<>(attributes));
        }
    }

    /** A group with RocketMQ's defaults. */
    public static SubscriptionGroup of(String name) {
        return new SubscriptionGroup(name, true, true, 1, 16, true, 0, Kept.DEFAULT);
    }

    /** The same settings under another name. */
    SubscriptionGroup named(String otherName) {
        return new SubscriptionGroup(
                otherName,
                consumeEnable,
                consumeBroadcastEnable,
                retryQueues,
                retryMaxTimes,
                notifyConsumerIdsChangedEnable,
                sysFlag,
                kept);
    }

    /** Appends the bytes of the class comment. */
    public void write(ByteBuf target) {
        StateText.write(target, name);
        target.writeByte((consumeEnable ? 1 : 0)
                | (kept.consumeFromMinEnable ? 2 : 0)
                | (consumeBroadcastEnable ? 4 : 0)
                | (kept.consumeMessageOrderly ? 8 : 0)
                | (notifyConsumerIdsChangedEnable ? 16 : 0));
        target.writeInt(retryQueues);
        target.writeInt(retryMaxTimes);
        target.writeLong(kept.brokerId);
        target.writeLong(kept.whichBrokerWhenConsumeSlowly);
        target.writeInt(sysFlag);
        target.writeInt(kept.consumeTimeoutMinute);
        StateText.writeMap(target, kept.attributes);
        StateText.write(target, kept.otherJson);
    }

    /** Reads what {@link #write} wrote. */
    public static SubscriptionGroup read(ByteBuf source) {
        String name = StateText.read(source);
        int bits = source.readByte();
        int retryQueues = source.readInt();
        int retryMaxTimes = source.readInt();
        long brokerId = source.readLong();
        long brokerWhenSlow = source.readLong();
        int sysFlag = source.readInt();
        int timeout = source.readInt();
        Map<String, String> attributes = StateText.readMap(source);
        Kept kept = new Kept(
                (bits & 2) != 0,
                (bits & 8) != 0,
                brokerId,
                brokerWhenSlow,
                timeout,
                attributes,
                StateText.read(source));
        return new SubscriptionGroup(
                name, (bits & 1) != 0, (bits & 4) != 0, retryQueues, retryMaxTimes, (bits & 16) != 0, sysFlag, kept);
    }
}
