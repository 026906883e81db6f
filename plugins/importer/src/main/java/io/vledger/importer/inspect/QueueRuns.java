package io.vledger.importer.inspect;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where each queue's messages lie in a log, as runs of queue offsets that follow each other: one run for a queue that nothing ever
 * happened to, and one more for each message whose queue offset is not the next one. With them the question how far a queue reaches can
 * be answered after the log was read, whatever its consume queue turns out to be worth. One thread.
 */
public final class QueueRuns {
    private final SortedMap<QueueId, List<Run>> queues = new TreeMap<>();

    /** Messages of one queue whose queue offsets follow each other, in the order of their positions. */
    public static final class Run {
        private final long fromOffset;
        private final long firstPosition;
        private long nextOffset;
        private long lastPosition;
        private long lastStoredMs;

        private Run(long queueOffset, long position) {
            this.fromOffset = queueOffset;
            this.nextOffset = queueOffset;
            this.firstPosition = position;
        }

        /** Queue offset of the first message. */
        public long fromOffset() {
            return fromOffset;
        }

        /** One more than the queue offset of the last message. */
        public long nextOffset() {
            return nextOffset;
        }

        /** Position of the first message. */
        public long firstPosition() {
            return firstPosition;
        }

        /** Position of the last message. */
        public long lastPosition() {
            return lastPosition;
        }

        /** When the last message was stored: milliseconds since the epoch, by the clock of the old broker. */
        public long lastStoredMs() {
            return lastStoredMs;
        }
    }

    /** Takes the next message of the log that is in a queue. */
    void add(QueueId queue, long queueOffset, long position, long storedMs) {
        List<Run> runs = queues.computeIfAbsent(queue, unused -> new ArrayList<>(1));
        Run run = last(runs);
        if (run == null || queueOffset != run.nextOffset) {
            run = new Run(queueOffset, position);
            runs.add(run);
        }
        run.nextOffset++;
        run.lastPosition = position;
        run.lastStoredMs = storedMs;
    }

    private static @Nullable Run last(List<Run> runs) {
        return runs.isEmpty() ? null : runs.get(runs.size() - 1);
    }

    /** The runs of each queue in the order of their positions. */
    public SortedMap<QueueId, List<Run>> byQueue() {
        return Collections.unmodifiableSortedMap(queues);
    }
}
