package io.vledger.api.tap;

import java.util.Map;

/**
 * A committed message; a copy of its own.
 *
 * @param index index of its entry in the group's log
 * @param number its number among the messages of that entry, from 0; index and number together name it for ever
 * @param topic its topic
 * @param queue its queue
 * @param queueOffset its number in the queue
 * @param position its physical offset
 * @param storedMs when the leader stored it, milliseconds since the epoch
 * @param properties RocketMQ's and the user's properties, tag and keys among them
 * @param body the body as it was sent, compressed if the producer did so
 */
public record CommittedMessage(
        long index,
        int number,
        String topic,
        int queue,
        long queueOffset,
        long position,
        long storedMs,
        Map<String, String> properties,
        byte[] body) {}
