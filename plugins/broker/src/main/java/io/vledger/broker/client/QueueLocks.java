package io.vledger.broker.client;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Which client may consume a queue in order, per consumer group. The leader alone keeps locks, in memory: they start empty
 * when leadership moves, and their holders ask again every 20 s. For up to 30 s after a change of leader two clients may
 * believe that they hold the same queue, as with RocketMQ's own brokers. Loop only.
 */
public final class QueueLocks {
    /** A lock ends this long after it was last asked for, milliseconds. */
    static final long EXPIRY_MS = 60_000;

    private final Map<String, Map<Queue, Lock>> groups = new HashMap<>();
    private final LongSupplier clock;

    /** No locks yet. */
    QueueLocks(LongSupplier clock) {
        this.clock = clock;
    }

    /** Takes or refreshes a lock; returns whether the client holds it now. */
    boolean lock(String group, Queue queue, String clientId) {
        long now = clock.getAsLong();
        Map<Queue, Lock> locks = groups.computeIfAbsent(group, name -> new HashMap<>());
        Lock held = locks.get(queue);
        if (held != null && !held.clientId().equals(clientId) && !held.expired(now)) {
            return false;
        }
        locks.put(queue, new Lock(clientId, now));
        return true;
    }

    /** Gives a lock back; nothing happens if another holds it. */
    void unlock(String group, Queue queue, String clientId) {
        Map<Queue, Lock> locks = groups.get(group);
        if (locks == null) {
            return;
        }
        Lock held = locks.get(queue);
        if (held != null && held.clientId().equals(clientId)) {
            locks.remove(queue);
            if (locks.isEmpty()) {
                groups.remove(group);
            }
        }
    }

    /** Whether any client holds an unexpired lock in a group. */
    public boolean anyIn(String group) {
        long now = clock.getAsLong();
        Map<Queue, Lock> locks = groups.get(group);
        return locks != null && locks.values().stream().anyMatch(lock -> !lock.expired(now));
    }

    /** Forgets all locks: leadership has gone. */
    void clear() {
        groups.clear();
    }

    /** Forgets locks that have ended. */
    void expire() {
        long now = clock.getAsLong();
        for (Map<Queue, Lock> locks : groups.values()) {
            locks.values().removeIf(lock -> lock.expired(now));
        }
        groups.values().removeIf(Map::isEmpty);
    }

    /**
     * A queue.
     *
     * @param topic its topic
     * @param queueId its number in the topic
     */
    record Queue(String topic, int queueId) {}

    private record Lock(String clientId, long askedMs) {
        boolean expired(long nowMs) {
            return nowMs - askedMs > EXPIRY_MS;
        }
    }
}
