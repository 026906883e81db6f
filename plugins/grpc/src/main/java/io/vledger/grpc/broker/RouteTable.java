package io.vledger.grpc.broker;

import apache.rocketmq.v2.Code;
import io.vertx.core.Future;
import io.vledger.api.group.RouteSource;
import io.vledger.api.rpc.Rpc;
import io.vledger.grpc.broker.NameServers.Found;
import io.vledger.grpc.broker.TopicRoute.BrokerQueues;
import io.vledger.grpc.call.StatusException;
import io.vledger.protocol.TopicAttributeNames;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where topics are. Groups of this process say so themselves, as of now. Of others the name servers are asked; what they answered is used
 * for some seconds, and while they are asked again. A member that does not lead
 * may learn of a new topic after its creation was answered: name servers and the leader, which know it by then, are asked.
 */
public final class RouteTable {
    private static final long REFRESH_MS = 3_000;
    private static final int MAX_CACHED = 20_000;

    private final Asked nameServers;
    private final LongSupplier clock;
    private final Map<String, LocalGroup> locals = new TreeMap<>();
    private final Map<String, Remote> remotes = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<String, String> addresses = new HashMap<>();
    private Runnable onClose = () -> {};

    /** Who is asked where a topic is. */
    interface Asked {
        /** What name servers say; nothing if there is no such topic; fails if none answers. */
        Future<Found> find(String topic);

        /** What the leader of a group of this process says, which is reached at this address; nothing if it has no such topic. */
        Future<Found> atLeader(String group, String address, String topic);
    }

    /** A group of this process. */
    private static final class LocalGroup {
        private final RouteSource source;
        private long version = Long.MIN_VALUE;
        private Map<String, RouteSource.Topic> topics = Map.of();

        LocalGroup(RouteSource source) {
            this.source = source;
        }

        RouteSource.@Nullable Topic find(String topic) {
            RouteSource.TopicsView view = source.topics();
            if (view.version() != version) {
                Map<String, RouteSource.Topic> byName = new HashMap<>();
                view.topics().forEach(each -> byName.put(each.name(), each));
                topics = byName;
                version = view.version();
            }
            return topics.get(topic);
        }
    }

    /** What the name servers say of a topic. */
    private static final class Remote {
        private Found found = Found.NOTHING;
        private long askedMs;
        private @Nullable Future<Found> asking;
        private boolean known;
    }

    /**
     * A table that asks these name servers.
     *
     * @param clock milliseconds of any clock
     */
    public static RouteTable asking(Rpc rpc, List<String> nameServers, LongSupplier clock) {
        NameServers servers = new NameServers(rpc, nameServers);
        RouteTable table = new RouteTable(servers, clock);
        table.onClose = servers::close;
        return table;
    }

    /** @param clock milliseconds of any clock */
    RouteTable(Asked nameServers, LongSupplier clock) {
        this.nameServers = nameServers;
        this.clock = clock;
    }

    /** The groups of this process from now on. */
    public void locals(Map<String, RouteSource> sources) {
        locals.keySet().retainAll(sources.keySet());
        sources.forEach((group, source) -> {
            LocalGroup known = locals.get(group);
            if (known == null || known.source != source) {
                locals.put(group, new LocalGroup(source));
            }
        });
    }

    /** Whether a group is of this process. */
    public boolean local(String group) {
        return locals.containsKey(group);
    }

    /** Where the leader of a group of this process is reached, if it is another member; null if it is this one or not known. */
    public @Nullable String leaderElsewhere(String group) {
        LocalGroup here = locals.get(group);
        if (here == null) {
            return null;
        }
        String leader = here.source.status().leaderClientAddress();
        return leader.isEmpty() || leader.equals(here.source.clientAddress()) ? null : leader;
    }

    /** Where a group of another process is reached, {@code host:port}; null if no route named it. */
    public @Nullable String address(String group) {
        return addresses.get(group);
    }

    /** Closes the connections to name servers. */
    public void close() {
        onClose.run();
    }

    /** Forgets what the name servers said, after a group was not reached. */
    public void forget() {
        remotes.clear();
    }

