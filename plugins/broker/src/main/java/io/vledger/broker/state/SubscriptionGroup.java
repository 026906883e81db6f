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
 * @param consumeFromMinEnable kept for tools
 * @param consumeBroadcastEnable whether it may consume in broadcasting mode
 * @param consumeMessageOrderly kept for tools
 * @param retryQueues queues of its retry topic
 * @param retryMaxTimes attempts before a message is dead
 * @param brokerId kept for tools
 * @param whichBrokerWhenConsumeSlowly kept for tools
 * @param notifyConsumerIdsChangedEnable whether members are told that others came or went
 * @param sysFlag RocketMQ's {@code groupSysFlag}
 * @param consumeTimeoutMinute kept for tools
 * @param attributes RocketMQ's group attributes
 * @param otherJson members of the configuration that are kept but have no meaning here, as a JSON object; or empty
 */
public record SubscriptionGroup(
        String name,
        boolean consumeEnable,
        boolean consumeFromMinEnable,
        boolean consumeBroadcastEnable,
        boolean consumeMessageOrderly,
        int retryQueues,
        int retryMaxTimes,
        long brokerId,
        long whichBrokerWhenConsumeSlowly,
        boolean notifyConsumerIdsChangedEnable,
        int sysFlag,
        int consumeTimeoutMinute,
        Map<String, String> attributes,
        String otherJson) {

    /** Copies the attributes. */
    public SubscriptionGroup {
        attributes = Collections.unmodifiableMap(new TreeMap<>(attributes));
    }

    /** A group with RocketMQ's defaults. */
    public static SubscriptionGroup of(String name) {
        return new SubscriptionGroup(name, true, true, true, false, 1, 16, 0, 1, true, 0, 15, Map.of(), "");
    }

    /** Appends the bytes of the class comment. */
    public void write(ByteBuf target) {
        StateText.write(target, name);
        target.writeByte((consumeEnable ? 1 : 0)
                | (consumeFromMinEnable ? 2 : 0)
                | (consumeBroadcastEnable ? 4 : 0)
                | (consumeMessageOrderly ? 8 : 0)
                | (notifyConsumerIdsChangedEnable ? 16 : 0));
        target.writeInt(retryQueues);
        target.writeInt(retryMaxTimes);
        target.writeLong(brokerId);
        target.writeLong(whichBrokerWhenConsumeSlowly);
        target.writeInt(sysFlag);
        target.writeInt(consumeTimeoutMinute);
        StateText.writeMap(target, attributes);
        StateText.write(target, otherJson);
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
        return new SubscriptionGroup(
                name,
                (bits & 1) != 0,
                (bits & 2) != 0,
                (bits & 4) != 0,
                (bits & 8) != 0,
                retryQueues,
                retryMaxTimes,
                brokerId,
                brokerWhenSlow,
                (bits & 16) != 0,
                sysFlag,
                timeout,
                attributes,
                StateText.read(source));
    }
}
