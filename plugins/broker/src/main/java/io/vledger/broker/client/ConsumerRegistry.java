package io.vledger.broker.client;

import io.vledger.api.rpc.RpcConnection;
import io.vledger.broker.pull.Subscriptions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Knows the consumers that are online at this member: groups, their clients and subscriptions. Loop only. */
public final class ConsumerRegistry implements Subscriptions {
    /** Clients that were not heard of for this long are removed, milliseconds. */
    public static final long EXPIRY_MS = 120_000;

    private final Map<String, ConsumerGroup> groups = new HashMap<>();
    private final LongSupplier clock;
    private final RebalanceNotices notices;
    private final Predicate<String> notifies;

    /**
     * An empty registry.
     *
     * @param schedule runs a task on the loop after a delay in milliseconds
     * @param clock milliseconds since the epoch
     * @param notifies whether the members of a group are to be notified of changes, by the group's settings
     */
    public ConsumerRegistry(BiConsumer<Long, Runnable> schedule, LongSupplier clock, Predicate<String> notifies) {
        this.clock = clock;
        this.notifies = notifies;
        this.notices = new RebalanceNotices(groups::get, schedule, clock);
    }

    @Override
    public @Nullable ConsumerGroup group(String name) {
        return groups.get(name);
    }

    /** All groups with a member online. */
    public Collection<ConsumerGroup> groups() {
        return Collections.unmodifiableCollection(groups.values());
    }

    /** Names of the groups online that subscribe to a topic, sorted. */
    public List<String> subscribersOf(String topic) {
        List<String> names = new ArrayList<>();
        for (ConsumerGroup group : groups.values()) {
            if (group.subscription(topic) != null) {
                names.add(group.name());
            }
        }
        Collections.sort(names);
        return names;
    }

    /** Takes a full heartbeat of a client. */
    void register(ConsumerData data, ClientChannel channel) {
        ConsumerGroup group = groups.computeIfAbsent(data.group(), name -> new ConsumerGroup(data));
        boolean joined = group.heard(channel);
        boolean resubscribed = group.update(data);
        Session.of(channel.connection()).consumerGroups().add(data.group());
        if (joined || resubscribed) {
            changed(group);
        }
    }

    /** Takes a heartbeat that leaves out the subscriptions: those known stay. */
    void registerWithoutSubscriptions(ConsumerData data, ClientChannel channel) {
        ConsumerGroup group = groups.computeIfAbsent(data.group(), name -> new ConsumerGroup(data));
        Session.of(channel.connection()).consumerGroups().add(data.group());
        if (group.heard(channel)) {
            changed(group);
        }
    }

    /** A client left a group properly. */
    void unregister(String groupName, String clientId) {
        ConsumerGroup group = groups.get(groupName);
        ClientChannel member = group == null ? null : group.member(clientId);
        if (group != null && member != null) {
            leave(group, member);
        }
    }

    /** A connection closed: its clients are gone. */
    void closed(RpcConnection connection) {
        for (String name : List.copyOf(Session.consumerGroupsOf(connection))) {
            ConsumerGroup group = groups.get(name);
            if (group == null) {
                continue;
            }
            for (ClientChannel member : List.copyOf(group.members())) {
                // A client that is back on a new connection already stays.
                if (member.connection() == connection) {
                    leave(group, member);
                }
            }
        }
    }

    /** Removes clients that were not heard of for {@link #EXPIRY_MS}. Called now and then. */
    void expire() {
        long oldest = clock.getAsLong() - EXPIRY_MS;
        for (ConsumerGroup group : List.copyOf(groups.values())) {
            for (ClientChannel member : List.copyOf(group.members())) {
                if (member.lastHeardMs() < oldest) {
                    leave(group, member);
                }
            }
        }
        notices.tidy();
    }

    /** Asks the members of a group to rebalance. */
    public void rebalance(String name) {
        ConsumerGroup group = groups.get(name);
        if (group != null) {
            changed(group);
        }
    }

    /** Asks every member of every group to rebalance; for a new leader. */
    void rebalanceAll() {
        for (ConsumerGroup group : groups.values()) {
            changed(group);
        }
    }

    private void leave(ConsumerGroup group, ClientChannel member) {
        if (!group.remove(member)) {
            return;
        }
        Session.consumerGroupsOf(member.connection()).remove(group.name());
        if (group.isEmpty()) {
            groups.remove(group.name());
        } else {
            changed(group);
        }
    }

    private void changed(ConsumerGroup group) {
        if (!group.broadcasting() && notifies.test(group.name())) {
            notices.changed(group.name());
        }
    }
}
