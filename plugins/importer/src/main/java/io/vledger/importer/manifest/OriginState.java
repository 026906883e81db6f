package io.vledger.importer.manifest;

import io.vledger.api.origin.InitialState;
import io.vledger.api.origin.InitialState.OriginGroup;
import io.vledger.api.origin.InitialState.OriginHalf;
import io.vledger.api.origin.InitialState.OriginProgress;
import io.vledger.api.origin.InitialState.OriginRun;
import io.vledger.api.origin.InitialState.OriginTopic;
import io.vledger.importer.format.ConfigFile;
import io.vledger.importer.format.OriginFileException;
import io.vledger.importer.format.SegmentWalk;
import io.vledger.importer.inspect.DeletedTopics;
import io.vledger.importer.inspect.NameVerdict;
import io.vledger.importer.inspect.QueueId;
import io.vledger.importer.manifest.NamesByMember.NamesFile;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import io.vledger.protocol.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Brings together what the members' {@code config/*.json} say. The source's word counts; what only another member knows is added,
 * with a note, unless the file that was changed last shows that it was deleted. Progress of consumers and of delayed delivery is
 * the furthest that any member with the same log wrote down. Consumer offsets behind a queue's end are cut to it: nobody can have
 * consumed what was never there, and a group that stood there would miss what comes. Where the topic was deleted and created again
 * such an offset is of the deleted one, and the group begins with the queue.
 */
final class OriginState {
    private static final int MAX_QUEUES = SegmentWalk.MAX_QUEUES;
    /** Queues that the schedule topic has, one for each delay level there can be. */
    private static final int DELAY_LEVELS = 64;

    private static final String TOPICS = "topics.json";
    private static final String GROUPS = "subscriptionGroup.json";
    private static final String OFFSETS = "consumerOffset.json";
    private static final String DELAYED = "delayOffset.json";
    /** Has the offsets of all queues, and not only of light ones, while {@code enableLmq} is on; the other file is not written then. */
    private static final String LIGHT_OFFSETS = "lmqConsumerOffset.json";

    /** Whichever of the two was written last is asked first. */
    private final List<String> offsetFiles;

    private final List<String> notes;
    private final NamesByMember knownTopics = new NamesByMember();
    private final NamesByMember knownGroups = new NamesByMember();
    private final Map<String, String> topicFrom = new TreeMap<>();
    private final Map<String, String> groupFrom = new TreeMap<>();
    private SortedMap<QueueId, QueueInLog> extents = new TreeMap<>();
    private Set<QueueId> recreated = Set.of();
    private final SortedMap<String, String> topics = new TreeMap<>();
    private final Map<String, Integer> queueCounts = new TreeMap<>();
    private final SortedMap<String, String> groups = new TreeMap<>();
    private final SortedMap<String, SortedMap<String, SortedMap<Integer, Long>>> offsets = new TreeMap<>();
    private final SortedMap<Integer, Long> delayed = new TreeMap<>();
    private List<OriginHalf> halves = List.of();
    private List<OriginRun> timers = List.of();

    /** @param lightQueues whether the old broker had {@code enableLmq} */
    OriginState(boolean lightQueues, List<String> notes) {
        this.offsetFiles = lightQueues ? List.of(LIGHT_OFFSETS, OFFSETS) : List.of(OFFSETS, LIGHT_OFFSETS);
        this.notes = notes;
    }

    /** Adds a member's own files; the source comes first. */
    void addDirectory(Path config) throws OriginFileException {
        Map<String, Map<Object, @Nullable Object>> files = new LinkedHashMap<>();
        for (String name : List.of(
                TOPICS,
                GROUPS,
                OFFSETS,
                LIGHT_OFFSETS,
                DELAYED,
                GroupRules.FILTERS,
                GroupRules.MODES,
                GroupRules.ORDERS)) {
            files.put(name, ConfigFile.read(config.resolve(name)).content());
        }
        add("", true, files);
    }

    /** Adds another member's files by name, as it sent them. */
    void addPeer(String member, PeerConfig peer) {
        Map<String, Map<Object, @Nullable Object>> files = new LinkedHashMap<>();
        peer.files().forEach((name, text) -> {
            try {
                files.put(name, Json.readObject(text.getBytes(StandardCharsets.UTF_8)));
            } catch (JsonException e) {
                notes.add(name + " of " + member + " cannot be read and is left out: " + e.getMessage());
            }
        });
        add(member, peer.sameLog(), files);
    }

