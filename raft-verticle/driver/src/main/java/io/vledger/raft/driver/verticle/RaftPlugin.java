package io.vledger.raft.driver.verticle;

import io.vertx.core.CompositeFuture;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupHost;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Readiness;
import io.vledger.api.health.Health;
import io.vledger.api.metrics.MetricSink;
import io.vledger.api.metrics.MetricSource;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.net.PeerTransport;
import io.vledger.api.origin.Origin;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.PluginVerticle;
import io.vledger.api.store.StoreProvider;
import io.vledger.api.tls.TlsContexts;
import io.vledger.api.tls.TlsSettings;
import io.vledger.raft.RaftSettings;
import io.vledger.raft.driver.DamageMeter;
import io.vledger.raft.driver.Replica;
import io.vledger.raft.driver.ReplicaSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The plugin: hosts groups, each as a storage, a Raft and a replication verticle. The latter are there, and listen for other members,
 * from the start on; the others while the group is open.
 */
public final class RaftPlugin extends PluginVerticle implements GroupHost {
    private static final Logger LOG = LoggerFactory.getLogger(RaftPlugin.class);
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    /** Open groups in order of opening. */
    private final Map<String, Member> members = Collections.synchronizedMap(new LinkedHashMap<>());
    /** The service of every group that was ever opened. */
    private final Map<String, HostedGroup> hosted = new ConcurrentHashMap<>();

    /** By group. */
    private final Map<String, Listener> listeners = new ConcurrentHashMap<>();

    private @Nullable TlsContexts certificates;

    private record Member(Replica replica, List<String> deployments) {}

    private record Listener(ReplicationVerticle replication, String deployment) {}

    @Override
    public Future<?> start() {
        TlsContexts read =
                new TlsContexts(vertx, TlsSettings.of(plugin().config().getJsonObject("tls")));
        certificates = read;
        plugin().provide(GroupHost.class, "", this);
        plugin().provide(PeerTransport.class, "", this::channel);
        return read.load()
                .compose(loaded -> Future.join(
                        plugin().node().groups().stream().map(this::replication).toList()))
                .recover(failure -> closeListeners().transform(closed -> Future.failedFuture(failure)));
    }

    /** Listens for a group's other members, if it does not yet. */
    private Future<ReplicationVerticle> replication(GroupConfig config) {
        Listener known = listeners.get(config.name());
        if (known != null) {
            return Future.succeededFuture(known.replication());
        }
        ReplicationVerticle added =
                new ReplicationVerticle(config, plugin().node().id(), Objects.requireNonNull(certificates));
        return deploy(added).map(id -> {
            listeners.put(config.name(), new Listener(added, id));
            return added;
        });
    }

    /**
     * Deploys a verticle that has no parent. Vert.x makes it a child of the plugin whose context this thread is in, and undeploys it
     * before that plugin is asked to stop: a group would be closed before its broker has answered what is under way.
     */
    private Future<String> deploy(Deployable verticle) {
        Promise<String> deployed = Promise.promise();
        var unused =
                CompletableFuture.runAsync(() -> vertx.deployVerticle(verticle).onComplete(deployed));
        return deployed.future();
    }

    private PeerChannel channel(String group, String name) {
        Listener listener = listeners.get(group);
        if (listener == null) {
            throw new IllegalArgumentException("this node has no group \"" + group + "\"");
        }
        return listener.replication().channel(name);
    }

    @Override
    public Future<?> drain() {
        List<Future<Void>> all = new ArrayList<>();
        for (Member member : opened()) {
            all.add(member.replica.transferLeadership(null).otherwiseEmpty());
        }
        return Future.join(all);
    }

    @Override
    public Future<?> stop() {
        List<Future<Void>> all = new ArrayList<>();
        for (Member member : opened()) {
            all.add(undeploy(member.deployments));
        }
        // The replicas stop while their connections still stand.
        TlsContexts read = certificates;
        if (read != null) {
            read.close();
        }
        return Future.join(all).eventually(this::closeListeners);
    }

