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
import java.util.ArrayList;
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
 * Tells other nodes of this node's group members, and offers what they tell as {@link Discovery}. The member is started in the
 * background, again and again if it must be: a node is ready without it.
 */
public final class HazelcastPlugin extends PluginVerticle {
    private static final Logger LOG = LoggerFactory.getLogger(HazelcastPlugin.class);
    private static final long LOOK_MS = 200;
    private static final long REPEAT_MS = 5000;
    private static final long RETRY_MS = 3000;

    private final Heard heard = new Heard();
    /** The latest of each speaker: whoever says much in a moment is heard once. */
    private final Map<UUID, byte[]> inbox = new ConcurrentHashMap<>();

    private final AtomicBoolean reading = new AtomicBoolean();
    private final AtomicBoolean newcomer = new AtomicBoolean();
    private @Nullable WorkerExecutor worker;
    private @Nullable Settings settings;
    private @Nullable MeetingPlace place;
    private List<Sighting> said = List.of();
    private long saidMs;
    private boolean saying;
    private boolean stopping;
    private String trouble = "starting";
    private volatile JsonObject detail = new JsonObject();

    /** Made by the kernel. */
    public HazelcastPlugin() {}

    @Override
    public Future<?> start() {
        settings = Settings.of(plugin().config(), plugin().node().cluster());
        worker = vertx.createSharedWorkerExecutor(
                "discovery-" + UUID.randomUUID(), 1, 10, TimeUnit.MINUTES); // a start alone may take a while
        plugin().provide(Discovery.class, "", heard);
        plugin().health().register("discovery", () -> Health.up(detail));
        vertx.setPeriodic(LOOK_MS, id -> look());
        describe();
        open();
        return Future.succeededFuture();
    }

    private void open() {
        WorkerExecutor running = worker;
        Settings configured = settings;
        if (stopping || running == null || configured == null) {
            return;
        }
        String node = plugin().node().id();
        running.executeBlocking(() -> MeetingPlace.open(
                        MemberConfig.of(configured, node, HazelcastPlugin.class.getClassLoader()), new Ears()))
                .onSuccess(opened -> {
                    place = opened;
                    trouble = "";
                    LOG.info("discovery: member {}:{} is up", configured.host(), configured.port());
                })
                .onFailure(failure -> {
                    String why = String.valueOf(failure.getMessage());
                    if (!why.equals(trouble)) {
                        trouble = why;
                        LOG.warn(
                                "discovery: the member {}:{} cannot be started: {}. Groups go on without it; trying"
                                        + " again every {} s",
                                configured.host(),
                                configured.port(),
                                why,
                                RETRY_MS / 1000);
                    }
                    vertx.setTimer(RETRY_MS, id -> open());
                });
    }

    private void look() {
        long nowMs = nowMs();
        heard.expire(nowMs);
        MeetingPlace open = place;
        if (open != null && !open.running() && !stopping) {
            place = null;
            trouble = "the member has ended";
            LOG.warn("discovery: the member has ended; starting it again");
            open();
        } else if (open != null) {
            tell(open, nowMs);
        }
        describe();
    }

    private void tell(MeetingPlace open, long nowMs) {
        List<Sighting> now = own();
        WorkerExecutor running = worker;
        boolean due = newcomer.get() || nowMs - saidMs > REPEAT_MS || !now.equals(said);
        if (!due || saying || stopping || running == null) {
            return;
        }
        newcomer.set(false);
        saying = true;
        said = now;
        saidMs = nowMs;
        byte[] statement = Statement.encode(now);
        running.executeBlocking(() -> {
                    open.say(statement);
                    return null;
                })
                .onComplete(result -> {
                    saying = false;
                    if (result.failed()) {
                        LOG.debug("discovery: nothing could be told", result.cause());
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
        MeetingPlace open = place;
        detail = new JsonObject()
                .put("members", open == null || !open.running() ? 0 : open.size())
                .put("sightings", heard.sightings().size())
                .put("refused", heard.refused());
        if (!trouble.isEmpty()) {
            detail.put("trouble", trouble);
        }
    }

    @Override
    public Future<?> stop() {
        stopping = true;
        WorkerExecutor running = worker;
        if (running == null) {
            return Future.succeededFuture();
        }
        // Ordered: a start that is under way comes to its end first.
        return running.executeBlocking(() -> null).eventually(() -> {
            MeetingPlace open = place;
            place = null;
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

    /** Puts down what is heard, for the loop. */
    private final class Ears implements MeetingPlace.Listener {
        @Override
        public void said(UUID who, byte[] statement) {
            if (inbox.size() < Heard.MAX_SPEAKERS || inbox.containsKey(who)) {
                inbox.put(who, statement);
                if (reading.compareAndSet(false, true)) {
                    context.runOnContext(v -> read());
                }
            }
        }

        @Override
        public void joined() {
            newcomer.set(true);
        }

        @Override
        public void left(UUID who) {
            context.runOnContext(v -> heard.left(who));
        }
    }

    private void read() {
        reading.set(false);
        for (UUID who : List.copyOf(inbox.keySet())) {
            byte[] statement = inbox.remove(who);
            if (statement != null) {
                heard.hear(who, statement, nowMs());
            }
        }
    }
}