    private void add(String member, boolean sameLog, Map<String, Map<Object, @Nullable Object>> files) {
        Map<Object, @Nullable Object> topicsFile = files.get(TOPICS);
        Map<String, Object> topicTable = table(topicsFile, "topicConfigTable");
        knownTopics.add(namesFile(topicsFile, topicTable.keySet()));
        topicTable.forEach((name, value) -> {
            if (value instanceof Map<?, ?> topic && topics.putIfAbsent(name, json(topic)) == null) {
                topicFrom.put(name, member);
                int queues = Math.max(
                        JsonFields.number(topic, "readQueueNums", 0), JsonFields.number(topic, "writeQueueNums", 0));
                queueCounts.put(name, Math.max(0, Math.min(MAX_QUEUES, queues)));
            }
        });
        Map<Object, @Nullable Object> groupsFile = files.get(GROUPS);
        Map<String, Object> groupTable = table(groupsFile, "subscriptionGroupTable");
        knownGroups.add(namesFile(groupsFile, groupTable.keySet()));
        GroupRules rules = new GroupRules(
                groupsFile, files.get(GroupRules.FILTERS), files.get(GroupRules.MODES), files.get(GroupRules.ORDERS));
        groupTable.forEach((name, value) -> {
            if (value instanceof Map<?, ?> group && groups.putIfAbsent(name, json(rules.in(name, group))) == null) {
                groupFrom.put(name, member);
            }
        });
        addOffsets(member, sameLog, files);
        table(files.get(DELAYED), "offsetTable").forEach((level, next) -> {
            if (level.matches("\\d{1,3}") && next instanceof Number number) {
                delayed.merge(
                        Integer.parseInt(level), number.longValue(), sameLog ? Math::max : (known, theirs) -> known);
            }
        });
    }

    private void addOffsets(String member, boolean sameLog, Map<String, Map<Object, @Nullable Object>> files) {
        Map<String, Map<?, ?>> tables = new LinkedHashMap<>();
        for (String file : offsetFiles) {
            table(files.get(file), "offsetTable").forEach((key, value) -> {
                if (value instanceof Map<?, ?> byQueue) {
                    tables.putIfAbsent(key, byQueue);
                }
            });
        }
        SortedSet<String> further = new TreeSet<>();
        tables.forEach((key, byQueue) -> {
            int at = key.indexOf('@');
            String group = key.substring(at + 1);
            if (at > 0 && addOffsets(member, sameLog, group, key.substring(0, at), byQueue)) {
                further.add(group);
            }
        });
        if (!further.isEmpty()) {
            notes.add(member + " wrote down last how far " + further.size() + " consumer groups are, among them "
                    + further.first() + "; they continue there");
        }
    }

