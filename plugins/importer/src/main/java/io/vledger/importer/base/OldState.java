package io.vledger.importer.base;

import io.vledger.api.origin.InitialState;
import io.vledger.api.origin.InitialState.OldGroup;
import io.vledger.api.origin.InitialState.OldProgress;
import io.vledger.api.origin.InitialState.OldTopic;
import io.vledger.importer.legacy.ConfigFile;
import io.vledger.importer.legacy.LegacyException;
import io.vledger.importer.survey.QueueId;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import io.vledger.protocol.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Brings together what the members' {@code config/*.json} say. The source's word counts; what only another member knows is added,
 * with a note. Progress of consumers and of delayed delivery is the furthest that any member with the same log wrote down. Consumer offsets behind a queue's end are cut to it: nobody can have consumed what was never there, and a group
 * that stood there would miss what comes.
 */
final class OldState {
    private static final int MAX_QUEUES = 65_536;
    private static final String SCHEDULE_TOPIC = "SCHEDULE_TOPIC_XXXX";
    /** Queues that the schedule topic has, one for each delay level there can be. */
    private static final int DELAY_LEVELS = 64;

    private final SortedMap<QueueId, Reach> extents;
    private final List<String> notes;
    private final SortedMap<String, String> topics = new TreeMap<>();
    private final Map<String, Integer> queueCounts = new TreeMap<>();
    private final SortedMap<String, String> groups = new TreeMap<>();
    private final SortedMap<String, SortedMap<String, SortedMap<Integer, Long>>> offsets = new TreeMap<>();
    private final SortedMap<Integer, Long> delayed = new TreeMap<>();

    OldState(SortedMap<QueueId, Reach> extents, List<String> notes) {
        this.extents = extents;
        this.notes = notes;
    }

    /** Adds a member's own files; the source comes first. */
    void addDirectory(Path config) throws LegacyException {
        Map<String, Map<Object, @Nullable Object>> files = new LinkedHashMap<>();
        for (String name :
                List.of("topics.json", "subscriptionGroup.json", "consumerOffset.json", "delayOffset.json")) {
            files.put(name, ConfigFile.read(config.resolve(name)).content());
        }
        add("", true, files);
    }

    /** Adds another member's files by name, as it told them. */
    void addTold(String member, Told told) {
        Map<String, Map<Object, @Nullable Object>> files = new LinkedHashMap<>();
        told.files().forEach((name, text) -> {
            try {
                files.put(name, Json.readObject(text.getBytes(StandardCharsets.UTF_8)));
            } catch (JsonException e) {
                notes.add(name + " of " + member + " cannot be read and is left out: " + e.getMessage());
            }
        });
        add(member, told.sameLog(), files);
    }

    private void add(String member, boolean sameLog, Map<String, Map<Object, @Nullable Object>> files) {
        SortedSet<String> further = new TreeSet<>();
        table(files.get("topics.json"), "topicConfigTable").forEach((name, value) -> {
            if (value instanceof Map<?, ?> topic && topics.putIfAbsent(name, json(topic)) == null) {
                note(member, "topic " + name);
                int queues = Math.max(
                        JsonFields.number(topic, "readQueueNums", 0), JsonFields.number(topic, "writeQueueNums", 0));
                queueCounts.put(name, Math.max(0, Math.min(MAX_QUEUES, queues)));
            }
        });
        table(files.get("subscriptionGroup.json"), "subscriptionGroupTable").forEach((name, value) -> {
            if (value instanceof Map<?, ?> group && groups.putIfAbsent(name, json(group)) == null) {
                note(member, "consumer group " + name);
            }
        });
        table(files.get("consumerOffset.json"), "offsetTable").forEach((key, value) -> {
            int at = key.indexOf('@');
            if (at > 0 && value instanceof Map<?, ?> byQueue) {
                String group = key.substring(at + 1);
                if (addOffsets(member, sameLog, group, key.substring(0, at), byQueue)) {
                    further.add(group);
                }
            }
        });
        if (!further.isEmpty()) {
            notes.add(member + " wrote down last how far " + further.size() + " consumer groups are, among them "
                    + further.first() + "; they go on there");
        }
        table(files.get("delayOffset.json"), "offsetTable").forEach((level, next) -> {
            if (level.matches("\\d{1,3}") && next instanceof Number number) {
                delayed.merge(
                        Integer.parseInt(level), number.longValue(), sameLog ? Math::max : (known, told) -> known);
            }
        });
    }

