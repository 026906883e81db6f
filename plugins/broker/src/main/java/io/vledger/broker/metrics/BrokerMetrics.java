package io.vledger.broker.metrics;

import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.metrics.MetricSink;
import io.vledger.api.metrics.MetricSource;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.StoreException;
import io.vledger.broker.client.ClientChannel;
import io.vledger.broker.client.ConsumerGroup;
import io.vledger.broker.client.OnlineClients;
import io.vledger.broker.client.QueueTimes;
import io.vledger.broker.group.ColdReads;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.KnownFilters;
import io.vledger.broker.state.LightQueues;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.MqVersion;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metrics of a group's broker on this node. What can only be read on the loop is sampled every {@value #SAMPLE_MS} ms
 * while metrics are scraped, and less often the longer it takes.
 */
public final class BrokerMetrics implements MetricSource {
    /** How often to sample while metrics are scraped. */
    static final long SAMPLE_MS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(BrokerMetrics.class);
    /** Without a scrape for this long sampling stops. */
    /** How often it is looked whether a role has changed or somebody reads the metrics again. */
    private static final long UNREAD_MS = 5_000;

    private static final long SCRAPE_TIMEOUT_MS = 300_000;
    /** Bound of (group, topic) pairs whose lag is sampled. */
    private static final int MAX_LAGS = 10_000;

    private static final int MAX_EARLIEST_LOOKUPS = 64;
    /** The pause after a sample is at least this many times as long as the sample took. */
    private static final int REST_FACTOR = 50;

    private final Group group;
    private final BrokerState state;
    private final GroupStore store;
    private final ColdReads coldReads;
    private final Traffic counters;
    private final OnlineClients clients;
    private final IntSupplier permission;
    private final LongSupplier clock;
    private final QueueTimes times;
    private final Labels labels;
    private final TrafficMetrics traffic;
    private final List<MetricSource> parts = new ArrayList<>();
    private volatile Sample sample = new Sample();
    private volatile long scrapedMs;

    /** How often a look was planned; only the newest counts. */
    private int looks;

    private boolean sampling;
    private long nextSampleMs;
    private volatile boolean stopped;

    /** One sample; complete before it is published. */
    private static final class Sample {
        private int topics;
        private int groups;
        private int filters;
        private int lightQueues;
        private boolean leads;
        private int lagsLeftOut;
        private final Map<Map<String, String>, Integer> producers = new LinkedHashMap<>();
        private final Map<Map<String, String>, Integer> consumers = new LinkedHashMap<>();
        private final List<ConsumerLag> lags = new ArrayList<>();
        private final List<Long> oldestPositions = new ArrayList<>();
        private long usedBytes = -1;
        private long earliestMs = -1;
    }

    /**
     * Metrics of a group's broker. Loop only.
     *
     * @param permission the broker's permission that is in force
     * @param clock milliseconds since the epoch
     */
    public BrokerMetrics(
            Group group,
            BrokerState state,
            GroupStore store,
            ColdReads coldReads,
            Traffic counters,
            OnlineClients clients,
            IntSupplier permission,
            LongSupplier clock) {
        this.group = group;
        this.state = state;
        this.store = store;
        this.coldReads = coldReads;
        this.counters = counters;
        this.clients = clients;
        this.permission = permission;
        this.clock = clock;
        this.times = new QueueTimes(store.log());
        this.labels = new Labels(state.cluster(), group.name());
        this.traffic = new TrafficMetrics(counters, labels);
    }

    /** Exports the metrics of a part of the broker too. Before {@link #start}. */
    public void add(MetricSource part) {
        parts.add(part);
    }

    /** Samples from now on. Loop only. */
    public void start() {
        takeSample();
        repeat();
    }

    private void repeat() {
        int planned = ++looks;
        this.group.schedule(scrapedLately(clock.getAsLong()) ? SAMPLE_MS : UNREAD_MS, () -> {
            if (stopped || planned != looks) {
                return;
            }
            long now = clock.getAsLong();
            boolean due = now >= nextSampleMs && scrapedLately(now);
            if (!sampling && (due || sample.leads != state.leads())) {
                takeSample();
            }
            repeat();
        });
    }

    private boolean scrapedLately(long nowMs) {
        return nowMs - scrapedMs < SCRAPE_TIMEOUT_MS;
    }

    /** Somebody reads the metrics again. */
    private void wake() {
        if (!stopped) {
            if (!sampling) {
                takeSample();
            }
            repeat();
        }
    }

    /** Stops sampling. Any thread. */
    public void stop() {
        stopped = true;
    }

    private void takeSample() {
        sampling = true;
        long began = clock.getAsLong();
        Sample next = new Sample();
        next.topics = state.topics().size();
        next.groups = state.groups().all().size();
        next.filters = state.part(KnownFilters.class).size();
        next.lightQueues = state.part(LightQueues.class).size();
        next.leads = state.leads();
        connections(next);
        if (next.leads) {
            lags(next);
        }
        oldestPositions(next);
        coldReads.run(() -> readSlowly(next), () -> {
            sample = next;
            sampling = false;
            long ended = clock.getAsLong();
            nextSampleMs = ended + REST_FACTOR * (ended - began);
        });
    }

