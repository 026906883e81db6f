package io.vledger.broker.admin;

import io.vledger.api.group.Group;
import io.vledger.broker.group.Traffic;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Rates of what this process took in, gave out and got back, in all and by topic and group. Loop only; samples itself. */
public final class Meters {
    private final Group group;
    private final String cluster;
    private final Traffic traffic;
    private final LongSupplier clock;
    private final Meter allIn;
    private final Meter allOut;
    private final Map<String, Map<String, Meter>> named = new HashMap<>();

    /** Meters of a group's traffic. The clock gives milliseconds since the epoch. */
    public Meters(Group group, String cluster, Traffic traffic, LongSupplier clock) {
        this.group = group;
        this.cluster = cluster;
        this.traffic = traffic;
        this.clock = clock;
        allIn = new Meter(traffic.in()::messages, clock);
        allOut = new Meter(traffic.out()::messages, clock);
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
        if (name.equals("BROKER_PUT_NUMS") || name.equals("BROKER_GET_NUMS")) {
            boolean ours = key.equals(cluster);
            return ours ? (name.equals("BROKER_PUT_NUMS") ? allIn : allOut) : null;
        }
        return named.getOrDefault(name, Map.of()).get(key);
    }

    /** Per second over the last minute; 0 if nothing was counted. */
    double perSecond(String name, String key) {
        Meter meter = find(name, key);
        return meter == null ? 0 : meter.perSecond(Meter.MINUTE_MS);
    }

    void sample() {
        allIn.sample();
        allOut.sample();
        sample("TOPIC_PUT_NUMS", "TOPIC_PUT_SIZE", traffic.inByTopic());
        sample("GROUP_GET_NUMS", "GROUP_GET_SIZE", traffic.outByTopicAndGroup());
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
