package io.vledger.nameservice;

import static io.vledger.nameservice.RouteOwner.Local.LEADER_HINT;
import static io.vledger.nameservice.RouteOwner.Local.OWN_MEMBER;

import io.vledger.api.group.RouteSource;
import io.vledger.nameservice.Registration.QueueData;
import io.vledger.nameservice.Registration.Version;
import io.vledger.protocol.Permission;
import io.vledger.protocol.TopicNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which brokers are there, and which topics they have: the state of a name server, by the rules of RocketMQ's.
 *
 * <p>Addresses come from two sides. Remote brokers register over a connection, and go when it closes or when they are silent
 * for too long. Groups of this process are published by {@link #publish}, which also shows the leader that a follower knows
 * of before the leader itself has registered, and fences leaders of earlier terms. Loop only.
 */
final class RouteTable {
    private static final int WRITE = Permission.WRITE;
    static final String TEMPLATE_TOPIC = TopicNames.TEMPLATE;

    /** A broker name with its addresses. */
    private static final class Broker {
        private final String name;
        private String cluster;
        private final TreeMap<Long, String> addresses = new TreeMap<>();
        /** The highest term that this process itself knows of. */
        private long term;

        Broker(String name, String cluster) {
            this.name = name;
            this.cluster = cluster;
        }
    }

    /** What keeps one address in the table. */
    private static final class Lease {
        private final String broker;
        private final RouteOwner owner;
        private final Version version;
        private final long expiryMs;
        private final String haAddress;
        private long seenMs;

        Lease(String broker, RouteOwner owner, Version version, long expiryMs, String haAddress, long seenMs) {
            this.broker = broker;
            this.owner = owner;
            this.version = version;
            this.expiryMs = expiryMs;
            this.haAddress = haAddress;
            this.seenMs = seenMs;
        }
    }

    /**
     * A group of this process.
     *
     * @param cluster its cluster
     * @param broker its name
     * @param address where clients reach this member
     * @param id id under which this member is published; 0 if it leads
     * @param term its Raft term
     * @param leaderAddress where clients reach the leader; null if there is none, or its address is unknown
     * @param topics its topics
     */
    record OwnGroup(
            String cluster,
            String broker,
            String address,
            long id,
            long term,
            @Nullable String leaderAddress,
            Map<String, QueueData> topics) {}

    /**
     * The standby name of a group, under which producers reach a member that does not lead.
     *
     * @param address where clients reach that member
     * @param queues write queues by topic; topics that are not in it have none
     */
    record Standby(String address, Map<String, Integer> queues) {}

    /**
     * What a registration came to.
     *
     * @param accepted false if the broker must register again with all its topics
     * @param masterAddress the master's address for a slave; else null
     * @param haAddress the master's other address for a slave; else null
     */
    record Outcome(boolean accepted, @Nullable String masterAddress, @Nullable String haAddress) {
        private static final Outcome TAKEN = new Outcome(true, null, null);
        private static final Outcome INCOMPLETE = new Outcome(false, null, null);
    }

    /**
     * A broker as routes show it.
     *
     * @param cluster its cluster
     * @param name its name
     * @param addresses its addresses by id
     */
    record BrokerView(String cluster, String name, SortedMap<Long, String> addresses) {}

    /**
     * The route of a topic.
     *
     * @param brokers who has it
     * @param queues how it lies on each, by broker name
     */
    record Route(List<BrokerView> brokers, SortedMap<String, QueueData> queues) {}

    private final Map<String, Broker> brokers = new TreeMap<>();
    private final Map<String, Lease> leases = new HashMap<>();
    private final TopicTable topics = new TopicTable();

    private final Map<String, OwnGroup> own = new HashMap<>();
    private final Map<String, Standby> standbys = new HashMap<>();

    /**
     * Takes a registration.
     *
     * @param owner see {@link #ownerGone}
     * @param nowMs a monotonic time
     */
    Outcome register(Registration r, RouteOwner owner, long nowMs) {
        if (ownStandbyName(r.broker())) {
            return Outcome.TAKEN;
        }
        if (overtaken(r)) {
            return Outcome.TAKEN;
        }
        Broker broker = brokers.computeIfAbsent(r.broker(), name -> new Broker(name, r.cluster()));
        broker.cluster = r.cluster();
        broker.addresses.entrySet().removeIf(e -> e.getValue().equals(r.address()) && e.getKey() != r.id());
        if (fenced(broker, r)) {
            leases.remove(key(r.cluster(), r.address()));
            dropIfEmpty(broker);
            return Outcome.TAKEN; // silently, as RocketMQ's name server does
        }
        if (!broker.addresses.containsKey(r.id()) && r.topics().size() == 1) {
            dropIfEmpty(broker);
            return Outcome.INCOMPLETE;
        }
        boolean first = broker.addresses.put(r.id(), r.address()) == null;
        Lease old = leases.put(
                key(r.cluster(), r.address()),
                new Lease(r.broker(), owner, r.version(), r.expiryMs(), r.haAddress(), nowMs));
        if (r.id() == Registration.MASTER_ID && (first || old == null || !old.version.equals(r.version()))) {
            r.topics().forEach((topic, data) -> topics.put(topic, r.broker(), data));
        }
        String master = broker.addresses.get(Registration.MASTER_ID);
        if (r.id() == Registration.MASTER_ID || master == null) {
            return Outcome.TAKEN;
        }
        Lease lease = leases.get(key(r.cluster(), master));
        return new Outcome(true, master, lease == null ? null : lease.haAddress);
    }

    /** Standby names of this process's groups are shown from what it knows itself, which is never behind. */
    private boolean ownStandbyName(String broker) {
        return broker.endsWith(RouteSource.STANDBY_SUFFIX)
                && own.containsKey(broker.substring(0, broker.length() - RouteSource.STANDBY_SUFFIX.length()));
    }

    /** Whether a member registers as a follower in the term in which it leads: it did so before it was elected. */
    private boolean overtaken(Registration r) {
        OwnGroup group = own.get(r.broker());
        return group != null
                && r.id() != Registration.MASTER_ID
                && r.address().equals(group.leaderAddress())
                && r.version().stateVersion() <= group.term();
    }

    /** Whether another broker with a higher state version holds the id, or the term is known here to be over. */
    private boolean fenced(Broker broker, Registration r) {
        long offered = r.version().stateVersion();
        if (r.id() == Registration.MASTER_ID && offered < broker.term) {
            return true;
        }
        String holder = broker.addresses.get(r.id());
        if (holder == null || holder.equals(r.address())) {
            return false;
        }
        Lease lease = leases.get(key(r.cluster(), holder));
        return lease != null && lease.version.stateVersion() > offered;
    }

    /** Removes a broker's address. The leader of a group of this process is shown until another is known. */
    void unregister(String cluster, String brokerName, String address, long nowMs) {
        Lease lease = leases.get(key(cluster, address));
        if (lease != null && lease.owner == OWN_MEMBER) {
            return; // only this process withdraws a group of its own
        }
        OwnGroup group = own.get(brokerName);
        if (group != null && address.equals(group.leaderAddress())) {
            lease(group, address, LEADER_HINT, new Version(group.term(), 0, 0), nowMs);
            return;
        }
        leases.remove(key(cluster, address));
        removeAddress(brokerName, address);
    }

    /** An owner is gone, such as a connection that has closed: what it kept goes. */
    void ownerGone(RouteOwner owner) {
        removeLeases(lease -> lease.owner.equals(owner));
    }

    /** Removes brokers that were silent for too long. */
    void expire(long nowMs) {
        removeLeases(lease ->
                lease.owner != OWN_MEMBER && lease.owner != LEADER_HINT && nowMs - lease.seenMs > lease.expiryMs);
    }

    /** Notes a sign of life. Returns whether the broker is registered. */
    boolean alive(String cluster, String address, long nowMs) {
        Lease lease = leases.get(key(cluster, address));
        if (lease == null) {
            return false;
        }
        lease.seenMs = nowMs;
        return true;
    }

    /** The data version of a broker's last registration, or null if it is not registered. */
    @Nullable
    Version version(String cluster, String address) {
        Lease lease = leases.get(key(cluster, address));
        return lease == null ? null : lease.version;
    }

    /** Publishes a group of this process as it is now. */
    void publish(OwnGroup group, long nowMs) {
        Broker broker = brokers.computeIfAbsent(group.broker(), name -> new Broker(name, group.cluster()));
        broker.cluster = group.cluster();
        broker.term = Math.max(broker.term, group.term());
        Version version = new Version(group.term(), 0, 0);
        broker.addresses.entrySet().removeIf(e -> e.getValue().equals(group.address()) && e.getKey() != group.id());
        if (group.id() == Registration.MASTER_ID) {
            if (!succeeded(broker, group)) {
                makeMaster(broker, group, group.address(), OWN_MEMBER, version, nowMs);
            }
        } else {
            broker.addresses.put(group.id(), group.address());
            lease(group, group.address(), OWN_MEMBER, version, nowMs);
            showLeader(broker, group, version, nowMs);
        }
        OwnGroup before = own.put(group.broker(), group);
        Map<String, QueueData> known = before == null ? Map.of() : before.topics();
        known.keySet().stream()
                .filter(topic -> !group.topics().containsKey(topic))
                .forEach(topic -> topics.remove(topic, group.broker()));
        group.topics().forEach((topic, data) -> {
            if (!data.equals(known.get(topic)) || !topics.has(topic, group.broker())) {
                topics.put(topic, group.broker(), data);
            }
        });
    }

    /** Whether a member with a later term, of which this one does not know yet, is the master already. */
    private boolean succeeded(Broker broker, OwnGroup group) {
        String shown = broker.addresses.get(Registration.MASTER_ID);
        Lease lease = shown == null ? null : leases.get(key(group.cluster(), shown));
        return lease != null && lease.version.stateVersion() > group.term();
    }

    private void showLeader(Broker broker, OwnGroup group, Version version, long nowMs) {
        String shown = broker.addresses.get(Registration.MASTER_ID);
        String leader = group.leaderAddress();
        Lease lease = shown == null ? null : leases.get(key(group.cluster(), shown));
        boolean outdated = lease == null || lease.version.stateVersion() < group.term();
        if (leader == null || leader.equals(group.address())) {
            if (shown != null && (lease == null || outdated || lease.owner == LEADER_HINT)) {
                removeMaster(broker, group.cluster(), shown);
            }
        } else if (!leader.equals(shown) && (shown == null || outdated)) {
            makeMaster(broker, group, leader, LEADER_HINT, version, nowMs);
        }
    }

    /** Makes an address the master; one that registered itself stays registered. */
    private void makeMaster(
            Broker broker, OwnGroup group, String address, RouteOwner owner, Version version, long nowMs) {
        String shown = broker.addresses.get(Registration.MASTER_ID);
        if (shown != null && !shown.equals(address)) {
            removeMaster(broker, group.cluster(), shown);
        }
        broker.addresses.values().removeIf(address::equals);
        broker.addresses.put(Registration.MASTER_ID, address);
        Lease lease = leases.get(key(group.cluster(), address));
        if (lease == null || owner == OWN_MEMBER || lease.owner == LEADER_HINT || lease.owner == OWN_MEMBER) {
            lease(group, address, owner, version, nowMs);
        }
    }

    private void lease(OwnGroup group, String address, RouteOwner owner, Version version, long nowMs) {
        leases.put(
                key(group.cluster(), address),
                new Lease(group.broker(), owner, version, Registration.EXPIRY_MS, address, nowMs));
    }

    private void removeMaster(Broker broker, String cluster, String address) {
        broker.addresses.remove(Registration.MASTER_ID);
        Lease lease = leases.get(key(cluster, address));
        if (lease != null && lease.owner == LEADER_HINT) {
            leases.remove(key(cluster, address));
        }
    }

    /**
     * Shows a group's standby name in routes, and nowhere else. The name stays until the group is withdrawn: producers that
     * choose a queue by its place in the list go on finding the same.
     */
    void showStandby(String brokerName, Standby standby) {
        standbys.put(brokerName, standby);
    }

    /** Withdraws a group of this process. */
    void withdraw(String brokerName) {
        standbys.remove(brokerName);
        OwnGroup group = own.remove(brokerName);
        Broker broker = brokers.get(brokerName);
        if (group == null || broker == null) {
            return;
        }
        removeLeases(
                lease -> lease.broker.equals(brokerName) && (lease.owner == OWN_MEMBER || lease.owner == LEADER_HINT));
    }

    /**
     * The route of a topic; null if nobody has it.
     *
     * @param withStandby whether groups are shown under their standby names too
     */
    @Nullable
    Route route(String topic, boolean withStandby) {
        SortedMap<String, QueueData> queues = topics.of(topic);
        if (queues == null) {
            return null;
        }
        List<BrokerView> views = new ArrayList<>();
        TreeMap<String, QueueData> shown = new TreeMap<>();
        queues.forEach((name, data) -> {
            BrokerView view = broker(name);
            if (view != null) {
                views.add(view);
                shown.put(name, data);
                if (withStandby) {
                    addStandby(topic, view, data, views, shown);
                }
            }
        });
        return views.isEmpty() ? null : new Route(views, shown);
    }

    /** Consumers see no queue of it: it cannot be read, and has no read queues. */
    private void addStandby(
            String topic, BrokerView broker, QueueData data, List<BrokerView> views, Map<String, QueueData> shown) {
        Standby standby = standbys.get(broker.name());
        int queues = standby == null ? 0 : Math.min(data.writeQueues(), standby.queues.getOrDefault(topic, 0));
        String name = broker.name() + RouteSource.STANDBY_SUFFIX;
        if (standby == null || queues == 0 || (data.perm() & WRITE) == 0 || brokers.containsKey(name)) {
            return;
        }
        views.add(standbyView(broker, standby));
        // A client takes the template's read queues for the write queues of a topic that it is about to create.
        int read = topic.equals(TEMPLATE_TOPIC) ? queues : 0;
        shown.put(name, new QueueData(read, queues, WRITE, data.sysFlag()));
    }

    /** The standby names of this process's groups, as brokers. */
    List<BrokerView> standbyBrokers() {
        List<BrokerView> views = new ArrayList<>();
        standbys.forEach((name, standby) -> {
            BrokerView broker = broker(name);
            if (broker != null && !brokers.containsKey(name + RouteSource.STANDBY_SUFFIX)) {
                views.add(standbyView(broker, standby));
            }
        });
        return views;
    }

    private static BrokerView standbyView(BrokerView broker, Standby standby) {
        return new BrokerView(
                broker.cluster(),
                broker.name() + RouteSource.STANDBY_SUFFIX,
                new TreeMap<>(Map.of(Registration.MASTER_ID, standby.address)));
    }

    /** A broker by its name. */
    @Nullable
    BrokerView broker(String name) {
        Broker broker = brokers.get(name);
        return broker == null ? null : new BrokerView(broker.cluster, name, new TreeMap<>(broker.addresses));
    }

    /** All brokers, by name. */
    List<BrokerView> brokers() {
        return brokers.keySet().stream()
                .map(this::broker)
                .filter(Objects::nonNull)
                .toList();
    }

    /** Names of the topics of which some broker satisfies a condition. */
    List<String> topics(Predicate<Map.Entry<String, QueueData>> condition) {
        return topics.names(condition);
    }

    /** Names of the topics of a cluster. */
    Set<String> topicsOfCluster(String cluster) {
        return new TreeSet<>(topics(queue -> {
            Broker broker = brokers.get(queue.getKey());
            return broker != null && broker.cluster.equals(cluster);
        }));
    }

    /** Forgets a topic: on all brokers, or on those of one cluster. */
    void deleteTopic(String topic, @Nullable String cluster) {
        topics.removeFrom(topic, name -> {
            Broker broker = brokers.get(name);
            return cluster == null || cluster.isEmpty() || broker == null || broker.cluster.equals(cluster);
        });
    }

    /** Sets how a topic lies on a broker, if there is such a broker. */
    void putTopicOf(String topic, String brokerName, QueueData data) {
        if (brokers.containsKey(brokerName)) {
            topics.put(topic, brokerName, data);
        }
    }

    /** Sets or clears the write permission of all topics of a broker; returns how many that were. */
    int setWritable(String brokerName, boolean writable) {
        return topics.setWritable(brokerName, writable);
    }

    private void removeLeases(Predicate<Lease> condition) {
        List<String> gone = new ArrayList<>();
        leases.forEach((key, lease) -> {
            if (condition.test(lease)) {
                gone.add(key);
            }
        });
        for (String key : gone) {
            Lease lease = leases.remove(key);
            if (lease != null) {
                removeAddress(lease.broker, key.substring(key.indexOf('\n') + 1));
            }
        }
    }

    private void removeAddress(String brokerName, String address) {
        Broker broker = brokers.get(brokerName);
        if (broker != null) {
            broker.addresses.values().removeIf(address::equals);
            dropIfEmpty(broker);
        }
    }

    private void dropIfEmpty(Broker broker) {
        if (broker.addresses.isEmpty()) {
            brokers.remove(broker.name);
            topics.removeBroker(broker.name);
        }
    }

    private static String key(String cluster, String address) {
        return cluster + '\n' + address;
    }
}