    /** Finds a topic; fails with {@link Code#TOPIC_NOT_FOUND}. */
    public Future<TopicRoute> find(String topic) {
        Remote remote = remotes.computeIfAbsent(topic, name -> new Remote());
        if (remotes.size() > MAX_CACHED) {
            remotes.remove(remotes.keySet().iterator().next());
        }
        boolean usable = remote.known && !ahead(topic, remote.found);
        boolean due = !usable || clock.getAsLong() - remote.askedMs > REFRESH_MS;
        Future<Found> asking = remote.asking;
        if (asking != null && !usable) {
            // Asked before this call: a topic that was created in between is not in that answer.
            return asking.compose(found -> route(topic, found)).recover(missing -> answered(topic, remote));
        }
        if (due && asking == null) {
            asking = ask(topic, remote);
        }
        return usable || asking == null ? route(topic, remote.found) : asking.compose(found -> route(topic, found));
    }

    /** What is answered to a question that is asked from now on, or was by somebody who came at the same time. */
    private Future<TopicRoute> answered(String topic, Remote remote) {
        Future<Found> asking = remote.asking;
        return (asking == null ? ask(topic, remote) : asking).compose(found -> route(topic, found));
    }

    /**
     * Whether an answer names a group of this process where the topic is not: one was created that this member is about to learn of, or
     * deleted since. A new answer tells which.
     */
    private boolean ahead(String topic, Found found) {
        for (BrokerQueues each : found.brokers()) {
            LocalGroup here = locals.get(each.broker());
            if (here != null && here.find(topic) == null) {
                return true;
            }
        }
        return false;
    }

    private Future<Found> ask(String topic, Remote remote) {
        Future<Found> asked = nameServers
                .find(topic)
                .otherwise(remote.found)
                .compose(found -> found.brokers().isEmpty() ? atLeaders(topic) : Future.succeededFuture(found))
                .onSuccess(found -> {
                    remote.asking = null;
                    remote.askedMs = clock.getAsLong();
                    remote.known = !found.brokers().isEmpty() || localTopic(topic);
                    remote.found = found;
                    addresses.putAll(found.addresses());
                });
        if (!asked.isComplete()) {
            remote.asking = asked;
        }
        return asked;
    }

    /** A name server shows a new topic soon, this member learns of it soon; the leader of its group has it before its creation is answered. */
    private Future<Found> atLeaders(String topic) {
        Future<Found> found = Future.succeededFuture(Found.NOTHING);
        if (localTopic(topic)) {
            return found;
        }
        for (String group : locals.keySet()) {
            String leader = leaderElsewhere(group);
            if (leader != null) {
                found = found.compose(before -> before.brokers().isEmpty()
                        ? nameServers.atLeader(group, leader, topic).otherwise(Found.NOTHING)
                        : Future.succeededFuture(before));
            }
        }
        return found;
    }

    private boolean localTopic(String topic) {
        return locals.values().stream().anyMatch(group -> group.find(topic) != null);
    }

    private Future<TopicRoute> route(String topic, Found found) {
        List<BrokerQueues> brokers = new ArrayList<>();
        Set<String> known = new HashSet<>();
        String type = found.messageType();
        for (Map.Entry<String, LocalGroup> group : locals.entrySet()) {
            RouteSource.Topic here = group.getValue().find(topic);
            if (here != null) {
                brokers.add(new BrokerQueues(group.getKey(), here.readQueues(), here.writeQueues(), here.perm()));
                known.add(group.getKey());
                type = here.attributes().getOrDefault(TopicAttributeNames.MESSAGE_TYPE, type);
            }
        }
        for (BrokerQueues elsewhere : found.brokers()) {
            if (!known.contains(elsewhere.broker())) {
                brokers.add(elsewhere);
            }
        }
        if (brokers.isEmpty()) {
            return Future.failedFuture(new StatusException(
                    Code.TOPIC_NOT_FOUND, "No topic route info in name server for the topic: " + topic));
        }
        brokers.sort(Comparator.comparing(BrokerQueues::broker));
        return Future.succeededFuture(new TopicRoute(List.copyOf(brokers), type.isEmpty() ? TopicRoute.NORMAL : type));
    }
}
