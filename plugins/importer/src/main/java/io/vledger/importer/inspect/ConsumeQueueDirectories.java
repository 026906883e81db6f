package io.vledger.importer.inspect;

import io.vledger.protocol.TopicNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Where an old broker keeps its consume queues: {@code consumequeue/<topic>/<queue>}, for which it makes a directory each. */
public final class ConsumeQueueDirectories {
    private static final String NUMBER = "\\d{1,5}";

    private ConsumeQueueDirectories() {}

    /**
     * The directory of each queue, with or without files in it: RocketMQ removes it with the topic.
     *
     * @param root an old broker's store
     */
    public static SortedMap<QueueId, Path> of(Path root) throws IOException {
        SortedMap<QueueId, Path> queues = new TreeMap<>();
        for (Path topic : list(root.resolve("consumequeue"))) {
            for (Path queue : list(topic)) {
                String number = queue.getFileName().toString();
                if (number.matches(NUMBER)) {
                    queues.put(new QueueId(topic.getFileName().toString(), Integer.parseInt(number)), queue);
                }
            }
        }
        return Collections.unmodifiableSortedMap(queues);
    }

    /** Whether there is any light queue; also if that cannot be found out. */
    static boolean anyLight(Path root) {
        try {
            return of(root).keySet().stream().anyMatch(id -> id.topic().startsWith(TopicNames.LIGHT_PREFIX));
        } catch (IOException unreadable) {
            return true;
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(Files::isDirectory).sorted().toList();
        }
    }
}
