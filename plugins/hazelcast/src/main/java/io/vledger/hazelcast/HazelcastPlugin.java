package io.vledger.hazelcast;

import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonObject;
import io.vledger.api.discovery.Discovery;
import io.vledger.api.discovery.Discovery.Sighting;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.RouteSource;
import io.vledger.api.health.Health;
import io.vledger.api.plugin.PluginVerticle;
import io.vledger.api.timer.AlignedTimers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Announces this node's group members to other nodes, and offers what those announce as {@link Discovery}. The Hazelcast member
 * is started in the background, and again if it ends: a node is ready without it.
 */
public final class HazelcastPlugin extends PluginVerticle {
    private static final Logger LOG = LoggerFactory.getLogger(HazelcastPlugin.class);
    /** How often it is looked whether the member still runs, and which senders have been silent for too long. */
    private static final long CHECK_MS = 1000;

    private static final long REPEAT_MS = 5000;
    private static final long RETRY_MS = 3000;

    private ReceivedSightings received = new ReceivedSightings();
    private StatementSeal seal = new StatementSeal(null, false);
    /** The latest statement of each sender: of several in a moment one is read. */
    private final Map<UUID, byte[]> inbox = new ConcurrentHashMap<>();

    private final AtomicBoolean reading = new AtomicBoolean();
    private final Map<String, Announced> announced = new HashMap<>();
    private @Nullable WorkerExecutor worker;
    private @Nullable Settings settings;
    private @Nullable DiscoveryMember member;
    private boolean sending;
    private boolean sendAgain;
    private boolean stopping;
    private String problem = "starting";
    private volatile JsonObject detail = new JsonObject();

    /** Made by the kernel. */
    public HazelcastPlugin() {}

    @Override
    public Future<?> start() {
        Settings read = Settings.of(plugin().config(), plugin().node().cluster());
        settings = read;
        seal = new StatementSeal(
                read.secretFile().isEmpty() ? null : Path.of(read.secretFile()), read.secretRequired());
        received = new ReceivedSightings(seal, System::currentTimeMillis);
        worker = vertx.createSharedWorkerExecutor(
                "discovery-" + UUID.randomUUID(), 1, 10, TimeUnit.MINUTES); // a start alone may take a while
        return worker.executeBlocking(() -> {
                    seal.read();
                    return null;
                })
                .recover(failure -> Future.failedFuture(
                        new IllegalStateException("plugins.hazelcast.secretFile: " + failure.getMessage(), failure)))
                .onSuccess(known -> begin());
    }

    private void begin() {
        plugin().provide(Discovery.class, "", received);
        plugin().health().register("discovery", () -> Health.up(detail));
        AlignedTimers.setPeriodic(vertx, CHECK_MS, this::check);
        AlignedTimers.setPeriodic(vertx, REPEAT_MS, this::announce);
        plugin().watch(RouteSource.class, this::follow);
        describe();
        open();
    }

    private void open() {
        WorkerExecutor running = worker;
        Settings configured = settings;
        if (stopping || running == null || configured == null) {
            return;
        }
        String node = plugin().node().id();
        running.executeBlocking(() -> DiscoveryMember.open(
                        MemberConfig.of(configured, node, HazelcastPlugin.class.getClassLoader()),
                        seal.gate(),
                        new Inbox()))
                .onSuccess(opened -> {
                    member = opened;
                    problem = "";
                    announce();
                    LOG.info("discovery: member {}:{} is up", configured.host(), configured.port());
                })
                .onFailure(failure -> {
                    String why = String.valueOf(failure.getMessage());
                    if (!why.equals(problem)) {
                        problem = why;
                        LOG.warn(
                                "discovery: the member {}:{} cannot be started: {}. Groups continue without it; trying"
                                        + " again every {} s",
                                configured.host(),
                                configured.port(),
                                why,
                                RETRY_MS / 1000);
                    }
                    vertx.setTimer(RETRY_MS, id -> open());
                });
    }

