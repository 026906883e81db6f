package io.vledger.broker.pop;

import io.vledger.api.group.Group;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.broker.state.Topics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Pops that wait for messages, by group and topic. Those of a group are served in the order of their arrival, one for each arrival of
 * messages and the next as long as there are more. One timer for all. Loop only.
 */
final class PopWaits implements BrokerListener {
    /** Bound of all that wait ({@code maxPopPollingSize}). */
    static final int MAX_WAITING = 100_000;
    /** Bound of those of one group and queue ({@code popPollingSize}), and one more, as in RocketMQ. */
    static final int MAX_OF_QUEUE = 1024;

    private static final int TICK_MS = 50;

    private final Group group;
    private final Topics topics;
    private final LongSupplier clock;
    private final Server server;
    private final Map<GroupTopic, Waiting> byKey = new HashMap<>();
    /** Those that are waked by a topic's messages: its own and those of retry topics. */
    private final Map<String, Set<Waiting>> byTopic = new HashMap<>();

    private final TreeMap<Long, Set<Pop>> deadlines = new TreeMap<>();
    private int size;
    private long timerMs = Long.MAX_VALUE;

    PopWaits(Group group, Topics topics, LongSupplier clock, Server server) {
        this.group = group;
        this.topics = topics;
        this.clock = clock;
        this.server = server;
    }

    /** Serves what was waked. */
    @FunctionalInterface
    interface Server {
        /**
         * Serves a pop.
         *
         * @param mayWait whether it may wait again; false if it must be answered now
         * @return whether there may be something for the next that waits
         */
        boolean serve(Pop pop, boolean mayWait);
    }

    /** Those of one group on one topic. */
    private static final class Waiting {
        private final GroupTopic key;
        private final Set<Pop> pops = new LinkedHashSet<>();
        private final Map<Integer, Integer> ofQueue = new LinkedHashMap<>();

        Waiting(GroupTopic key) {
            this.key = key;
        }
    }

    /** Has a pop wait; false if too many do. */
    boolean park(Pop pop) {
        Waiting waiting = byKey.get(pop.key);
        int others = waiting == null ? 0 : waiting.ofQueue.getOrDefault(pop.queueId, 0);
        if (size >= MAX_WAITING || others > MAX_OF_QUEUE) {
            return false;
        }
        if (waiting == null) {
            waiting = new Waiting(pop.key);
            byKey.put(pop.key, waiting);
            watch(pop.key.topic(), waiting);
            watch(RetryTopics.first(pop.key), waiting);
            watch(RetryTopics.second(pop.key), waiting);
        }
        pop.detach();
        waiting.pops.add(pop);
        waiting.ofQueue.merge(pop.queueId, 1, Integer::sum);
        size++;
        pop.tickMs = (pop.deadlineMs + TICK_MS - 1) / TICK_MS * TICK_MS;
        deadlines.computeIfAbsent(pop.tickMs, tick -> new LinkedHashSet<>()).add(pop);
        arm();
        return true;
    }

    /** How many of a group wait for messages of a queue. */
    int waiting(GroupTopic key, int queueId) {
        Waiting waiting = byKey.get(key);
        return waiting == null ? 0 : waiting.ofQueue.getOrDefault(queueId, 0);
    }

    private void watch(String name, Waiting waiting) {
        byTopic.computeIfAbsent(name, absent -> new LinkedHashSet<>()).add(waiting);
        Topic topic = topics.find(name);
        if (topic != null) {
            topic.watch(this::appended);
        }
    }

    private void unwatch(String name, Waiting waiting) {
        Set<Waiting> all = byTopic.get(name);
        if (all != null && all.remove(waiting) && all.isEmpty()) {
            byTopic.remove(name);
            Topic topic = topics.find(name);
            if (topic != null) {
                topic.watch(null);
            }
        }
    }

    @Override
    public void topicsChanged() {
        for (String name : byTopic.keySet()) {
            Topic topic = topics.find(name);
            if (topic != null) {
                topic.watch(this::appended);
            }
        }
        List<Waiting> gone = new ArrayList<>(byKey.values());
        gone.removeIf(waiting -> topics.find(waiting.key.topic()) != null);
        gone.forEach(this::endAll);
    }

    @Override
    public void restored() {
        endAll();
    }

    private void appended(TopicQueue queue) {
        Set<Waiting> all = byTopic.get(queue.topic().name());
        if (all != null) {
            boolean retry = RetryTopics.isRetry(queue.topic().name());
            // A pop of one queue looks into the retry topics too.
            new ArrayList<>(all)
                    .forEach(waiting -> wake(
                            waiting,
                            retry && !waiting.key.topic().equals(queue.topic().name()) ? Pop.ALL_QUEUES : queue.id()));
        }
    }

    /** There may be messages for a group in a queue of a topic, which may be a retry topic. */
    void wake(PopQueue queue) {
        Set<Waiting> all = byTopic.get(queue.key.topic());
        if (all != null) {
            for (Waiting waiting : new ArrayList<>(all)) {
                boolean own = waiting.key.topic().equals(queue.key.topic());
                if (waiting.key.group().equals(queue.key.group())) {
                    wake(waiting, own ? queue.queueId : Pop.ALL_QUEUES);
                }
            }
        }
    }

    private void wake(Waiting waiting, int queueId) {
        boolean more = true;
        int bound = waiting.pops.size();
        for (int i = 0; more && i < bound; i++) {
            Pop next = first(waiting, queueId);
            if (next == null) {
                return;
            }
            remove(next);
            if (next.request.connection().open()) {
                more = server.serve(next, true);
            }
        }
    }

    private static @Nullable Pop first(Waiting waiting, int queueId) {
        for (Pop pop : waiting.pops) {
            if (queueId < 0 || pop.wants(queueId)) {
                return pop;
            }
        }
        return null;
    }

    private void remove(Pop pop) {
        Waiting waiting = byKey.get(pop.key);
        if (waiting == null || !waiting.pops.remove(pop)) {
            return;
        }
        size--;
        waiting.ofQueue.computeIfPresent(pop.queueId, (id, count) -> count == 1 ? null : count - 1);
        Set<Pop> tick = deadlines.get(pop.tickMs);
        if (tick != null && tick.remove(pop) && tick.isEmpty()) {
            deadlines.remove(pop.tickMs);
        }
        if (waiting.pops.isEmpty()) {
            byKey.remove(waiting.key);
            unwatch(waiting.key.topic(), waiting);
            unwatch(RetryTopics.first(waiting.key), waiting);
            unwatch(RetryTopics.second(waiting.key), waiting);
        }
    }

    private void end(Pop pop) {
        remove(pop);
        if (pop.request.connection().open()) {
            server.serve(pop, false);
        }
    }

    private void endAll(Waiting waiting) {
        new ArrayList<>(waiting.pops).forEach(this::end);
    }

    /** Ends all waiting. */
    void endAll() {
        new ArrayList<>(byKey.values()).forEach(this::endAll);
    }

    private void arm() {
        long now = clock.getAsLong();
        long atMs = deadlines.isEmpty() ? Long.MAX_VALUE : Math.max(now, deadlines.firstKey());
        if (atMs < timerMs) {
            timerMs = atMs;
            group.schedule(atMs - now, this::check);
        }
    }

    private void check() {
        timerMs = Long.MAX_VALUE;
        long now = clock.getAsLong();
        while (!deadlines.isEmpty() && deadlines.firstKey() <= now) {
            new ArrayList<>(deadlines.firstEntry().getValue()).forEach(this::end);
        }
        arm();
    }
}
