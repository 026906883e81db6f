package io.vledger.importer.format;

import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.IndexedProperties;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.TagsCode;

/** Computes the third field of a message's consume queue unit as an old broker writes it. One thread. */
public final class TagsCodes {
    private final DelayTimes delays;
    private final IndexedProperties properties = new IndexedProperties();

    /** @param delayLevels the old broker's {@code messageDelayLevel}; empty for RocketMQ's own */
    public TagsCodes(String delayLevels) {
        this.delays = new DelayTimes(delayLevels);
    }

    /** The hash of its tag; of a delayed message the time of delivery, milliseconds since the epoch. */
    public long of(MessageView message) {
        if (delayed(message)) {
            return delays.dueMs(message.queueId(), message.storeTimestamp());
        }
        properties.scan(message.buffer(), message.propertiesAt(), message.propertiesLength());
        return TagsCode.of(message.buffer(), properties.tagsAt(), properties.tagsLength());
    }

    /** Whether a unit of a message may have this in its third field. */
    public boolean match(MessageView message, long tagsCode) {
        return delayed(message) || of(message) == tagsCode;
    }

    /** Whether a unit has a time of delivery, which depends on how the delays were configured when it was written. */
    public static boolean delayed(MessageView message) {
        return message.topic().equals(TopicNames.SCHEDULE);
    }
}
