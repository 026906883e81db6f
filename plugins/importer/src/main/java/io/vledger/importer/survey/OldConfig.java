package io.vledger.importer.survey;

import io.vledger.importer.legacy.ConfigFile;
import io.vledger.importer.legacy.LegacyException;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an old broker's {@code config} directory says.
 *
 * @param topics shapes by name
 * @param groups names of the subscription groups
 * @param offsets consumer offsets: group, then queue
 * @param delayed progress of delay levels: queue offset by level
 */
record OldConfig(
        SortedMap<String, Survey.TopicShape> topics,
        List<String> groups,
        SortedMap<String, SortedMap<QueueId, Long>> offsets,
        SortedMap<Integer, Long> delayed) {
    /** Reads the directory; what cannot be used is added to {@code refusals}. */
    static OldConfig read(Path directory, List<String> refusals, List<String> notes) {
        OldConfig config = new OldConfig(new TreeMap<>(), new ArrayList<>(), new TreeMap<>(), new TreeMap<>());
        take(directory.resolve("topics.json"), refusals, notes, file -> file.table("topicConfigTable")
                .forEach((name, value) -> config.topic(String.valueOf(name), value, refusals)));
        take(directory.resolve("subscriptionGroup.json"), refusals, notes, file -> file.table("subscriptionGroupTable")
                .forEach((name, value) -> config.groups.add(String.valueOf(name))));
        take(directory.resolve("consumerOffset.json"), refusals, notes, file -> file.table("offsetTable")
                .forEach((name, value) -> config.offsets(String.valueOf(name), value)));
        take(directory.resolve("delayOffset.json"), refusals, notes, file -> file.table("offsetTable")
                .keySet()
                .forEach(level -> config.delayed.put(
                        Integer.parseInt(String.valueOf(level)),
                        JsonFields.longNumber(file.table("offsetTable"), String.valueOf(level), 0))));
        noteWhatIsKept(directory, refusals, notes);
        return config;
    }

    private interface Taker {
        void take(ConfigFile file);
    }

    private static void take(Path path, List<String> refusals, List<String> notes, Taker taker) {
        try {
            ConfigFile file = ConfigFile.read(path);
            notes.addAll(file.notes());
            if (file.from() == null) {
                notes.add(path + " is not there");
            } else {
                taker.take(file);
            }
        } catch (LegacyException | JsonException e) {
            refusals.add(e.getMessage());
        } catch (NumberFormatException e) {
            refusals.add(path + ": where a number should be stands something else (" + e.getMessage() + ")");
        }
    }

    private void topic(String name, Object value, List<String> refusals) {
        if (!(value instanceof Map<?, ?> shape)) {
            return;
        }
        topics.put(
                name,
                new Survey.TopicShape(
                        JsonFields.number(shape, "readQueueNums", 0), JsonFields.number(shape, "writeQueueNums", 0)));
        if (shape.get("attributes") instanceof Map<?, ?> attributes) {
            Object type = attributes.get("queue.type");
            if (type != null && type.toString().equalsIgnoreCase("BatchCQ")) {
                refusals.add("topic " + name
                        + " has queue.type BatchCQ, whose queues cannot be taken over; consume it to its"
                        + " end and delete it");
            }
        }
    }

    private void offsets(String key, Object value) {
        int at = key.indexOf('@');
        if (at <= 0 || !(value instanceof Map<?, ?> byQueue)) {
            return;
        }
        SortedMap<QueueId, Long> ofGroup = offsets.computeIfAbsent(key.substring(at + 1), unused -> new TreeMap<>());
        for (Object queue : byQueue.keySet()) {
            ofGroup.put(
                    new QueueId(key.substring(0, at), Integer.parseInt(String.valueOf(queue))),
                    JsonFields.longNumber(byQueue, String.valueOf(queue), 0));
        }
    }

    private static void noteWhatIsKept(Path directory, List<String> refusals, List<String> notes) {
        Map<String, String> tables = Map.of(
                "topicQueueMapping.json", "topicQueueMappingInfoMap",
                "lmqConsumerOffset.json", "lmqOffsetTable",
                "consumerOrderInfo.json", "table",
                "messageRequestMode.json", "messageRequestModeMap",
                "consumerFilter.json", "filterDataByTopic");
        tables.forEach((name, table) -> {
            Path path = directory.resolve(name);
            if (!Files.exists(path)) {
                return;
            }
            take(path, refusals, notes, file -> {
                if (!file.table(table).isEmpty()) {
                    notes.add(path + " has " + file.table(table).size()
                            + " entries of a feature that is not taken over; the file stays where it is");
                }
            });
        });
    }
}
