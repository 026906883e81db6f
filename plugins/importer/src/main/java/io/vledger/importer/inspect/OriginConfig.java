package io.vledger.importer.inspect;

import io.vledger.importer.format.ConfigFile;
import io.vledger.importer.format.OriginFileException;
import io.vledger.importer.inspect.Finding.Kind;
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
record OriginConfig(
        SortedMap<String, Survey.TopicShape> topics,
        List<String> groups,
        SortedMap<String, SortedMap<QueueId, Long>> offsets,
        SortedMap<Integer, Long> delayed) {
    /**
     * Reads the directory.
     *
     * @param lightQueues whether the old broker had {@code enableLmq}, and so all its offsets in another file
     * @param findings receives what cannot be used
     */
    static OriginConfig read(Path directory, boolean lightQueues, Findings findings) {
        OriginConfig config = new OriginConfig(new TreeMap<>(), new ArrayList<>(), new TreeMap<>(), new TreeMap<>());
        take(directory.resolve("topics.json"), findings, file -> file.table("topicConfigTable")
                .forEach((name, value) -> config.topic(String.valueOf(name), value)));
        take(directory.resolve("subscriptionGroup.json"), findings, file -> file.table("subscriptionGroupTable")
                .forEach((name, value) -> config.groups.add(String.valueOf(name))));
        Path offsets = directory.resolve("consumerOffset.json");
        Path light = directory.resolve("lmqConsumerOffset.json");
        List<Path> both = lightQueues ? List.of(light, offsets) : List.of(offsets, light);
        both.stream()
                .filter(path -> path.equals(both.get(0)) || Files.exists(path))
                .forEach(path -> take(path, findings, file -> file.table("offsetTable")
                        .forEach((name, value) -> config.offsets(String.valueOf(name), value))));
        take(directory.resolve("delayOffset.json"), findings, file -> file.table("offsetTable")
                .keySet()
                .forEach(level -> config.delayed.put(
                        Integer.parseInt(String.valueOf(level)),
                        JsonFields.longNumber(file.table("offsetTable"), String.valueOf(level), 0))));
        return config;
    }

    /** When {@code topics.json} was changed last by what it says itself, milliseconds since the epoch; -1 if it does not. */
    static long topicsChangedMs(Path directory) {
        try {
            return ConfigFile.read(directory.resolve("topics.json")).content().get("dataVersion")
                            instanceof Map<?, ?> version
                    ? JsonFields.longNumber(version, "timestamp", -1)
                    : -1;
        } catch (OriginFileException | JsonException unusable) {
            return -1;
        }
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
        } catch (OriginFileException | JsonException e) {
            findings.add(Kind.UNREADABLE, String.valueOf(e.getMessage()));
        } catch (NumberFormatException e) {
            findings.add(
                    Kind.UNREADABLE,
                    path + ": where a number should be stands something else (" + e.getMessage() + ")");
        }
    }

    private void topic(String name, Object value) {
        if (!(value instanceof Map<?, ?> shape)) {
            return;
        }
        Map<String, String> attributes = new TreeMap<>();
        if (shape.get("attributes") instanceof Map<?, ?> written) {
            // Brokers write some attributes as they were asked for, with a plus.
            written.forEach(
                    (key, text) -> attributes.put(String.valueOf(key).replaceFirst("^\\+", ""), String.valueOf(text)));
        }
        topics.put(
                name,
                new Survey.TopicShape(
                        JsonFields.number(shape, "readQueueNums", 0),
                        JsonFields.number(shape, "writeQueueNums", 0),
                        attributes));
    }

    private void offsets(String key, Object value) {
        int at = key.indexOf('@');
        if (at <= 0 || !(value instanceof Map<?, ?> byQueue)) {
            return;
        }
        SortedMap<QueueId, Long> ofGroup = offsets.computeIfAbsent(key.substring(at + 1), unused -> new TreeMap<>());
        for (Object queue : byQueue.keySet()) {
            ofGroup.putIfAbsent(
                    new QueueId(key.substring(0, at), Integer.parseInt(String.valueOf(queue))),
                    JsonFields.longNumber(byQueue, String.valueOf(queue), 0));
        }
    }
}
