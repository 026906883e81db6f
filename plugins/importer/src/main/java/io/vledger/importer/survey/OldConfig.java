package io.vledger.importer.survey;

import io.vledger.importer.legacy.ConfigFile;
import io.vledger.importer.legacy.LegacyException;
import io.vledger.importer.survey.Finding.Kind;
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
    /** Reads the directory; what cannot be used is added to {@code findings}. */
    static OldConfig read(Path directory, Findings findings) {
        OldConfig config = new OldConfig(new TreeMap<>(), new ArrayList<>(), new TreeMap<>(), new TreeMap<>());
        take(directory.resolve("topics.json"), findings, file -> file.table("topicConfigTable")
                .forEach((name, value) -> config.topic(String.valueOf(name), value, findings)));
        take(directory.resolve("subscriptionGroup.json"), findings, file -> file.table("subscriptionGroupTable")
                .forEach((name, value) -> config.groups.add(String.valueOf(name))));
        take(directory.resolve("consumerOffset.json"), findings, file -> file.table("offsetTable")
                .forEach((name, value) -> config.offsets(String.valueOf(name), value)));
        take(directory.resolve("delayOffset.json"), findings, file -> file.table("offsetTable")
                .keySet()
                .forEach(level -> config.delayed.put(
                        Integer.parseInt(String.valueOf(level)),
                        JsonFields.longNumber(file.table("offsetTable"), String.valueOf(level), 0))));
        noteWhatIsKept(directory, findings);
        return config;
    }

    private interface Taker {
        void take(ConfigFile file);
    }

    private static void take(Path path, Findings findings, Taker taker) {
        try {
            ConfigFile file = ConfigFile.read(path);
            findings.notes(file.notes());
            if (file.from() == null) {
                findings.note(path + " is not there");
            } else {
                taker.take(file);
            }
        } catch (LegacyException | JsonException e) {
            findings.add(Kind.UNREADABLE, e.getMessage());
        } catch (NumberFormatException e) {
            findings.add(
                    Kind.UNREADABLE,
                    path + ": where a number should be stands something else (" + e.getMessage() + ")");
        }
    }

    private void topic(String name, Object value, Findings findings) {
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
                findings.add(
                        Kind.UNSUPPORTED,
                        "topic " + name
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

    private static void noteWhatIsKept(Path directory, Findings findings) {
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
            take(path, findings, file -> {
                if (!file.table(table).isEmpty()) {
                    findings.add(
                            Kind.KEPT,
                            path + " has " + file.table(table).size()
                                    + " entries of a feature that is not taken over; the file stays where it is");
                }
            });
        });
    }
}
