package io.vledger.broker.send;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.timer.TimerTimes;
import io.vledger.protocol.message.MessageProperties;
import io.vledger.protocol.message.PropertyNames;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Turns the properties that a producer sent into those that are stored: adds what the broker adds, drops what it drops, notes
 * what decides how the message is stored. Reused for one message after the other; loop only.
 */
final class SendProperties implements MessageProperties.PairVisitor {
    private static final int NO_NUMBER = Integer.MIN_VALUE;
    private static final String[] REPLACED = {
        PropertyNames.MSG_REGION, PropertyNames.TRACE_ON, PropertyNames.CLUSTER, PropertyNames.POP_CK
    };
    private static final String[] REPLACED_WHEN_DELAYED = {
        PropertyNames.MSG_REGION,
        PropertyNames.TRACE_ON,
        PropertyNames.CLUSTER,
        PropertyNames.POP_CK,
        PropertyNames.REAL_TOPIC,
        PropertyNames.REAL_QID,
        PropertyNames.DELAY,
        PropertyNames.TIMER_DELAY_SEC,
        PropertyNames.TIMER_DELAY_MS,
        PropertyNames.TIMER_DELIVER_MS
    };
    private static final String[] REPLACED_WHEN_TIMED = {
        PropertyNames.MSG_REGION,
        PropertyNames.TRACE_ON,
        PropertyNames.CLUSTER,
        PropertyNames.POP_CK,
        PropertyNames.REAL_TOPIC,
        PropertyNames.REAL_QID
    };
    private static final String[] REPLACED_WHEN_LIGHT = {
        PropertyNames.MSG_REGION,
        PropertyNames.TRACE_ON,
        PropertyNames.CLUSTER,
        PropertyNames.POP_CK,
        PropertyNames.INNER_MULTI_QUEUE_OFFSET
    };
    private static final String[] REPLACED_IN_HALF = {
        PropertyNames.MSG_REGION,
        PropertyNames.TRACE_ON,
        PropertyNames.CLUSTER,
        PropertyNames.POP_CK,
        PropertyNames.REAL_TOPIC,
        PropertyNames.REAL_QID,
        PropertyNames.TRANSACTION_ID,
        PropertyNames.TRAN_PREPARED_QUEUE_OFFSET
    };

    private final byte[] suffix;
    private ByteBuf given = Unpooled.buffer(1024);
    private final ByteBuf stored = Unpooled.buffer(1024);
    private boolean rewrite;
    private boolean transaction;
    private boolean timed;
    private boolean fired;
    private boolean sharded;
    private String lightQueues = "";
    private int priority;
    private boolean delayGiven;
    private boolean lite;
    /** {@link #NO_NUMBER} where it is given and is none. */
    private int delayLevel;

    private int uniqueKeyAt;
    private int uniqueKeyLength;

    SendProperties(String cluster) {
        ByteBuf pairs = Unpooled.buffer();
        MessageProperties.append(pairs, PropertyNames.MSG_REGION, SystemNames.REGION);
        MessageProperties.append(pairs, PropertyNames.TRACE_ON, "true");
        MessageProperties.append(pairs, PropertyNames.CLUSTER, cluster);
        suffix = new byte[pairs.readableBytes()];
        pairs.readBytes(suffix);
    }

    /** Where the producer's properties are to be put before {@link #scan}; empty. */
    ByteBuf given() {
        if (given.capacity() > 128 << 10) {
            given = Unpooled.buffer(1024);
        }
        return given.clear();
    }

    /** Looks through the producer's properties. */
    void scan() {
        rewrite = false;
        transaction = false;
        timed = false;
        fired = false;
        sharded = false;
        lightQueues = "";
        priority = -1;
        delayGiven = false;
        lite = false;
        delayLevel = 0;
        uniqueKeyLength = 0;
        MessageProperties.scan(given, 0, given.readableBytes(), this);
    }

