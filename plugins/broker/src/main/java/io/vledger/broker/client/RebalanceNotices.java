package io.vledger.broker.client;

import io.vledger.protocol.RequestCode;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Notifies all members of a consumer group that its membership changed, so that they rebalance. Changes that come close together, as
 * after a change of leader, cause one notice; a client that has just joined is notified once it has settled. Loop only.
 */
final class RebalanceNotices {
    /** How long a first change waits for others, milliseconds. */
    static final long GATHER_MS = 10;
    /**
     * How long a client is not notified after it joined, milliseconds. It still sends its first heartbeat to the other members; one that
     * divides the queues meanwhile gives its subscriptions a new version, cannot say so because a heartbeat is under way, and
     * pulls with a version that nobody knows until its next heartbeat, 30 s later.
     */
    static final long SETTLE_MS = 200;
    /** Least time between two notices to one group, milliseconds. */
    static final long INTERVAL_MS = 200;

    private final Function<String, @Nullable ConsumerGroup> groups;
    private final BiConsumer<Long, Runnable> schedule;
    private final LongSupplier clock;
    /** When the last notice of a group went, or will go. */
    private final Map<String, Long> dueMs = new HashMap<>();

    RebalanceNotices(
            Function<String, @Nullable ConsumerGroup> groups, BiConsumer<Long, Runnable> schedule, LongSupplier clock) {
        this.groups = groups;
        this.schedule = schedule;
        this.clock = clock;
    }

    /** The membership of a group changed. */
    void changed(String group) {
        long now = clock.getAsLong();
        Long last = dueMs.get(group);
        if (last != null && last > now) {
            return;
        }
        long due = Math.max(now + GATHER_MS, last == null ? 0 : last + INTERVAL_MS);
        dueMs.put(group, due);
        schedule.accept(due - now, () -> notify(group));
    }

    /** Forgets groups whose last notice is long gone. */
    void tidy() {
        long now = clock.getAsLong();
        dueMs.values().removeIf(due -> due + INTERVAL_MS < now);
    }

    private void notify(String name) {
        // From here on a further change needs a further notice, even within the same millisecond.
        dueMs.put(name, clock.getAsLong());
        notifyMembers(name, false);
    }

    /** @param owedOnly whether only those are notified that were skipped before */
    private void notifyMembers(String name, boolean owedOnly) {
        ConsumerGroup group = groups.apply(name);
        if (group == null) {
            return;
        }
        long now = clock.getAsLong();
        long later = 0;
        for (ClientChannel member : group.members()) {
            if (owedOnly && !member.owedNotice()) {
                continue;
            }
            long settledInMs = member.sinceMs() + SETTLE_MS - now;
            if (settledInMs > 0) {
                member.owedNotice(true);
                later = Math.max(later, settledInMs);
                continue;
            }
            member.owedNotice(false);
            if (member.connection().open()) {
                member.connection()
                        .send(
                                RequestCode.NOTIFY_CONSUMER_IDS_CHANGED,
                                fields -> fields.put("consumerGroup", name),
                                null);
            }
        }
        if (later > 0) {
            schedule.accept(later, () -> notifyMembers(name, true));
        }
    }
}
