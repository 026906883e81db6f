package io.vledger.nameservice;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.RouteSource;
import io.vledger.api.group.RouteSource.Topic;
import io.vledger.api.group.RouteSource.TopicsView;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Rpc;
import io.vledger.nameservice.Registration.QueueData;
import io.vledger.nameservice.Registration.Version;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes one group: in this process's route table, and at the name servers of others. A change of role or term goes out at
 * once, and so does the first of several changes of topics; the others are collected for a moment. Loop only, but for the callbacks of the group.
 */
final class Registrar {
    private static final Logger LOG = LoggerFactory.getLogger(Registrar.class);
    private static final long PERIOD_MS = 30_000;
    private static final long TOPICS_PAUSE_MS = 50;
    /** A name server refuses a first registration with one topic, and looks at the topics of masters only. */
    private static final int FOLLOWER_TOPICS = 2;

    /** The member's role in the group, as far as it is published. */
    private record PublishedRole(
            boolean shown, boolean leads, long term, String leaderAddress, String standbyAddress) {}

    private final Vertx vertx;
    private final Context context;
    private final RouteSource source;
    private final RouteTable table;
    private final LongSupplier clockMs;
    private final Runnable onChange;
    private final long followerId;
    private final List<NameServerLink> links;
    private final StandbyRegistrar standbyRegistrar;

    private @Nullable AutoCloseable listener;
    private long periodic = -1;
    private boolean topicsPause;
    private @Nullable PublishedRole role;
    private TopicsView topics = new TopicsView(Long.MIN_VALUE, List.of());
    private Map<String, QueueData> queues = Map.of();
    private Map<String, Integer> standbyQueues = Map.of();
    private String standbyAddress = "";
    private long changes;
    private long changedAtMs;
    private NameServerLink.@Nullable Message message;
    private boolean draining;
    private boolean stopped;

