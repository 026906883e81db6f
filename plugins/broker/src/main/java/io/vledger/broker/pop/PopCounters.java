package io.vledger.broker.pop;

import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts what a leader does with messages in flight. Written on the loop, read on any thread. */
public final class PopCounters {
    private static final int MAX_KEYS = 10_000;

    private final Map<GroupTopic, Counts> counts = new ConcurrentHashMap<>();
    private volatile int flights;
    private volatile int overdue;
    private volatile long lateMs;

    /** Without any. */
    public PopCounters() {}

    /** What happened to the messages of one group on one topic since the start. */
    public static final class Counts {
        private final LongAdder takes = new LongAdder();
        private final LongAdder acks = new LongAdder();
        private final LongAdder revived = new LongAdder();
        private final LongAdder ended = new LongAdder();

        private Counts() {}

        /** Groups of messages that were given out together. */
        public long takes() {
            return takes.sum();
        }

        /** Groups of messages of which none is in flight any more. */
        public long ended() {
            return ended.sum();
        }

        /** Messages acknowledged. */
        public long acks() {
            return acks.sum();
        }

        /** Messages stored again, dead letters included. */
        public long revived() {
            return revived.sum();
        }
    }

    private Counts of(GroupTopic key) {
        Counts known = counts.get(key);
        if (known == null) {
            known = new Counts();
            if (counts.size() < MAX_KEYS) {
                counts.put(key, known);
            }
        }
        return known;
    }

    void took(GroupTopic key) {
        of(key).takes.increment();
    }

    void ended(GroupTopic key) {
        of(key).ended.increment();
    }

    void acknowledged(GroupTopic key, int messages) {
        of(key).acks.add(messages);
    }

    void revived(GroupTopic key, long late) {
        of(key).revived.increment();
        lateMs = Math.max(0, late);
    }

    void flights(int count) {
        flights = count;
    }

    void overdue(int count) {
        overdue = count;
        if (count == 0) {
            lateMs = 0;
        }
    }

    /** By group and topic. */
    public Map<GroupTopic, Counts> all() {
        return Collections.unmodifiableMap(counts);
    }

    /** Groups of messages in flight. */
    public int flights() {
        return flights;
    }

    /** Flights whose invisible time is over and whose messages are not stored again yet. */
    public int overdue() {
        return overdue;
    }

    /** How late the last message was stored again while others wait, milliseconds. */
    public long lateMs() {
        return lateMs;
    }
}
