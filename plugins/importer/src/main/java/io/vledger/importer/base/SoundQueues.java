package io.vledger.importer.base;

import io.vledger.importer.legacy.ConsumeQueueFiles;
import io.vledger.importer.legacy.LegacyException;
import io.vledger.importer.legacy.SegmentFiles;
import io.vledger.importer.survey.QueueId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The consume queues of an old broker that can be used as they are: their first and last unit point at messages that say they
 * are there.
 */
final class SoundQueues {
    private static final String DIRECTORY = "consumequeue";

    private SoundQueues() {}

    /**
     * One queue.
     *
     * @param files its files
     * @param min queue offset of its first message that is still in the log; equals {@code max} if there is none
     * @param max one more than the queue offset of its last message
     */
    record Sound(SegmentFiles files, long min, long max) {
        /** Position of the message of a unit. */
        long position(long queueOffset) throws LegacyException {
            return new ConsumeQueueFiles(files).unit(queueOffset).position();
        }

        /** Position behind the message of the unit before {@code queueOffset}. */
        long positionBehind(long queueOffset) throws LegacyException {
            ConsumeQueueFiles.Unit last = new ConsumeQueueFiles(files).unit(queueOffset - 1);
            return last.position() + last.size();
        }
    }

    /**
     * Looks at every queue.
     *
     * @param root an old broker's store
     * @param begin position of the first byte of the log
     * @param end where the log ends
     * @param notes is told which queues cannot be used
     */
    static SortedMap<QueueId, Sound> find(Path root, long begin, long end, OldMessages messages, List<String> notes)
            throws IOException {
        SortedMap<QueueId, Sound> found = new TreeMap<>();
        for (Path topic : directories(root.resolve(DIRECTORY))) {
            for (Path queue : directories(topic)) {
                String number = queue.getFileName().toString();
                if (!number.matches("\\d{1,5}")) {
                    continue;
                }
                QueueId id = new QueueId(topic.getFileName().toString(), Integer.parseInt(number));
                try {
                    SegmentFiles files = SegmentFiles.list(queue);
                    if (files.isEmpty()) {
                        continue;
                    }
                    ConsumeQueueFiles units = new ConsumeQueueFiles(files);
                    ConsumeQueueFiles.Extent extent = units.extent(begin, end);
                    if (extent.min() < extent.max()
                            && !(sound(units, extent.min(), id, messages)
                                    && sound(units, extent.max() - 1, id, messages))) {
                        notes.add(queue + " does not agree with the log and is made again");
                    } else {
                        found.put(id, new Sound(files, extent.min(), extent.max()));
                    }
                } catch (LegacyException e) {
                    notes.add(e.getMessage() + " (it is made again from the log)");
                }
            }
        }
        return found;
    }

    private static boolean sound(ConsumeQueueFiles units, long queueOffset, QueueId id, OldMessages messages)
            throws LegacyException, IOException {
        ConsumeQueueFiles.Unit unit = units.unit(queueOffset);
        return messages.isThere(unit.position(), unit.size(), id, queueOffset);
    }

    private static List<Path> directories(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(Files::isDirectory).sorted().toList();
        }
    }
}