    /**
     * @param members node ids of the group in configured order
     * @param nameServers the name servers
     * @param clockMs a monotonic time
     * @param onChange called when {@link #describe} may have changed
     */
    Registrar(
            Vertx vertx,
            Rpc rpc,
            RouteSource source,
            Collection<String> members,
            List<NameServerAddress> nameServers,
            RouteTable table,
            LongSupplier clockMs,
            Runnable onChange) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.source = source;
        this.table = table;
        this.clockMs = clockMs;
        this.onChange = onChange;
        this.followerId = BrokerIds.of(source.status().node(), members);
        this.links = nameServers.stream()
                .map(nameServer -> new NameServerLink(vertx, rpc, nameServer, source.group(), this::message, onChange))
                .toList();
        this.standbyRegistrar = new StandbyRegistrar(vertx, rpc, source, nameServers, onChange);
    }

    RouteSource source() {
        return source;
    }

    boolean connectedTo(NameServerAddress nameServer) {
        return links.stream().anyMatch(link -> link.nameServer() == nameServer && link.connected());
    }

    /** Publishes the group from now on. */
    void start() {
        listener = source.onChange(() -> context.runOnContext(v -> changed()));
        periodic = vertx.setPeriodic(PERIOD_MS, id -> {
            register();
            standbyRegistrar.renew();
        });
        changed();
    }

    /** Compares with what was published and publishes what is new. */
    private void changed() {
        if (stopped) {
            return;
        }
        PublishedRole now = publishedRole(source.status(), draining);
        if (draining && (!now.shown || now.leaderAddress.isEmpty())) {
            return; // a client keeps what it is shown until it asks the next name server: never a route without a live
            // member
        }
        if (!now.equals(role)) {
            role = now;
            readTopics();
            publish();
        } else if (source.topicsVersion() != topics.version() && !topicsPause) {
            topicsPause = true;
            vertx.setTimer(TOPICS_PAUSE_MS, id -> {
                topicsPause = false;
                changed();
            });
            readTopics();
            publish();
        }
    }

    private static PublishedRole publishedRole(GroupStatus status, boolean stops) {
        GroupRole is = status.role();
        boolean shown = is != GroupRole.STARTING && is != GroupRole.FAILED && is != GroupRole.STOPPED;
        String leader = status.leader();
        String leaderAddress = "";
        for (GroupStatus.Member member : status.members()) {
            if (member.node().equals(leader)) {
                leaderAddress = member.clientAddress();
            }
        }
        GroupStatus.Member standby = status.standby(stops);
        return new PublishedRole(
                shown,
                is == GroupRole.LEADER,
                status.term(),
                leaderAddress,
                standby == null ? leaderAddress : standby.clientAddress());
    }

    private void readTopics() {
        topics = source.topics();
        Map<String, QueueData> taken = new LinkedHashMap<>();
        for (Topic topic : topics.topics()) {
            taken.put(
                    topic.name(),
                    new QueueData(topic.readQueues(), topic.writeQueues(), topic.perm(), topic.sysFlag()));
        }
        queues = taken;
        Map<String, Integer> second = new HashMap<>();
        for (Topic topic : topics.topics()) {
            int count = source.standbyQueues(topic);
            if (count > 0) {
                second.put(topic.name(), count);
            }
        }
        standbyQueues = second;
    }

    private void publish() {
        changes++;
        changedAtMs = Math.max(changedAtMs + 1, System.currentTimeMillis());
        message = null;
        PublishedRole now = role;
        if (now == null || !now.shown) {
            table.withdraw(source.group());
            standbyRegistrar.hide();
        } else {
            table.publish(
                    new RouteTable.OwnGroup(
                            source.cluster(),
                            source.group(),
                            source.clientAddress(),
                            id(now),
                            now.term,
                            now.leaderAddress.isEmpty() ? null : now.leaderAddress,
                            queues),
                    clockMs.getAsLong());
            // While there is no leader the last one stays: the name must not come and go.
            standbyAddress = now.standbyAddress.isEmpty() ? standbyAddress : now.standbyAddress;
            if (!standbyAddress.isEmpty()) {
                table.showStandby(source.group(), new RouteTable.Standby(standbyAddress, standbyQueues));
            }
            if (!draining && !now.leads && now.standbyAddress.equals(source.clientAddress())) {
                standbyRegistrar.show(new Version(now.term, changedAtMs, changes), queues, standbyQueues);
            } else {
                standbyRegistrar.hide();
            }
        }
        onChange.run();
        long version = topics.version();
        register().onComplete(done -> source.published(version));
    }

    private long id(PublishedRole now) {
        return now.leads ? Registration.MASTER_ID : followerId;
    }

    /** Completes when each name server has taken what there is to register, or to withdraw, or could not be asked. */
    private Future<?> register() {
        PublishedRole now = role;
        return draining && (now == null || !now.leads)
                ? unregister()
                : Future.join(links.stream().map(NameServerLink::register).toList());
    }

    private NameServerLink.@Nullable Message message() {
        PublishedRole now = role;
        if (now == null || !now.shown || topics.topics().size() < FOLLOWER_TOPICS) {
            return null;
        }
        NameServerLink.Message made = message;
        if (made == null) {
            made = message(now);
            message = made;
        }
        return made;
    }

    private NameServerLink.Message message(PublishedRole now) {
        Version version = new Version(now.term, changedAtMs, changes);
        List<Topic> published = now.leads ? topics.topics() : topics.topics().subList(0, FOLLOWER_TOPICS);
        byte[] body = RegistrationCodec.encode(version, published);
        int crc = RegistrationCodec.crc(body);
        FieldWriter identity = sink -> sink.put("brokerName", source.group())
                .put("brokerAddr", source.clientAddress())
                .put("clusterName", source.cluster())
                .put("brokerId", id(now));
        FieldWriter register = sink -> {
            identity.writeTo(sink);
            sink.put("haServerAddr", source.clientAddress())
                    .put("compressed", false)
                    .put("bodyCrc32", crc);
        };
        return new NameServerLink.Message(register, body, identity);
    }

    /**
     * This node is about to stop: its registration at other processes is withdrawn, a leader's once another leads, so that there is
     * always a master to be found. This process's own table is still served, and from now on shows members that stay.
     */
    Future<?> drain() {
        draining = true;
        changed();
        PublishedRole now = role;
        return now != null && now.leads ? Future.succeededFuture() : unregister();
    }

    private Future<?> unregister() {
        return Future.join(links.stream().map(NameServerLink::stop).toList());
    }

    /** Withdraws the group everywhere: nobody serves it here any more. */
    void withdraw() {
        var unused = stop();
        table.withdraw(source.group());
    }

    /** Publishes no more. What this process's own table shows stays, until its name servers close. */
    Future<?> stop() {
        if (stopped) {
            return Future.succeededFuture();
        }
        stopped = true;
        vertx.cancelTimer(periodic);
        AutoCloseable open = listener;
        if (open != null) {
            try {
                open.close();
            } catch (Exception e) { // what AutoCloseable may throw
                LOG.warn("group {} could not be made to stop its callbacks: {}", source.group(), e.getMessage());
            }
        }
        standbyRegistrar.stop();
        return unregister();
    }

    /** For the health answer. */
    JsonObject describe() {
        JsonArray servers = new JsonArray();
        links.forEach(link -> servers.add(link.registered()));
        PublishedRole now = role;
        return new JsonObject()
                .put("role", now == null || !now.shown ? "hidden" : now.leads ? "master" : "slave")
                .put("registered", servers);
    }
}