    private Future<CompositeFuture> closeListeners() {
        return Future.join(listeners.values().stream()
                .map(listener -> vertx.undeploy(listener.deployment()))
                .toList());
    }

    @Override
    public Future<Group> open(Opening opening) {
        GroupConfig config = opening.config();
        StoreProvider provider;
        try {
            provider = plugin().service(StoreProvider.class, config.storeType());
        } catch (IllegalStateException e) {
            return Future.failedFuture(new IllegalArgumentException(
                    "group " + config.name() + ": there is no store of type " + config.storeType() + "; known: "
                            + plugin().services(StoreProvider.class).keySet() + "; put store-" + config.storeType()
                            + ".jar into the plugin directory (plugins.directory; plugins in dataDir unless set)"
                            + " and start again, or set groups[].store.type"));
        }
        if (members.containsKey(config.name())) {
            LOG.warn("group {} was not closed by its previous user; it is closed first", config.name());
        }
        return close(config.name())
                .transform(closed -> replication(config))
                .compose(replication -> open(opening, provider, replication));
    }

    private Future<Group> open(Opening opening, StoreProvider provider, ReplicationVerticle replication) {
        GroupConfig config = opening.config();
        ReplicaSettings settings = settings(config);
        OpenProgress progress = new OpenProgress(config.name(), opening.progress());
        long timer = progress.begin(vertx);
        Origin origin = opening.origin();
        StorageVerticle storage = new StorageVerticle(provider, config, settings, origin, progress);
        RaftVerticle raft = new RaftVerticle(
                storage,
                settings,
                plugin().node().httpAddress(config.host()),
                opening.factory(),
                origin == null ? "" : origin.identity(),
                replication);
        List<String> deployments = Collections.synchronizedList(new ArrayList<>());
        return deploy(storage)
                .compose(id -> {
                    deployments.add(id);
                    return deploy(raft);
                })
                .compose(id -> {
                    deployments.add(id);
                    return raft.connect();
                })
                .map(connected -> {
                    opened(config, raft.replica(), deployments);
                    return (Group) raft.replica();
                })
                .recover(failure -> undeploy(deployments).transform(done -> Future.failedFuture(failure)))
                .onComplete(done -> vertx.cancelTimer(timer));
    }

    @Override
    public Future<Void> close(String group) {
        Member member = members.remove(group);
        return member == null ? Future.succeededFuture() : undeploy(member.deployments);
    }

    private void collect(String group, MetricSink sink) {
        Member member = members.get(group);
        if (member != null) {
            member.replica.collect(plugin().node().cluster(), sink);
        }
    }

    private List<Member> opened() {
        synchronized (members) {
            return List.copyOf(members.values());
        }
    }

    private void opened(GroupConfig config, Replica replica, List<String> deployments) {
        members.put(config.name(), new Member(replica, deployments));
        HostedGroup before = hosted.get(config.name());
        if (before == null) {
            HostedGroup first = new HostedGroup(replica);
            hosted.put(config.name(), first);
            plugin().provide(Group.class, config.name(), first);
            plugin().provide(MetricSource.class, "raft/" + config.name(), sink -> collect(config.name(), sink));
            plugin().health().register("election/" + config.name(), () -> electionHealth(first.status()));
            plugin().health().register("log/" + config.name(), () -> logHealth(config.name()));
            plugin().health().register("replication/" + config.name(), () -> replicationHealth(first.status()));
        } else {
            before.runBy(replica);
        }
        LOG.info(
                "group {}: storage, raft and replication are up on {}, bound to {}",
                config.name(),
                config.peers().get(plugin().node().id()),
                bindHost(config));
        if (config.peers().size() == 2) {
            LOG.warn(
                    "group {} has two members and needs both to write: the loss of either stops it until that one is back;"
                            + " three members survive the loss of any one",
                    config.name());
        }
    }