    @Override
    public boolean pair(ByteBuf buffer, int nameAt, int nameLength, int valueLength) {
        int valueAt = MessageProperties.valueAt(nameAt, nameLength);
        switch (nameLength) {
            case 4 ->
                rewrite |= named(nameAt, nameLength, PropertyNames.WAIT)
                        && MessageProperties.matches(buffer, valueAt, valueLength, "true");
            case 5 -> {
                if (named(nameAt, nameLength, PropertyNames.DELAY)) {
                    delayGiven = true;
                    delayLevel = MessageProperties.number(buffer, valueAt, valueLength, NO_NUMBER);
                }
            }
            case 6 -> rewrite |= named(nameAt, nameLength, PropertyNames.POP_CK);
            case 7 -> rewrite |= named(nameAt, nameLength, PropertyNames.CLUSTER);
            case 8 -> ofEight(buffer, nameAt, valueAt, valueLength);
            case 10 -> rewrite |= named(nameAt, nameLength, PropertyNames.MSG_REGION);
            case 12 -> {
                fired |= named(nameAt, nameLength, PropertyNames.TIMER_OUT_MS);
                lite |= named(nameAt, nameLength, PropertyNames.LITE_TOPIC);
            }
            case 13 -> sharded |= named(nameAt, nameLength, PropertyNames.SHARDING_KEY);
            case 14 -> timed |= named(nameAt, nameLength, PropertyNames.TIMER_DELAY_MS);
            case 15 -> timed |= named(nameAt, nameLength, PropertyNames.TIMER_DELAY_SEC);
            case 16 -> timed |= named(nameAt, nameLength, PropertyNames.TIMER_DELIVER_MS);
            case 18 -> {
                if (named(nameAt, nameLength, PropertyNames.PRIORITY)) {
                    priority = MessageProperties.number(buffer, valueAt, valueLength, -1);
                }
            }
            case 20 -> {
                if (named(nameAt, nameLength, PropertyNames.INNER_MULTI_DISPATCH)) {
                    lightQueues = buffer.toString(valueAt, valueLength, StandardCharsets.UTF_8);
                }
            }
            default -> {}
        }
        return true;
    }

    private void ofEight(ByteBuf buffer, int nameAt, int valueAt, int valueLength) {
        if (named(nameAt, 8, PropertyNames.UNIQ_KEY)) {
            uniqueKeyAt = valueAt;
            uniqueKeyLength = valueLength;
        } else if (named(nameAt, 8, PropertyNames.TRACE_ON)) {
            rewrite = true;
        } else if (named(nameAt, 8, PropertyNames.TRAN_MSG)) {
            transaction |= MessageProperties.matches(buffer, valueAt, valueLength, "true");
        }
    }

    private boolean named(int at, int length, String name) {
        return MessageProperties.matches(given, at, length, name);
    }

    /** Whether it is the half message of a transaction. */
    boolean transaction() {
        return transaction;
    }

    /** Whether it asks for delivery at an arbitrary time; not if that was done, and it is sent again. */
    boolean timed() {
        return timed && !fired;
    }

    /** When it asks to be delivered. */
    TimerTimes.Wish wish() {
        return new TimerTimes.Wish(
                text(PropertyNames.TIMER_DELAY_SEC),
                text(PropertyNames.TIMER_DELAY_MS),
                text(PropertyNames.TIMER_DELIVER_MS),
                text(PropertyNames.TIMER_DEL_UNIQKEY) != null);
    }

    /** The value of a property that the producer gave; null if it gave none. */
    @Nullable
    String text(String name) {
        return MessageProperties.text(given, 0, given.readableBytes(), name);
    }

    /** Whether it has a sharding key, as messages have that are sent in order. */
    boolean sharded() {
        return sharded;
    }

    /** Whether it belongs to a lite topic. */
    boolean lite() {
        return lite;
    }

    /**
     * Its priority, by which RocketMQ 5.4 picks the queue; negative if it has none. Only a message that is neither delayed nor ordered nor half
     * has one: from another it is dropped.
     */
    int priority() {
        boolean other = transaction || timed || delayGiven || sharded;
        return other ? -1 : priority;
    }

    /** The light queues that it is to be in too, with commas between; empty for none. */
    String lightQueues() {
        return lightQueues;
    }

    /** The level for which it asks to be delayed; 0 or less for none. */
    int delayLevel() {
        return Math.max(0, delayLevel);
    }

    /** Whether a delay level is given that is no number. */
    boolean hasBadDelayLevel() {
        return delayLevel == NO_NUMBER;
    }

    /** Whether the producer gave it a unique key. */
    boolean hasUniqueKey() {
        return uniqueKeyLength > 0;
    }

    /** The producer's unique key as ASCII bytes; a copy. */
    byte[] uniqueKey() {
        byte[] key = new byte[uniqueKeyLength];
        given.getBytes(uniqueKeyAt, key);
        return key;
    }

