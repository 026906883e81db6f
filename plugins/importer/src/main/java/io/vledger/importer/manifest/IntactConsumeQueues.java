package io.vledger.importer.manifest;

import io.vledger.importer.format.ConsumeQueueFiles;
import io.vledger.importer.format.OriginFileException;
import io.vledger.importer.format.QueueExtent;
import io.vledger.importer.format.SegmentFiles;
import io.vledger.importer.inspect.ConsumeQueueDirectories;
import io.vledger.importer.inspect.QueueId;
import io.vledger.protocol.TopicNames;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The consume queues of an old broker that can be used as they are: their first and last unit point at messages that say they are
 * there, the units between follow each other through the log, and every unit has its tags code in itself. With {@code
 * enableConsumeQueueExt} a unit has an address in another file in place of the code, for as long as the option was on: such queues
 * are rebuilt from the log, whatever the option says now.
 */
final class IntactConsumeQueues {
    private IntactConsumeQueues() {}

    /**
     * One queue.
     *
     * @param files its files
     * @param min queue offset of its first message that is still in the log; equals {@code max} if there is none
     * @param max one more than the queue offset of its last message
     */
    record IntactQueue(SegmentFiles files, long min, long max) {
        /** Position of the message of a unit. */
        long position(long queueOffset) throws OriginFileException {
            return new ConsumeQueueFiles(files).unit(queueOffset).position();
        }

        /** Position behind the message of the unit before {@code queueOffset}. */
        long positionBehind(long queueOffset) throws OriginFileException {
            ConsumeQueueFiles.Unit last = new ConsumeQueueFiles(files).unit(queueOffset - 1);
            return last.position() + last.size();
        }
    }

    /**
     * Looks at every queue.
     *
     * @param root an old broker's store
     * @param light whether light queues count
     * @param begin position of the first byte of the log
     * @param end where the log ends
     * @param notes receives which queues cannot be used
     */
    static SortedMap<QueueId, IntactQueue> find(
            Path root, boolean light, long begin, long end, OriginMessages messages, List<String> notes)
            throws IOException {
        SortedMap<QueueId, IntactQueue> found = new TreeMap<>();
        List<String> extended = new ArrayList<>();
        for (Map.Entry<QueueId, Path> each : ConsumeQueueDirectories.of(root).entrySet()) {
            QueueId id = each.getKey();
            Path queue = each.getValue();
            if (!light && id.topic().startsWith(TopicNames.LIGHT_PREFIX)) {
                continue;
            }
            try {
                SegmentFiles files = SegmentFiles.list(queue);
                if (files.isEmpty()) {
                    continue;
                }
                ConsumeQueueFiles units = new ConsumeQueueFiles(files);
                QueueExtent extent = units.extent(begin, end);
                Fault fault = extent.min() < extent.max() ? fault(units, extent, id, end, messages) : null;
                if (fault == null) {
                    found.put(id, new IntactQueue(files, extent.min(), extent.max()));
                } else if (fault.extended) {
                    extended.add(queue + " " + fault.words);
                } else {
                    notes.add(queue + " " + fault.words + "; it is rebuilt from the log");
                }
            } catch (OriginFileException e) {
                notes.add(e.getMessage() + " (it is rebuilt from the log)");
            }
        }
        if (!extended.isEmpty()) {
            notes.add(
                    extended.size() + " consume queues have addresses of consumequeue_ext in place of tags and times of"
                            + " delivery (enableConsumeQueueExt), the first is " + extended.get(0)
                            + "; they are rebuilt from the log");
        }
        return found;
    }

    /**
     * Why a queue cannot be used as it is.
     *
     * @param extended whether its units have addresses in place of tags codes
     * @param words what is wrong, for people
     */
    private record Fault(boolean extended, String words) {}

    /** What is wrong with a queue that has messages; null if nothing is. */
    private static @Nullable Fault fault(
            ConsumeQueueFiles units, QueueExtent extent, QueueId id, long end, OriginMessages messages)
            throws OriginFileException, IOException {
        if (!isThere(units, extent.min(), id, messages) || !isThere(units, extent.max() - 1, id, messages)) {
            return new Fault(false, "does not agree with the log");
        }
        boolean[] extended = {false};
        long[] behind = {0};
        long unlike = units.firstUnlike(extent.min(), extent.max(), (queueOffset, unit) -> {
            extended[0] = unit.extended();
            boolean follows = unit.position() >= behind[0] && unit.size() > 0 && unit.end() <= end;
            behind[0] = unit.end();
            return follows && !extended[0];
        });
        if (unlike == extent.max()) {
            return null;
        }
        return extended[0]
                ? new Fault(true, "from queue offset " + unlike + " on")
                : new Fault(false, "is broken at queue offset " + unlike);
    }

    private static boolean isThere(ConsumeQueueFiles units, long queueOffset, QueueId id, OriginMessages messages)
            throws OriginFileException, IOException {
        ConsumeQueueFiles.Unit unit = units.unit(queueOffset);
        return messages.isThere(unit.position(), unit.size(), id, queueOffset);
    }
}