    /** Whether the member, which has the same log as those before, knows the group to be further. */
    private boolean addOffsets(String member, boolean sameLog, String group, String topic, Map<?, ?> byQueue) {
        SortedMap<Integer, Long> known =
                offsets.computeIfAbsent(group, name -> new TreeMap<>()).computeIfAbsent(topic, name -> new TreeMap<>());
        boolean fresh = known.isEmpty();
        boolean further = false;
        for (Map.Entry<?, ?> each : byQueue.entrySet()) {
            String number = String.valueOf(each.getKey());
            if (number.matches("\\d{1,5}") && each.getValue() instanceof Number next) {
                int queue = Integer.parseInt(number);
                Long before = known.get(queue);
                if (queue < MAX_QUEUES && (before == null || (sameLog && before < next.longValue()))) {
                    known.put(queue, next.longValue());
                    further |= before != null;
                }
            }
        }
        if (fresh && !known.isEmpty()) {
            note(member, "how far group " + group + " has consumed " + topic);
        }
        return further;
    }

    private void note(String member, String what) {
        if (!member.isEmpty()) {
            notes.add(what + " is taken over from " + member + ", which alone knows it");
        }
    }

    private static Map<String, Object> table(@Nullable Map<Object, @Nullable Object> file, String key) {
        Map<String, Object> table = new LinkedHashMap<>();
        if (file != null && file.get(key) instanceof Map<?, ?> found) {
            found.forEach((name, value) -> {
                if (value != null) {
                    table.put(String.valueOf(name), value);
                }
            });
        }
        return table;
    }

    private static String json(Map<?, ?> object) {
        return JsonWriter.create().any(object).toString();
    }

    /** What came of it. */
    InitialState state() {
        extents.keySet().forEach(id -> {
            if (topics.putIfAbsent(id.topic(), "") == null) {
                notes.add(
                        "topic " + id.topic() + " has messages and no configuration; it gets as many queues as it has");
            }
            queueCounts.merge(id.topic(), id.queue() + 1, Math::max);
        });
        List<OldTopic> all = new ArrayList<>();
        long key = 1;
        for (Map.Entry<String, String> topic : topics.entrySet()) {
            String name = topic.getKey();
            int count = queueCounts.getOrDefault(name, 0);
            if (name.equals(SCHEDULE_TOPIC)) {
                count = Math.max(count, DELAY_LEVELS);
            }
            all.add(new OldTopic(
                    name,
                    topic.getValue().isEmpty() ? configuration(name, count) : topic.getValue(),
                    key,
                    ends(name, count)));
            key += count;
        }
        List<OldGroup> allGroups = new ArrayList<>();
        groups.forEach((name, json) -> allGroups.add(new OldGroup(name, json)));
        return new InitialState(all, allGroups, progress(), delivered());
    }

    private static String configuration(String name, int queues) {
        return JsonWriter.create()
                .beginObject()
                .field("topicName", name)
                .field("readQueueNums", queues)
                .field("writeQueueNums", queues)
                .field("perm", 6)
                .endObject()
                .toString();
    }

    private List<Long> ends(String topic, int count) {
        Long[] ends = new Long[count];
        Arrays.setAll(ends, queue -> extent(topic, queue).max());
        return List.of(ends);
    }

    private Reach extent(String topic, int queue) {
        return extents.getOrDefault(new QueueId(topic, queue), Reach.none(0));
    }

    private List<OldProgress> progress() {
        List<OldProgress> all = new ArrayList<>();
        offsets.forEach((group, byTopic) -> byTopic.forEach((topic, byQueue) -> {
            if (byQueue.isEmpty()) {
                return;
            }
            Long[] next = new Long[byQueue.lastKey() + 1];
            Arrays.fill(next, -1L);
            byQueue.forEach((queue, at) -> {
                long end = extent(topic, queue).max();
                if (at > end && topics.containsKey(topic)) {
                    notes.add("group " + group + " stood at " + at + " in queue " + queue + " of " + topic
                            + ", behind its end; it goes on at " + end);
                }
                next[queue] = Math.max(-1, topics.containsKey(topic) ? Math.min(at, end) : at);
            });
            all.add(new OldProgress(group, topic, List.of(next)));
        }));
        return all;
    }

    private Map<Integer, Long> delivered() {
        Map<Integer, Long> next = new TreeMap<>();
        for (int level = 1; level <= DELAY_LEVELS; level++) {
            Reach extent = extent(SCHEDULE_TOPIC, level - 1);
            long at = Math.max(extent.min(), Math.min(delayed.getOrDefault(level, 0L), extent.max()));
            if (at > 0) {
                next.put(level, at);
            }
        }
        return next;
    }
}
