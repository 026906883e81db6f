package io.vledger.importer.inspect;

import io.vledger.importer.format.ConsumeQueueFiles;
import io.vledger.importer.format.OriginFileException;
import io.vledger.importer.format.SegmentFiles;
import io.vledger.protocol.TopicNames;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What an old broker's other files say of its log: how far their pointers reach, and that there must be one. A consume queue is
 * written only for what the log has, and by DLedger only for what is committed. One thread.
 */
final class LogReferences {
    private static final String TOPICS_OF_THE_SYSTEM =
            "SELF_TEST_TOPIC|BenchmarkTest|OFFSET_MOVED_EVENT|DefaultCluster|(?i:rmq_sys_.*)|.*_REPLY_TOPIC"
                    + "|" + TopicNames.TEMPLATE + "|" + TopicNames.SCHEDULE
                    + "|" + TopicNames.RETRY_PREFIX + ".*|" + TopicNames.DEAD_LETTER_PREFIX + ".*";
    private static final int MAX_WORDS = 8;

    private final OriginLocations at;
    private final SortedMap<String, Long> missing = new TreeMap<>();
    private long reach;
    private String furthest = "";

    LogReferences(OriginLocations at) {
        this.at = at;
    }

    /** Takes a consume queue in. */
    void add(Path queue, QueueId id, ConsumeQueueFiles units, long max) throws OriginFileException {
        ConsumeQueueFiles.UnitEnd points = units.unitEnd();
        if (points.max() > max) {
            missing.put(id.topic() + "/" + id.queue(), points.max() - max);
        }
        if (points.position() > reach) {
            reach = points.position();
            furthest = queue.toString();
        }
    }

    /** Position behind the last message that a consume queue has; 0 if none has any. */
    long reach() {
        return reach;
    }

    /** The consume queue that reaches furthest, as a path. */
    String furthest() {
        return furthest;
    }

    /** Messages that consume queues have and the log has not, for people. */
    String missing() {
        StringBuilder text = new StringBuilder()
                .append(missing.values().stream().mapToLong(Long::longValue).sum())
                .append(" messages are missing");
        missing.entrySet().stream().limit(MAX_WORDS).forEach(queue -> text.append(text.indexOf(" (") < 0 ? " (" : ", ")
                .append(queue.getKey())
                .append(": ")
                .append(queue.getValue()));
        return text.append(missing.size() > MAX_WORDS ? ", and more queues)" : ")")
                .toString();
    }

    /** When the newest message was stored that the broker noted, milliseconds since the epoch; 0 if it noted none. */
    long checkpointMs() {
        Path file = at.root().resolve("checkpoint");
        if (!Files.isRegularFile(file)) {
            return 0;
        }
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            return Math.max(0, Math.max(in.readLong(), in.readLong()));
        } catch (IOException unreadable) {
            return 0;
        }
    }

    /** Files that show that there was a log, in words; empty if there are none. */
    List<String> witnesses(OriginConfig config) {
        List<String> witnesses = new ArrayList<>();
        if (reach > 0) {
            witnesses.add(furthest + " points to position " + reach);
        }
        if (checkpointMs() > 0) {
            witnesses.add(at.root().resolve("checkpoint") + " knows of a message");
        }
        config.offsets().forEach((group, offsets) -> {
            if (offsets.values().stream().anyMatch(offset -> offset > 0) && witnesses.size() < MAX_WORDS) {
                witnesses.add("group " + group + " has consumed from "
                        + offsets.firstKey().topic());
            }
        });
        config.delayed().forEach((level, offset) -> {
            if (offset > 0 && witnesses.size() < MAX_WORDS) {
                witnesses.add("messages of delay level " + level + " were delivered");
            }
        });
        config.topics().keySet().stream()
                .filter(this::ofUsers)
                .limit(1)
                .forEach(topic -> witnesses.add("topic " + topic + " is configured"));
        return witnesses;
    }

    private boolean ofUsers(String topic) {
        return !topic.matches(TOPICS_OF_THE_SYSTEM)
                && !topic.equals(at.broker())
                && !topic.equals(at.settings().get("brokerClusterName"));
    }

    /** Logs that lie in the store and that the settings do not name. */
    List<Path> otherLogs() {
        List<Path> candidates = new ArrayList<>(List.of(at.root().resolve("commitlog")));
        if (Files.isDirectory(at.root())) {
            try (Stream<Path> entries = Files.list(at.root())) {
                entries.filter(entry -> entry.getFileName().toString().startsWith("dledger-"))
                        .sorted()
                        .forEach(entry -> candidates.add(entry.resolve("data")));
            } catch (IOException e) {
                return List.of();
            }
        }
        return candidates.stream()
                .filter(directory -> !directory.equals(at.commitLog()) && !directory.equals(at.dledgerData()))
                .filter(LogReferences::hasFiles)
                .toList();
    }

    private static boolean hasFiles(Path directory) {
        try {
            return !SegmentFiles.list(directory).isEmpty();
        } catch (OriginFileException broken) {
            return true;
        }
    }
}