    /** Last deployed first. */
    private Future<Void> undeploy(List<String> deployments) {
        Future<Void> chain = Future.succeededFuture();
        List<String> reversed = new ArrayList<>(deployments);
        Collections.reverse(reversed);
        for (String id : reversed) {
            chain = chain.eventually(() -> vertx.undeploy(id));
        }
        return chain;
    }

    private String bindHost(GroupConfig config) {
        return config.raft()
                .bindHost(config.peers().getOrDefault(plugin().node().id(), ""));
    }

    private ReplicaSettings settings(GroupConfig config) {
        GroupConfig.RaftTiming timing = config.raft();
        RaftSettings raft = new RaftSettings(
                plugin().node().id(),
                List.copyOf(config.peers().keySet()),
                timing.heartbeatMs(),
                timing.electionTimeoutMs(),
                timing.maxInflightBytes(),
                timing.preferredLeader());
        return ReplicaSettings.builder(config.name(), raft)
                .raftAddresses(config.peers())
                .clientAddress(config.clientAddress())
                .durability(config.durability())
                .bootId(bootId())
                .maxEntryBytes(timing.maxEntryBytes())
                .maxPendingBytes(timing.maxPendingBytes())
                .cacheBytes(timing.cacheBytes())
                .checkpointBytes(timing.checkpointBytes())
                .checkpointIntervalMs(timing.checkpointIntervalMs())
                .diskFullPercent(config.retention().diskFullPercent())
                .inSync(config.inSync())
                .build();
    }

    /** Changes when the machine restarts, and with it the page cache is lost. */
    private static String bootId() {
        try {
            return Files.readString(BOOT_ID).strip();
        } catch (IOException e) {
            // Not Linux: every start counts as one of the machine, which is safe.
            return "unknown-" + System.nanoTime();
        }
    }

    private static Health electionHealth(GroupStatus status) {
        boolean failed = status.role() == GroupRole.FAILED;
        JsonObject detail = new JsonObject()
                .put("role", status.role().name())
                .put("term", status.term())
                .put("leader", status.leader())
                .put("elections", status.elections())
                .put("quorum", quorum(status.members().size()))
                .put("reason", status.reason());
        return new Health(!failed, true, Readiness.whyNotReady(status).isEmpty(), detail);
    }

    /** How many of the members it takes to write, and what that means, for operators reading health output during an incident. */
    private static JsonObject quorum(int members) {
        int needed = members / 2 + 1;
        JsonObject quorum = new JsonObject()
                .put("members", members)
                .put("majority", needed)
                .put("toleratedFailures", members - needed);
        return members == 2
                ? quorum.put("note", "two members: both are needed to write, the loss of either stops the group")
                : quorum;
    }

    /** Damage makes a node neither unready nor dead: it still serves everything else. */
    private Health logHealth(String group) {
        Member member = members.get(group);
        DamageMeter.State damage = member == null
                ? new DamageMeter.State(0, "")
                : member.replica.meter().damage().state();
        JsonObject detail = new JsonObject()
                .put("damagedRuns", damage.runs())
                .put(
                        "damagedIndexSegments",
                        member == null ? 0 : member.replica.meter().damage().damagedIndexes());
        return Health.up(damage.runs() == 0 ? detail : detail.put("damage", damage.what()));
    }

    private static Health replicationHealth(GroupStatus status) {
        JsonArray members = new JsonArray();
        for (GroupStatus.Member member : status.members()) {
            members.add(new JsonObject()
                    .put("node", member.node())
                    .put("address", member.raftAddress())
                    .put("connected", member.connected())
                    .put("voter", member.voter())
                    .put("inSync", member.inSync())
                    .put("problem", member.problem())
                    .put("matchIndex", member.matchIndex() < 0 ? null : member.matchIndex()));
        }
        return Health.up(new JsonObject()
                .put("commitIndex", status.commitIndex())
                .put("leaderCommitIndex", status.catchUp().leaderCommitIndex())
                .put("appliedIndex", status.appliedIndex())
                .put("lastIndex", status.lastIndex())
                .put("members", members));
    }
}
