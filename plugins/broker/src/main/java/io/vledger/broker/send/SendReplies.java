package io.vledger.broker.send;

import io.vledger.broker.group.Refusals;
import io.vledger.broker.group.Traffic;
import io.vledger.protocol.message.OffsetMessageId;
import java.util.function.LongSupplier;

/**
 * What it takes to answer sends, the same for all of a group.
 *
 * @param refusals answers those that were refused
 * @param traffic counts them
 * @param messageIds makes the ids of stored messages
 * @param clock milliseconds since the epoch
 */
public record SendReplies(Refusals refusals, Traffic traffic, OffsetMessageId messageIds, LongSupplier clock) {
    long nowMs() {
        return clock.getAsLong();
    }
}
