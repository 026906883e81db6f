package io.vledger.importer.inspect;

import io.vledger.api.origin.InitialState.OriginHalf;
import io.vledger.protocol.GroupNames;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import io.vledger.protocol.message.SysFlag;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which half messages of an old broker have no outcome. Those below its own progress, the offset of {@code CID_RMQ_SYS_TRANS} on the half
 * topic, have one. Of the others those are open that nothing in the log settles: a mark in the op topic, a committed message
 * that names the half message's position (5.x writes its marks up to 3 s later, and a killed broker never), a later place of the same half
 * message, or a copy in the topic of those that were given up. One thread.
 */
final class HalfMessageScan {
    private static final String REMOVE_TAG = "d";
    private static final QueueId HALF = new QueueId(TopicNames.HALF, 0);
    private static final int NO_NUMBER = -1;

    private final long settledBelow;
    private final TreeMap<Long, OriginHalf> open = new TreeMap<>();
    private final Map<Long, Long> byPosition = new HashMap<>();
    /** The newest place of a half message by its producer's key for it and its birth. */
    private final Map<String, Long> byKey = new HashMap<>();
    /** The newest place of a half message that was stored again, by its first one: the outcome may be that of the first. */
    private final Map<Long, Long> byFirst = new HashMap<>();
    /** The first place of a half message that was stored again, by each later one. */
    private final Map<Long, Long> firstOf = new HashMap<>();

    HalfMessageScan(OriginConfig config) {
        settledBelow = config.offsets()
                .getOrDefault(GroupNames.TRANSACTIONS, java.util.Collections.emptySortedMap())
                .getOrDefault(HALF, 0L);
    }

    /** Takes every message of the log, in its order. */
    void take(String topic, MessageView message) {
        if ((message.sysFlag() & SysFlag.TRANSACTION_MASK) == SysFlag.TRANSACTION_COMMIT) {
            settle(byPosition.get(message.preparedOffset()));
        }
        switch (topic) {
            case TopicNames.HALF -> half(message);
            case TopicNames.OP_HALF -> marks(message);
            case TopicNames.TRANS_CHECK_MAX_TIME -> settle(byKey.get(key(message)));
            default -> {}
        }
    }

    private void half(MessageView message) {
        if (message.queueId() != 0) {
            return;
        }
        long queueOffset = message.queueOffset();
        long checks = number(message.property(PropertyNames.TRANSACTION_CHECK_TIMES));
        long prepared = number(message.property(PropertyNames.TRAN_PREPARED_QUEUE_OFFSET));
        Long before = byKey.put(key(message), queueOffset);
        if (checks > 0 || prepared >= 0) {
            settle(before); // it was stored again to be checked
        }
        byPosition.put(message.physicalOffset(), queueOffset);
        long first = first(queueOffset, prepared, checks > 0 ? before : null);
        if (first != queueOffset) {
            byFirst.put(first, queueOffset);
            firstOf.put(queueOffset, first);
        }
        if (queueOffset >= settledBelow) {
            String immunity = message.property(PropertyNames.CHECK_IMMUNITY_TIME);
            String topic = message.property(PropertyNames.REAL_TOPIC);
            open.put(
                    queueOffset,
                    new OriginHalf(
                            queueOffset,
                            first,
                            message.bornTimestamp(),
                            (int) Math.min(Integer.MAX_VALUE, number(immunity)),
                            (int) Math.min(Short.MAX_VALUE, Math.max(0, checks)),
                            topic == null ? "" : topic));
        }
    }

    /** A message that waits names its first place; one that was checked does not, so that is the first place of the one before it. */
    private long first(long queueOffset, long prepared, @Nullable Long before) {
        if (prepared >= 0 && prepared < queueOffset) {
            return prepared;
        }
        return before == null ? queueOffset : firstOf.getOrDefault(before, before);
    }

    /** A mark has one number in 4.x, and several with commas behind them in 5.x. */
    private void marks(MessageView message) {
        if (message.queueId() == 0 && REMOVE_TAG.equals(message.property(PropertyNames.TAGS))) {
            String body = message.buffer().toString(message.bodyAt(), message.bodyLength(), StandardCharsets.UTF_8);
            for (String each : body.split(",")) {
                settle(number(each));
            }
        }
    }

    private void settle(@Nullable Long queueOffset) {
        if (queueOffset != null) {
            open.remove(queueOffset);
            Long later = byFirst.get(queueOffset);
            if (later != null) {
                open.remove(later);
            }
        }
    }

    private static String key(MessageView message) {
        return message.property(PropertyNames.UNIQ_KEY) + " " + message.bornTimestamp();
    }

    private static long number(@Nullable String text) {
        return text != null && text.matches("\\d{1,18}") ? Long.parseLong(text) : NO_NUMBER;
    }

    /** Those without an outcome, in their order. */
    List<OriginHalf> open() {
        return new ArrayList<>(open.values());
    }
}
