package io.vledger.importer.inspect;

import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What was handed to POP consumers of an old broker and not acknowledged, by the broker's own records: a checkpoint for each batch
 * that it handed out, and an acknowledgement for each message or several. Both are messages with a JSON body (RocketMQ's {@code
 * PopCheckPoint}, {@code AckMsg}, {@code BatchAckMsg}), delivered by the timer into {@code rmq_sys_REVIVE_LOG_<cluster>} when the time
 * is over in which a batch is invisible to others.
 */
final class PopRecords {
    private static final String CHECKPOINT = "ck";
    private static final String ACKNOWLEDGEMENT = "ack";
    private static final String ACKNOWLEDGEMENTS = "bAck";
    /** One batch has at most this many messages: the checkpoint has a bit for each. */
    private static final int MAX_MESSAGES = 32;

    private final Map<Batch, NavigableSet<Long>> handedOut = new HashMap<>();
    private final Map<Batch, List<Long>> acknowledged = new HashMap<>();
    private int unreadable;

    /** What names a batch in all records of it. */
    private record Batch(String group, String topic, int queue, long start, long popTimeMs) {}

    /** Takes one record by its message's tag. */
    void add(@Nullable String tag, byte[] body) {
        if (tag == null) {
            return;
        }
        try {
            Map<Object, @Nullable Object> json = Json.readObject(body);
            Batch batch = new Batch(
                    JsonFields.text(json, "c", ""),
                    JsonFields.text(json, "t", ""),
                    JsonFields.number(json, "q", -1),
                    JsonFields.longNumber(json, "so", -1),
                    JsonFields.longNumber(json, "pt", -1));
            switch (tag) {
                case CHECKPOINT -> handedOut.put(batch, messages(batch, json));
                case ACKNOWLEDGEMENT ->
                    acknowledged
                            .computeIfAbsent(batch, unused -> new ArrayList<>())
                            .add(JsonFields.longNumber(json, "ao", -1));
                case ACKNOWLEDGEMENTS -> {
                    for (Object each : JsonFields.array(json, "aol")) {
                        if (each instanceof Number number) {
                            acknowledged
                                    .computeIfAbsent(batch, unused -> new ArrayList<>())
                                    .add(number.longValue());
                        }
                    }
                }
                default -> {}
            }
        } catch (JsonException e) {
            unreadable++;
        }
    }

    /** The batch's messages that its checkpoint does not have as acknowledged already. */
    private static NavigableSet<Long> messages(Batch batch, Map<Object, @Nullable Object> json) {
        NavigableSet<Long> offsets = new TreeSet<>();
        List<@Nullable Object> differences = JsonFields.array(json, "d");
        int bits = JsonFields.number(json, "bm", 0);
        int count = Math.min(MAX_MESSAGES, JsonFields.number(json, "n", 0));
        for (int i = 0; i < count; i++) {
            boolean done = (bits >>> i & 1) == 1;
            boolean listed = i < differences.size() && differences.get(i) instanceof Number;
            if (!done) {
                offsets.add(batch.start + (listed ? ((Number) differences.get(i)).longValue() : i));
            }
        }
        return offsets;
    }

    /** How many records could not be read. */
    int unreadable() {
        return unreadable;
    }

    /** What nobody acknowledged: queue offsets by group and queue. */
    SortedMap<String, SortedMap<QueueId, NavigableSet<Long>>> unacknowledged() {
        SortedMap<String, SortedMap<QueueId, NavigableSet<Long>>> all = new TreeMap<>();
        handedOut.forEach((batch, offsets) -> {
            NavigableSet<Long> left = new TreeSet<>(offsets);
            acknowledged.getOrDefault(batch, List.of()).forEach(left::remove);
            if (!left.isEmpty() && batch.queue >= 0) {
                all.computeIfAbsent(batch.group, unused -> new TreeMap<>())
                        .computeIfAbsent(new QueueId(batch.topic, batch.queue), unused -> new TreeSet<>())
                        .addAll(left);
            }
        });
        return all;
    }
}
