package io.vledger.importer.inspect;

import io.vledger.importer.format.QueueExtent;
import io.vledger.protocol.TopicNames;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;

/** What an old broker still had to do by itself: delayed messages, open transactions, timers. */
final class PendingSummary {
    private static final String TRANSACTIONS = "CID_RMQ_SYS_TRANS";

    private PendingSummary() {}

    static Map<String, String> of(OriginConfig config, SortedMap<QueueId, QueueExtent> queues, int timers) {
        Map<String, String> pending = new LinkedHashMap<>();
        long delayed = 0;
        long half = 0;
        for (Map.Entry<QueueId, QueueExtent> queue : queues.entrySet()) {
            QueueId id = queue.getKey();
            QueueExtent extent = queue.getValue();
            switch (id.topic()) {
                case TopicNames.SCHEDULE ->
                    delayed += left(extent, config.delayed().getOrDefault(id.queue() + 1, extent.min()));
                case TopicNames.HALF ->
                    half += left(
                            extent,
                            config.offsets()
                                    .getOrDefault(TRANSACTIONS, java.util.Collections.emptySortedMap())
                                    .getOrDefault(id, extent.min()));
                default -> {}
            }
        }
        put(pending, "delayed messages not due yet", delayed);
        put(pending, "half messages, resolved ones among them; nobody is asked about them", half);
        put(pending, "timer messages not due yet", timers);
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