    /** A file by what it says itself. */
    private static NamesFile namesFile(@Nullable Map<Object, @Nullable Object> file, Set<String> names) {
        return file != null && file.get("dataVersion") instanceof Map<?, ?> version
                ? new NamesFile(
                        JsonFields.longNumber(version, "timestamp", NamesByMember.UNKNOWN),
                        JsonFields.longNumber(version, "counter", 0),
                        names)
                : new NamesFile(NamesByMember.UNKNOWN, 0, names);
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

    /** What the members' files say about topics, to distinguish which of them live. */
    NamesByMember knownTopics() {
        return knownTopics;
    }

    /**
     * Sets POP groups back to the first message that was handed to them and not acknowledged: POP counts a message as consumed when it
     * is handed out, and nobody here would hand it out again.
     *
     * @param inFlight what was handed out and not acknowledged: queue offsets by group and queue
     */
    void setBack(SortedMap<String, SortedMap<QueueId, SortedSet<Long>>> inFlight) {
        inFlight.forEach((group, byQueue) ->
                byQueue.forEach((id, unacknowledged) -> offsets.computeIfAbsent(group, name -> new TreeMap<>())
                        .computeIfAbsent(id.topic(), name -> new TreeMap<>())
                        .merge(id.queue(), unacknowledged.first(), Math::min)));
    }

    /** Takes messages whose time of delivery has not come. */
    void timers(List<OriginRun> waiting) {
        timers = waiting;
    }

    /** Takes half messages without an outcome. */
    void halves(List<OriginHalf> open) {
        halves = open;
    }

    /**
     * What came of it.
     *
     * @param found queues in the log, also of topics that were deleted
     * @param existing how far every queue that was not deleted reaches
     * @param recreated queues whose topic was deleted and created again
     */
    InitialState state(Set<QueueId> found, SortedMap<QueueId, QueueInLog> existing, Set<QueueId> recreated) {
        this.extents = existing;
        this.recreated = recreated;
        Set<String> withMessages = topicsOf(existing.keySet());
        Set<String> withoutTheirs = topicsOf(found);
        withoutTheirs.removeAll(withMessages);
        forget(
                topics,
                topicFrom,
                "topic",
                name -> withoutTheirs.contains(name) || (deleted(knownTopics, name) && !withMessages.contains(name)));
        forget(groups, groupFrom, "consumer group", name -> deleted(knownGroups, name));
        extents.keySet().forEach(id -> {
            boolean light = id.topic().startsWith(TopicNames.LIGHT_PREFIX);
            if (topics.putIfAbsent(id.topic(), "") == null && !light) {
                notes.add(
                        "topic " + id.topic() + " has messages and no configuration; it gets as many queues as it has");
            }
            queueCounts.merge(id.topic(), id.queue() + 1, Math::max);
        });
        List<OriginTopic> all = new ArrayList<>();
        long key = 1;
        for (Map.Entry<String, String> topic : topics.entrySet()) {
            String name = topic.getKey();
            int count = queueCounts.getOrDefault(name, 0);
            if (name.equals(TopicNames.SCHEDULE)) {
                count = Math.max(count, DELAY_LEVELS);
            }
            all.add(new OriginTopic(
                    name,
                    topic.getValue().isEmpty() ? configuration(name, count) : topic.getValue(),
                    key,
                    ends(name, count)));
            key += count;
        }
        List<OriginGroup> allGroups = new ArrayList<>();
        groups.forEach((name, json) -> allGroups.add(new OriginGroup(name, json)));
        return new InitialState(all, allGroups, progress(), delivered(), openHalves(), waitingTimers());
    }

    /** Those of the wheel's present queue. */
    private List<OriginRun> waitingTimers() {
        QueueInLog queue = extent(TopicNames.TIMER, 0);
        return timers.stream()
                .map(run -> {
                    long first = Math.max(run.first(), queue.min());
                    return new OriginRun(first, Math.min(run.first() + run.count(), queue.max()) - first);
                })
                .filter(run -> run.count() > 0)
                .toList();
    }

    /** Those of the half topic's present queue. */
    private List<OriginHalf> openHalves() {
        QueueInLog queue = extent(TopicNames.HALF, 0);
        return halves.stream()
                .filter(half -> half.queueOffset() >= queue.min() && half.queueOffset() < queue.max())
                .toList();
    }

    private static boolean deleted(NamesByMember known, String name) {
        return known.verdict(name) == NameVerdict.DELETED;
    }

    private static Set<String> topicsOf(Set<QueueId> queues) {
        Set<String> topics = new HashSet<>();
        queues.forEach(id -> topics.add(id.topic()));
        return topics;
    }

    /** Removes what was deleted. */
    private void forget(
            SortedMap<String, String> all, Map<String, String> from, String what, Predicate<String> deleted) {
        from.forEach((name, member) -> {
            if (deleted.test(name) && !DeletedTopics.own(name)) {
                all.remove(name);
                notes.add(what + " " + name + " was deleted: the file that was changed last does not have it");
            } else {
                note(member, what + " " + name);
            }
        });
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

    private QueueInLog extent(String topic, int queue) {
        return extents.getOrDefault(new QueueId(topic, queue), QueueInLog.none(0));
    }

    private List<OriginProgress> progress() {
        List<OriginProgress> all = new ArrayList<>();
        offsets.forEach((group, byTopic) -> byTopic.forEach((topic, byQueue) -> {
            if (byQueue.isEmpty() || !topics.containsKey(topic)) {
                return;
            }
            Long[] next = new Long[byQueue.lastKey() + 1];
            Arrays.fill(next, -1L);
            byQueue.forEach((queue, at) -> next[queue] = Math.max(-1, next(group, topic, queue, at)));
            all.add(new OriginProgress(group, topic, List.of(next)));
        }));
        return all;
    }

    /** Where a group continues that stood at a queue offset. */
    private long next(String group, String topic, int queue, long at) {
        QueueInLog extent = extent(topic, queue);
        if (at <= extent.max()) {
            return at;
        }
        long next = recreated.contains(new QueueId(topic, queue)) ? extent.min() : extent.max();
        notes.add("group " + group + " stood at " + at + " in queue " + queue + " of " + topic + ", behind its end; "
                + (next < extent.max()
                        ? "the topic was created again since, and the group begins with it at " + next
                        : "it continues at " + next));
        return next;
    }

    private Map<Integer, Long> delivered() {
        Map<Integer, Long> next = new TreeMap<>();
        for (int level = 1; level <= DELAY_LEVELS; level++) {
            QueueInLog extent = extent(TopicNames.SCHEDULE, level - 1);
            long at = Math.max(extent.min(), Math.min(delayed.getOrDefault(level, 0L), extent.max()));
            if (at > 0) {
                next.put(level, at);
            }
        }
        return next;
    }
}