    private void connections(Sample next) {
        for (String group : clients.producers().groups()) {
            for (ClientChannel member : clients.producers().members(group)) {
                next.producers.merge(
                        labels.with(
                                "language", language(member), "version", version(member), "protocol_type", "remoting"),
                        1,
                        Integer::sum);
            }
        }
        for (ConsumerGroup group : clients.consumers().groups()) {
            String mode = group.consumeType().equals("CONSUME_ACTIVELY") ? "pull" : "push";
            for (ClientChannel member : group.members()) {
                next.consumers.merge(
                        labels.with(
                                "consumer_group",
                                group.name(),
                                "language",
                                language(member),
                                "version",
                                version(member),
                                "consume_mode",
                                mode,
                                "protocol_type",
                                "remoting",
                                "is_system",
                                String.valueOf(SystemNames.systemGroup(group.name()))),
                        1,
                        Integer::sum);
            }
        }
    }

    private static String language(ClientChannel client) {
        return client.language().toLowerCase(Locale.ROOT);
    }

    private static String version(ClientChannel client) {
        return MqVersion.describe(client.version()).toLowerCase(Locale.ROOT);
    }

    private void lags(Sample next) {
        var pulled = counters.outByTopicAndGroup();
        for (ConsumerGroup group : clients.consumers().groups()) {
            for (String name : group.subscriptions().keySet()) {
                Topic topic = state.topics().find(name);
                if (topic == null || SystemNames.retryTopic(name)) {
                    continue;
                }
                if (next.lags.size() >= MAX_LAGS) {
                    next.lagsLeftOut++;
                    continue;
                }
                next.lags.add(ConsumerLag.of(topic, group.name(), state, pulled.get(name + "@" + group.name())));
            }
        }
    }

    private void oldestPositions(Sample next) {
        for (Topic topic : state.topics().all()) {
            if (topic.messagesIn() == 0) {
                continue;
            }
            for (int id = 0; id < topic.queueCount(); id++) {
                TopicQueue queue = topic.queue(id);
                if (queue != null && queue.maxOffset() > queue.minOffset()) {
                    oldestPosition(queue, next);
                    if (next.oldestPositions.size() >= MAX_EARLIEST_LOOKUPS) {
                        return;
                    }
                }
            }
        }
    }

    private static void oldestPosition(TopicQueue queue, Sample next) {
        try {
            next.oldestPositions.add(QueueTimes.positionOf(queue, queue.minOffset()));
        } catch (UncheckedIOException damaged) {
            // It is being rebuilt, and was reported: the other queues are sampled all the same.
            LOG.debug("a sample leaves a queue out: {}", damaged.getMessage());
        }
    }

    private void readSlowly(Sample next) {
        try {
            next.lags.forEach(lag -> lag.readTimes(times));
            for (long position : next.oldestPositions) {
                long stored = times.storedAt(position);
                if (stored > 0 && (next.earliestMs < 0 || stored < next.earliestMs)) {
                    next.earliestMs = stored;
                }
            }
            var space = store.space();
            next.usedBytes = space.usedBytes();
        } catch (StoreException | RuntimeException unreadable) {
            LOG.debug("{}: metrics are incomplete: {}", this.group.name(), unreadable.getMessage());
        }
    }

    @Override
    public void collect(MetricSink sink) {
        long now = clock.getAsLong();
        boolean again = !scrapedLately(now);
        scrapedMs = now;
        if (again) {
            group.execute(this::wake);
        }
        Sample latest = sample;
        traffic.collect(sink);
        traffic.collectFeatures(sink);
        parts.forEach(part -> part.collect(sink));
        Map<String, String> plain = labels.with();
        sink.gauge("rocketmq_broker_permission", "Broker permission", plain, permission.getAsInt());
        sink.gauge("rocketmq_topic_number", "Active topic number", plain, latest.topics);
        sink.gauge("rocketmq_consumer_group_number", "Active subscription group number", plain, latest.groups);
        sink.gauge("rocketmq_filter_number", "SQL92 expressions of consumer groups", plain, latest.filters);
        sink.gauge("rocketmq_light_queue_number", "Light queues", plain, latest.lightQueues);
        latest.producers.forEach(
                (shown, count) -> sink.gauge("rocketmq_producer_connections", "Producer connections", shown, count));
        latest.consumers.forEach(
                (shown, count) -> sink.gauge("rocketmq_consumer_connections", "Consumer connections", shown, count));
        if (latest.leads && this.group.status().role() == GroupRole.LEADER) {
            latest.lags.forEach(lag -> lag.collect(sink, labels, now));
        }
        sink.gauge(
                "rocketmq_consumer_lags_left_out",
                "Consumer group and topic pairs beyond the limit, whose lag is not exported",
                plain,
                latest.lagsLeftOut);
        Map<String, String> storage = labels.with("storage_type", "local", "storage_medium", "disk");
        if (latest.usedBytes >= 0) {
            sink.gauge("rocketmq_storage_size_bytes", "Broker storage size", storage, latest.usedBytes);
        }
        if (latest.earliestMs > 0) {
            sink.gauge(
                    "rocketmq_storage_message_reserve_time_milliseconds",
                    "Broker message reserve time",
                    storage,
                    Math.max(0, now - latest.earliestMs));
        }
    }
}