    private void check() {
        received.expire(nowMs());
        DiscoveryMember open = member;
        if (open != null && !open.running() && !stopping) {
            member = null;
            problem = "the member has ended";
            LOG.warn("discovery: the member has ended; starting it again");
            open();
        }
        describe();
    }

    /** Announces these groups, and each change of theirs. */
    private void follow(Map<String, RouteSource> sources) {
        announced.entrySet().removeIf(each -> {
            boolean gone = sources.get(each.getKey()) != each.getValue().source();
            if (gone) {
                each.getValue().close();
            }
            return gone;
        });
        sources.forEach((name, source) -> announced.computeIfAbsent(
                name, added -> new Announced(source, source.onChange(() -> context.runOnContext(v -> announce())))));
        announce();
    }

    /** A group that is announced, and the end of the listener for its changes. */
    private record Announced(RouteSource source, AutoCloseable listener) {
        void close() {
            try {
                listener.close();
            } catch (Exception e) { // what AutoCloseable may throw
                LOG.debug("discovery: a listener of group {} could not be removed", source.group(), e);
            }
        }
    }

    /** Sends the state of this node's groups, or sends it behind the statement that is on its way. */
    private void announce() {
        DiscoveryMember open = member;
        WorkerExecutor running = worker;
        if (open == null || stopping || running == null) {
            return;
        }
        if (sending) {
            sendAgain = true;
            return;
        }
        sending = true;
        byte[] statement = Statement.encode(own());
        String node = plugin().node().id();
        running.executeBlocking(() -> {
                    seal.readAgain();
                    open.send(seal.seal(statement, node, System.currentTimeMillis()));
                    return null;
                })
                .onComplete(result -> {
                    sending = false;
                    if (result.failed()) {
                        LOG.debug("discovery: nothing could be sent", result.cause());
                    }
                    if (sendAgain) {
                        sendAgain = false;
                        announce();
                    }
                });
    }

    private List<Sighting> own() {
        List<Sighting> own = new ArrayList<>();
        plugin().services(RouteSource.class).forEach((name, source) -> {
            GroupStatus status = source.status();
            own.add(new Sighting(
                    source.cluster(),
                    source.group(),
                    status.node(),
                    source.clientAddress(),
                    status.term(),
                    status.role() == GroupRole.LEADER,
                    source.topicsVersion()));
        });
        return own;
    }

    private void describe() {
        DiscoveryMember open = member;
        detail = new JsonObject()
                .put("members", open == null || !open.running() ? 0 : open.size())
                .put("knownGroups", received.sightings().size())
                .put("refused", received.refused());
        if (!problem.isEmpty()) {
            detail.put("problem", problem);
        }
    }

    @Override
    public Future<?> stop() {
        stopping = true;
        follow(Map.of());
        WorkerExecutor running = worker;
        if (running == null) {
            return Future.succeededFuture();
        }
        // Ordered: a start that is under way comes to its end first.
        return running.executeBlocking(() -> null).eventually(() -> {
            DiscoveryMember open = member;
            member = null;
            Future<?> closed = open == null
                    ? Future.succeededFuture()
                    : running.executeBlocking(() -> {
                        open.close();
                        return null;
                    });
            return closed.eventually(running::close);
        });
    }

    private static long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /** Keeps what arrives on Hazelcast's threads for the loop. */
    private final class Inbox implements DiscoveryMember.Listener {
        @Override
        public void received(UUID who, byte[] statement) {
            if (inbox.size() < ReceivedSightings.MAX_SENDERS || inbox.containsKey(who)) {
                inbox.put(who, statement);
                if (reading.compareAndSet(false, true)) {
                    context.runOnContext(v -> read());
                }
            }
        }

        @Override
        public void joined() {
            context.runOnContext(v -> announce());
        }

        @Override
        public void left(UUID who) {
            context.runOnContext(v -> received.left(who));
        }
    }

    private void read() {
        reading.set(false);
        for (UUID who : List.copyOf(inbox.keySet())) {
            byte[] statement = inbox.remove(who);
            if (statement != null) {
                received.receive(who, statement, nowMs());
            }
        }
    }
}
