package io.vledger.importer.inspect;

import io.vledger.api.origin.InitialState.OriginHalf;
import io.vledger.api.origin.InitialState.OriginRun;
import io.vledger.importer.format.QueueExtent;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * What an old broker had taken upon itself to deliver: messages with a time of delivery that has not come, messages that were
 * handed to POP consumers and not acknowledged, and half messages. All lie in topics of its own.
 *
 * <p>{@code rmq_sys_wheel_timer} has everything that waits for a time; {@code config/timercheck} begins with the time up to which all
 * was delivered. Records of POP wait there too and come to {@code rmq_sys_REVIVE_LOG_<cluster>}, where the offset of {@code
 * CID_RMQ_SYS_REVIVE_GROUP} says how far the broker has worked them off. One thread.
 */
final class UndeliveredScan {
    private static final String REVIVE_PREFIX = "rmq_sys_REVIVE_LOG_";
    private static final String REVIVE_GROUP = "CID_RMQ_SYS_REVIVE_GROUP";

    private final long deliveredMs;
    private final SortedMap<QueueId, Long> revived;
    private final PopRecords pop = new PopRecords();
    private final HalfMessageScan halves;
    /** Messages that wait, by what tells one from another. */
    private final Map<String, Waiting> waiting = new HashMap<>();

    private final Set<String> recalled = new HashSet<>();

    private record Waiting(long queueOffset, String topic) {}

    /** @param config says how far the broker has worked off the records of POP */
    UndeliveredScan(Path root, OriginConfig config, Findings findings) {
        this.deliveredMs = deliveredMs(root.resolve("config").resolve("timercheck"), findings);
        this.halves = new HalfMessageScan(config);
        this.revived = config.offsets().getOrDefault(REVIVE_GROUP, new TreeMap<>());
    }

    /** The first eight bytes of the file; 0, as before everything, without it. */
    private static long deliveredMs(Path file, Findings findings) {
        if (!Files.isRegularFile(file)) {
            return 0;
        }
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            return in.readLong();
        } catch (IOException e) {
            findings.note(file + " cannot be read (" + e.getMessage()
                    + "): every message with a time of delivery counts as not delivered");
            return 0;
        }
    }

    /** Takes every message of the log, in its order. */
    void take(MessageView message) {
        String topic = message.topic();
        halves.take(topic, message);
        if (topic.startsWith(REVIVE_PREFIX)) {
            if (message.queueOffset() >= revived.getOrDefault(new QueueId(topic, message.queueId()), 0L)) {
                record(message);
            }
        } else if (topic.equals(TopicNames.TIMER)) {
            String outMs = message.property(PropertyNames.TIMER_OUT_MS);
            if (outMs != null && outMs.matches("\\d{1,18}") && Long.parseLong(outMs) >= deliveredMs) {
                waits(message);
            }
        }
    }

    private void waits(MessageView message) {
        String real = message.property(PropertyNames.REAL_TOPIC);
        String deleted = message.property(PropertyNames.TIMER_DEL_UNIQKEY);
        if (real != null && real.startsWith(REVIVE_PREFIX)) {
            record(message);
        } else if (deleted != null) {
            // 5.5 can be configured to write the topic before the key.
            recalled.add(name(message, deleted.substring(deleted.indexOf('+') + 1)));
        } else {
            String key = message.property(PropertyNames.UNIQ_KEY);
            String name = key == null ? "at " + message.physicalOffset() : name(message, key);
            Waiting each = new Waiting(message.queueOffset(), real == null ? "" : real);
            Waiting before = waiting.put(name, each);
            if (before != null && message.property(PropertyNames.TIMER_ROLL_TIMES) == null) {
                // Not the same message further on in the wheel, but one that was sent twice.
                waiting.put(name + " at " + before.queueOffset(), before);
            }
        }
    }

    /** A message is recalled by its key and its time. */
    private static String name(MessageView message, String key) {
        return message.property(PropertyNames.TIMER_OUT_MS) + " " + key;
    }

    private void record(MessageView message) {
        byte[] body = new byte[message.bodyLength()];
        message.buffer().getBytes(message.bodyAt(), body);
        pop.add(message.property(PropertyNames.TAGS), body);
    }

    /** Messages that wait for their time by the topic that they are for. */
    SortedMap<String, Integer> waiting() {
        SortedMap<String, Integer> byTopic = new TreeMap<>();
        waiting.forEach((name, each) -> {
            if (waits(name)) {
                byTopic.merge(each.topic(), 1, Integer::sum);
            }
        });
        return byTopic;
    }

    private boolean waits(String name) {
        int twice = name.indexOf(" at ");
        return !recalled.contains(twice < 0 ? name : name.substring(0, twice));
    }

    /** Where they lie in the queue of the wheel. */
    List<OriginRun> timers() {
        long[] offsets = waiting.entrySet().stream()
                .filter(each -> waits(each.getKey()))
                .mapToLong(each -> each.getValue().queueOffset())
                .sorted()
                .toArray();
        List<OriginRun> runs = new ArrayList<>();
        int from = 0;
        for (int i = 1; i <= offsets.length; i++) {
            if (i == offsets.length || offsets[i] != offsets[i - 1] + 1) {
                runs.add(new OriginRun(offsets[from], i - from));
                from = i;
            }
        }
        return runs;
    }

    /** How many messages wait for their time. */
    int count() {
        return waiting().values().stream().mapToInt(Integer::intValue).sum();
    }

    /**
     * What was handed to POP consumers and not acknowledged: queue offsets by group and queue.
     *
     * @param queues every queue: what is not in them any more cannot be delivered
     */
    SortedMap<String, SortedMap<QueueId, SortedSet<Long>>> unacknowledged(SortedMap<QueueId, QueueExtent> queues) {
        SortedMap<String, SortedMap<QueueId, SortedSet<Long>>> there = new TreeMap<>();
        pop.unacknowledged()
                .forEach((group, byQueue) -> byQueue.forEach((id, offsets) -> {
                    QueueExtent extent = queues.getOrDefault(id, new QueueExtent(0, 0));
                    SortedSet<Long> left = offsets.subSet(extent.min(), extent.max());
                    if (!left.isEmpty()) {
                        there.computeIfAbsent(group, unused -> new TreeMap<>()).put(id, left);
                    }
                }));
        return there;
    }

    /** Half messages without an outcome. */
    List<OriginHalf> openHalves() {
        return halves.open();
    }

    /** How many records of POP could not be read. */
    int unreadable() {
        return pop.unreadable();
    }
}
