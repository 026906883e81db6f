package io.vledger.broker.timer;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.IndexSink;
import io.vledger.api.store.QueueIndex;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * For each minute in which something is due, a queue of the queue index with a unit for each timer, in log order: position, size, and when it
 * is due. The units lie on the disk with those of all queues; what is replicated is how many there are. Loop only.
 */
final class TimerBuckets {
    static final long MINUTE_MS = 60_000;

    /** Queue keys of minutes begin here: far above those of topics. */
    private static final long FIRST_KEY = 1L << 52;

    private static final int SNAPSHOT_BYTES = 2 * Long.BYTES;

    private final QueueIndex index;
    /** Read by other threads too. */
    private final ConcurrentSkipListMap<Long, Long> counts = new ConcurrentSkipListMap<>();

    TimerBuckets(QueueIndex index) {
        this.index = index;
    }

    /** The minute of a time. */
    static long minuteOf(long timeMs) {
        return Math.floorDiv(timeMs, MINUTE_MS);
    }

    /** Adds a unit. */
    void append(TimerUnit unit) {
        long minute = minuteOf(unit.dueMs());
        long before = counts.merge(minute, 1L, Long::sum) - 1;
        log(minute).append(before, unit.position(), unit.size(), unit.code());
    }

    /** Says that a unit was added. */
    static void index(TimerUnit unit, IndexSink sink) {
        sink.next(FIRST_KEY + minuteOf(unit.dueMs()), unit.position(), unit.size(), unit.code());
    }

    /** The units of a minute. */
    QueueIndex.QueueLog log(long minute) {
        return index.queue(FIRST_KEY + minute);
    }

    /** How many units a minute ever had. */
    long count(long minute) {
        return counts.getOrDefault(minute, 0L);
    }

    /** About how many units are due from a time on and before another, as if they were spread evenly over their minutes. Any thread. */
    long about(long fromMs, long toMs) {
        double sum = 0;
        for (Map.Entry<Long, Long> bucket :
                counts.subMap(minuteOf(fromMs), true, minuteOf(toMs - 1), true).entrySet()) {
            long startMs = bucket.getKey() * MINUTE_MS;
            long span = Math.min(toMs, startMs + MINUTE_MS) - Math.max(fromMs, startMs);
            sum += bucket.getValue() * (double) span / MINUTE_MS;
        }
        return Math.round(sum);
    }

    /** The first minute from this one on that has units; null if there is none. */
    @Nullable
    Long firstFrom(long minute) {
        return counts.ceilingKey(minute);
    }

    /** Forgets minutes before this one. */
    void dropBefore(long minute) {
        while (!counts.isEmpty() && counts.firstKey() < minute) {
            index.remove(FIRST_KEY + counts.firstKey());
            counts.pollFirstEntry();
        }
    }

    /** Forgets all, but leaves the index as it is: that is rewound by others. */
    void clear() {
        counts.clear();
    }

    /** Appends int n, n times: long minute, long count. */
    void write(ByteBuf target) {
        target.writeInt(counts.size());
        for (Map.Entry<Long, Long> bucket : counts.entrySet()) {
            target.writeLong(bucket.getKey());
            target.writeLong(bucket.getValue());
        }
    }

    void read(ByteBuf source) {
        counts.clear();
        int count = source.readInt();
        if (count < 0 || count > source.readableBytes() / SNAPSHOT_BYTES) {
            throw new IllegalStateException(
                    count + " buckets of timers in " + source.readableBytes() + " bytes of a snapshot");
        }
        for (int i = 0; i < count; i++) {
            long minute = source.readLong();
            counts.put(minute, source.readLong());
        }
    }
}