    /** Makes the stored form and returns it; valid until the next call. */
    ByteBuf store(byte[] newUniqueKey) {
        stored.clear();
        copy(REPLACED, rewrite);
        finish(newUniqueKey);
        return stored;
    }

    /** As {@link #store}, for a message that waits in the schedule topic. */
    ByteBuf storeDelayed(byte[] newUniqueKey, int level, String realTopic, int realQueueId) {
        stored.clear();
        copy(REPLACED_WHEN_DELAYED, true);
        MessageProperties.append(stored, PropertyNames.DELAY, Integer.toString(level));
        MessageProperties.append(stored, PropertyNames.REAL_TOPIC, realTopic);
        MessageProperties.append(stored, PropertyNames.REAL_QID, Integer.toString(realQueueId));
        finish(newUniqueKey);
        return stored;
    }

    /** As {@link #store}, for a half message. */
    ByteBuf storeHalf(byte[] newUniqueKey, byte[] uniqueKey, String realTopic, int realQueueId) {
        stored.clear();
        copy(REPLACED_IN_HALF, true);
        MessageProperties.append(stored, PropertyNames.REAL_TOPIC, realTopic);
        MessageProperties.append(stored, PropertyNames.REAL_QID, Integer.toString(realQueueId));
        MessageProperties.append(stored, PropertyNames.TRANSACTION_ID, new Ascii(uniqueKey));
        finish(newUniqueKey);
        return stored;
    }

    /** As {@link #store}, for a message that has these queue offsets in the light queues that it asks for. */
    ByteBuf storeLight(byte[] newUniqueKey, String queueOffsets) {
        stored.clear();
        copy(REPLACED_WHEN_LIGHT, true);
        MessageProperties.append(stored, PropertyNames.INNER_MULTI_QUEUE_OFFSET, queueOffsets);
        finish(newUniqueKey);
        return stored;
    }

    /** As {@link #store}, for a message that waits among the timers. */
    ByteBuf storeTimed(byte[] newUniqueKey, long outMs, String realTopic, int realQueueId) {
        stored.clear();
        copy(REPLACED_WHEN_TIMED, true);
        MessageProperties.append(stored, PropertyNames.TIMER_OUT_MS, Long.toString(outMs));
        MessageProperties.append(stored, PropertyNames.REAL_TOPIC, realTopic);
        MessageProperties.append(stored, PropertyNames.REAL_QID, Integer.toString(realQueueId));
        finish(newUniqueKey);
        return stored;
    }

    private void copy(String[] dropped, boolean onePairAtATime) {
        int length = given.readableBytes();
        boolean withoutPriority = priority >= 0 && priority() < 0;
        if (onePairAtATime || withoutPriority) {
            MessageProperties.scan(given, 0, length, (source, nameAt, nameLength, valueLength) -> {
                if (!dropped(dropped, source, nameAt, nameLength, valueLength)
                        && !(withoutPriority && named(nameAt, nameLength, PropertyNames.PRIORITY))) {
                    stored.writeBytes(source, nameAt, nameLength + 1 + valueLength);
                    stored.writeByte(MessageProperties.VALUE_END);
                }
                return true;
            });
        } else if (length > 0) {
            stored.writeBytes(given, 0, length);
            if (given.getByte(length - 1) != MessageProperties.VALUE_END) {
                stored.writeByte(MessageProperties.VALUE_END);
            }
        }
    }

    private static boolean dropped(String[] names, ByteBuf source, int nameAt, int nameLength, int valueLength) {
        for (String name : names) {
            if (MessageProperties.matches(source, nameAt, nameLength, name)) {
                return true;
            }
        }
        // That a producer waits for storage is the rule, and RocketMQ stores it in half messages only.
        return names != REPLACED_IN_HALF
                && MessageProperties.matches(source, nameAt, nameLength, PropertyNames.WAIT)
                && MessageProperties.matches(
                        source, MessageProperties.valueAt(nameAt, nameLength), valueLength, "true");
    }

    private void finish(byte[] newUniqueKey) {
        if (newUniqueKey.length > 0) {
            stored.writeCharSequence(PropertyNames.UNIQ_KEY, StandardCharsets.US_ASCII);
            stored.writeByte(MessageProperties.NAME_END);
            stored.writeBytes(newUniqueKey);
            stored.writeByte(MessageProperties.VALUE_END);
        }
        stored.writeBytes(suffix);
    }
}
