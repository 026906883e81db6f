package io.vledger.broker.transaction;

import io.netty.buffer.ByteBuf;
import io.vledger.protocol.message.MessageProperties;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What the properties of a stored half message say about it. Reused for one message after the other; {@link #scan} begins each. Whatever a
 * producer put there is accepted: what cannot be read is as if it were missing.
 */
final class HalfProperties implements MessageProperties.PairVisitor {
    private static final int MAX_LONG_DIGITS = 18;

    private @Nullable ByteBuf buffer;
    private int topicAt;
    private int topicLength;
    private int queueId;
    private int checks;
    private int immunitySeconds;
    private boolean immunityGiven;
    private long preparedQueueOffset;

    /** Reads the properties of a message. */
    void scan(MessageView message) {
        buffer = message.buffer();
        topicLength = 0;
        queueId = 0;
        checks = 0;
        immunityGiven = false;
        immunitySeconds = OpenHalf.DEFAULT_IMMUNITY;
        preparedQueueOffset = -1;
        MessageProperties.scan(message.buffer(), message.propertiesAt(), message.propertiesLength(), this);
    }

    @Override
    public boolean pair(ByteBuf source, int nameAt, int nameLength, int valueLength) {
        int valueAt = MessageProperties.valueAt(nameAt, nameLength);
        switch (nameLength) {
            case 8 -> {
                if (MessageProperties.matches(source, nameAt, nameLength, PropertyNames.REAL_QID)) {
                    queueId = Math.max(0, MessageProperties.number(source, valueAt, valueLength, 0));
                }
            }
            case 10 -> {
                if (MessageProperties.matches(source, nameAt, nameLength, PropertyNames.REAL_TOPIC)) {
                    topicAt = valueAt;
                    topicLength = valueLength;
                }
            }
            case 23 -> {
                if (MessageProperties.matches(source, nameAt, nameLength, PropertyNames.TRANSACTION_CHECK_TIMES)) {
                    int times = MessageProperties.number(source, valueAt, valueLength, 0);
                    checks = Math.max(0, Math.min(times, Short.MAX_VALUE));
                }
            }
            case 26 -> {
                if (MessageProperties.matches(source, nameAt, nameLength, PropertyNames.TRAN_PREPARED_QUEUE_OFFSET)) {
                    preparedQueueOffset = longNumber(source, valueAt, valueLength);
                }
            }
            case 30 -> {
                if (MessageProperties.matches(source, nameAt, nameLength, PropertyNames.CHECK_IMMUNITY_TIME)) {
                    immunityGiven = true;
                    immunitySeconds = seconds(source, valueAt, valueLength);
                }
            }
            default -> {}
        }
        return true;
    }

    private static int seconds(ByteBuf source, int at, int length) {
        int seconds = MessageProperties.number(source, at, length, OpenHalf.DEFAULT_IMMUNITY);
        return seconds == OpenHalf.DEFAULT_IMMUNITY ? seconds : Math.max(0, seconds);
    }

    private static long longNumber(ByteBuf source, int at, int length) {
        if (length < 1 || length > MAX_LONG_DIGITS) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < length; i++) {
            int digit = source.getByte(at + i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    /** The topic that the message is for; {@code known} if it is that one, so that no text is made. */
    String topic(@Nullable String known) {
        ByteBuf source = buffer;
        if (source == null || topicLength == 0) {
            return "";
        }
        return known != null && MessageProperties.matches(source, topicAt, topicLength, known)
                ? known
                : source.toString(topicAt, topicLength, StandardCharsets.UTF_8);
    }

    /** The queue of that topic that the message is for. */
    int queueId() {
        return queueId;
    }

    /** How often its producer was asked. */
    int checks() {
        return checks;
    }

    /** Whether the message says anything about its immunity. */
    boolean immunityGiven() {
        return immunityGiven;
    }

    /** Age below which it is not checked, or {@link OpenHalf#DEFAULT_IMMUNITY}. */
    int immunitySeconds() {
        return immunitySeconds;
    }

    /** The first place of a half message that was stored again; -1 if it does not say. */
    long preparedQueueOffset() {
        return preparedQueueOffset;
    }

    /** The place that it had before it was first stored again. */
    long first(long queueOffset) {
        return preparedQueueOffset >= 0 && preparedQueueOffset < queueOffset ? preparedQueueOffset : queueOffset;
    }
}
