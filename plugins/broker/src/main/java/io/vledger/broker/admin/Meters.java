package io.vledger.broker.admin;

import io.vledger.api.group.Group;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.state.BrokerState;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Rates of what the group took in, gave out and got back, in all and by topic and group. What is kept of a topic or group goes on through
 * changes of leader; what was given back is counted by the leader that took it. Loop only; samples itself.
 */
final class Meters {
    private final Group group;
    private final String cluster;
    private final Traffic traffic;
    private final LongSupplier clock;
    private final TopicPuts puts;
    private final GroupGets gets;
    private final Meter stored;
    private final Meter allIn;
    private final Meter allOut;
    private final Map<String, Map<String, Meter>> named = new HashMap<>();

    /** Meters of a group's traffic. The clock gives milliseconds since the epoch. */
    public Meters(Group group, BrokerState state, Traffic traffic, LongSupplier clock) {
        this.group = group;
        this.cluster = state.cluster();
        this.traffic = traffic;
        this.clock = clock;
        puts = new TopicPuts(state.topics(), clock);
        gets = new GroupGets(state, traffic, clock);
        allIn = new Meter(traffic.in()::messages, clock);
        allOut = new Meter(traffic.out()::messages, clock);
        stored = new Meter(puts::stored, clock, 0);
    }

    /** Samples from now on. */
    public void start() {
        group.schedule(Meter.SAMPLE_MS, () -> {
            sample();
            start();
        });
    }

    /** Messages taken in. */
    Meter allIn() {
        return allIn;
    }

    /** Messages given out. */
    Meter allOut() {
        return allOut;
    }

    /**
     * One of RocketMQ's statistics.
     *
     * @param name for example {@code TOPIC_PUT_NUMS}
     * @param key what it is about: a topic, {@code topic@group}, or the cluster
     * @return null if nothing was counted under this name and key
     */
    @Nullable
    Meter find(String name, String key) {
        return switch (name) {
            case "BROKER_PUT_NUMS" -> key.equals(cluster) ? stored : null;
            case "BROKER_GET_NUMS" -> key.equals(cluster) ? allOut : null;
            case "TOPIC_PUT_NUMS" -> puts.messages(key);
            case "TOPIC_PUT_SIZE" -> puts.bytes(key);
            case "GROUP_GET_NUMS" -> gets.messages(key);
            case "GROUP_GET_SIZE" -> gets.bytes(key);
            default -> named.getOrDefault(name, Map.of()).get(key);
        };
    }

    /** Per second over the last minute; 0 if nothing was counted. */
    double perSecond(String name, String key) {
        Meter meter = find(name, key);
        return meter == null ? 0 : meter.perSecond(Meter.MINUTE_MS);
    }

    void sample() {
        allIn.sample();
        allOut.sample();
        puts.sample();
        gets.sample();
        stored.sample();
        sample("SNDBCK_PUT_NUMS", "SNDBCK_PUT_SIZE", traffic.backByTopicAndGroup());
    }

    private void sample(String numbers, String sizes, Map<String, ? extends Traffic.Counter> counters) {
        Map<String, Meter> byNumber = named.computeIfAbsent(numbers, name -> new HashMap<>());
        Map<String, Meter> bySize = named.computeIfAbsent(sizes, name -> new HashMap<>());
        counters.forEach((key, counter) -> {
            byNumber.computeIfAbsent(key, fresh -> new Meter(counter::messages, clock))
                    .sample();
            bySize.computeIfAbsent(key, fresh -> new Meter(counter::bytes, clock))
                    .sample();
        });
    }
}
