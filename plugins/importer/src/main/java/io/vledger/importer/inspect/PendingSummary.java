package io.vledger.importer.inspect;

import io.vledger.importer.format.QueueExtent;
import io.vledger.protocol.TopicNames;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;

/** What an old broker still had to do by itself: delayed messages, open transactions, timers. */
final class PendingSummary {
    private PendingSummary() {}

    static Map<String, String> of(
            OriginConfig config, SortedMap<QueueId, QueueExtent> queues, UndeliveredScan undelivered) {
        Map<String, String> pending = new LinkedHashMap<>();
        long delayed = 0;
        for (Map.Entry<QueueId, QueueExtent> queue : queues.entrySet()) {
            QueueId id = queue.getKey();
            if (id.topic().equals(TopicNames.SCHEDULE)) {
                QueueExtent extent = queue.getValue();
                delayed += left(extent, config.delayed().getOrDefault(id.queue() + 1, extent.min()));
            }
        }
        put(pending, "delayed messages not due yet", delayed);
        put(
                pending,
                "half messages without an outcome, whose producers are asked once the group serves",
                undelivered.openHalves().size());
        put(pending, "timer messages not due yet", undelivered.count());
        return pending;
    }

    private static long left(QueueExtent extent, long progress) {
        return extent.max() - Math.max(extent.min(), Math.min(progress, extent.max()));
    }

    private static void put(Map<String, String> pending, String what, long count) {
        if (count > 0) {
            pending.put(what, String.valueOf(count));
        }
    }
}
