package io.vledger.raft.driver.verticle;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.Completion;
import io.vledger.api.group.EntryKind;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupHost;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.Refusal;
import io.vledger.api.group.StateMachine;
import io.vledger.api.health.HealthCheck;
import io.vledger.api.health.HealthChecks;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.net.PeerTransport;
import io.vledger.api.origin.Origin;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.plugin.PluginContext;
import io.vledger.api.store.Durability;
import io.vledger.store.mmap.MmapStoreProvider;
import io.vledger.testkit.SmallGroup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One member of a group in this process, with the production store, lane and sockets, and a list as its state. */
final class LocalMember {
    static final byte KIND = EntryKind.FIRST_APPLICATION_KIND;

    private static final int ELECTION_MS = 400;

    final Vertx vertx;
    volatile Group group;
    /** The group as it is offered to other plugins. */
    volatile @Nullable Group service;
    /** What the newest state machine has applied. */
    volatile List<Long> applied = List.of();

    private final String deployment;
    private final GroupConfig config;
    private final @Nullable Origin origin;
    /** Health checks by name. */
    final Map<String, HealthCheck> checks = new ConcurrentHashMap<>();

    private final AtomicReference<PeerTransport> transport = new AtomicReference<>();
    private final RaftPlugin plugin;
    private volatile GroupRole role = GroupRole.STARTING;

    LocalMember(String id, Path directory, Map<String, String> peers, Durability durability, long segmentBytes)
            throws Exception {
        this(id, directory, peers, durability, segmentBytes, ELECTION_MS, null);
    }

    /** A member that elects as slowly as a test wants that is not about elections. */
    LocalMember(String id, Path directory, Map<String, String> peers, long segmentBytes, int electionMs)
            throws Exception {
        this(id, directory, peers, Durability.SYNC, segmentBytes, electionMs, null);
    }

    LocalMember(
            String id,
            Path directory,
            Map<String, String> peers,
            Durability durability,
            long segmentBytes,
            @Nullable Origin origin)
            throws Exception {
        this(id, directory, peers, durability, segmentBytes, ELECTION_MS, origin);
    }

    private LocalMember(
            String id,
            Path directory,
            Map<String, String> peers,
            Durability durability,
            long segmentBytes,
            int electionMs,
            @Nullable Origin origin)
            throws Exception {
        this(
                id,
                SmallGroup.config("g", directory)
                        .peers(peers)
                        .durability(durability)
                        .segmentBytes(segmentBytes)
                        .raft(SmallGroup.timing().electionTimeoutMs(electionMs).build())
                        .build(),
                new JsonObject(),
                origin);
    }

    /**
     * A member of a group that is configured elsewhere.
     *
     * @param section the plugin's own
     */
    LocalMember(String id, GroupConfig described, JsonObject section, @Nullable Origin origin) throws Exception {
        this.origin = origin;
        vertx = Vertx.vertx();
        config = described;
        Path directory = described.directory();
        NodeInfo node = new NodeInfo(id, "c", directory, List.of(), List.of(config), "127.0.0.1", -1, "test");
        plugin = new RaftPlugin();
        plugin.bind(new TestContext(node, vertx, checks, offered -> service = offered, transport, section));
        deployment = vertx.deployVerticle(plugin).await(20, TimeUnit.SECONDS);
        group = plugin.open(opening()).await(20, TimeUnit.SECONDS);
    }

    /** Closes the group and opens it with a state machine that has to find everything again. */
    void reopen() throws Exception {
        closeGroup();
        openForAnother();
    }

    /** Closes the group; the node keeps running. */
    void closeGroup() throws Exception {
        plugin.close("g").await(20, TimeUnit.SECONDS);
    }

    /** The channel over which members ask each other about old data. */
    PeerChannel originChannel() {
        return requireNonNull(transport.get()).channel("g", PeerTransport.ORIGIN_CHANNEL);
    }

    /** Opens the group for somebody else, though the one before went without closing it. */
    void openForAnother() throws Exception {
        group = plugin.open(opening()).await(20, TimeUnit.SECONDS);
    }

    /** Has another deployment open the group, as the broker does; returns its id. */
    String openFromAnotherDeployment() throws Exception {
        closeGroup();
        return vertx.deployVerticle(new VerticleBase() {
                    @Override
                    public Future<?> start() {
                        return plugin.open(opening()).onSuccess(opened -> group = opened);
                    }
                })
                .await(20, TimeUnit.SECONDS);
    }

    private GroupHost.Opening opening() {
        return new GroupHost.Opening(config, origin, (g, store) -> new Numbers(), what -> {});
    }

    GroupRole role() {
        return role;
    }

    /** Proposes a number; completes with whether it was applied. */
    CompletableFuture<Boolean> propose(long number) {
        CompletableFuture<Boolean> outcome = new CompletableFuture<>();
        group.execute(() -> {
            ByteBuf payload = Unpooled.buffer(8).writeLong(number);
            if (group.propose(KIND, (short) 1, payload, refusal -> outcome.complete(refusal == null)) != null) {
                outcome.complete(false);
            }
        });
        return outcome;
    }

    /**
     * Proposes numbers one after another until one is refused, so that what was proposed has no gap though leadership may go
     * and come back; completes when it is known, or known to be unknown, what came of each.
     */
    CompletableFuture<Void> proposeWhileItLeads(long from, int count) {
        AtomicBoolean refused = new AtomicBoolean();
        CompletableFuture<?>[] outcomes = new CompletableFuture<?>[count];
        for (int i = 0; i < count; i++) {
            CompletableFuture<Void> outcome = new CompletableFuture<>();
            outcomes[i] = outcome;
            ByteBuf payload = Unpooled.buffer(8).writeLong(from + i);
            Completion outcomeOfOne = refusal -> {
                refused.compareAndSet(false, refusal != null);
                outcome.complete(null);
            };
            group.execute(() -> {
                if (refused.get()) {
                    outcome.complete(null);
                    return;
                }
                Refusal refusal = group.propose(KIND, (short) 1, payload, outcomeOfOne);
                if (refusal != null) {
                    outcomeOfOne.done(refusal);
                }
            });
        }
        return CompletableFuture.allOf(outcomes);
    }

    /** Passes a read barrier; completes with whether it did: then all that was committed before is applied here. */
    CompletableFuture<Boolean> passBarrier() {
        CompletableFuture<Boolean> passed = new CompletableFuture<>();
        group.execute(() -> group.readBarrier(refusal -> passed.complete(refusal == null)));
        return passed;
    }

    /** Stops the member and its Vert.x. */
    void stop() throws Exception {
        vertx.undeploy(deployment).await(20, TimeUnit.SECONDS);
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    @Override
    public String toString() {
        return role + " with " + applied.size() + " applied, " + group.status();
    }

    private final class Numbers implements StateMachine {
        private final List<Long> mine = Collections.synchronizedList(new ArrayList<>());

        Numbers() {
            applied = mine;
        }

        @Override
        public void apply(long index, byte kind, short version, long position, ByteBuf payload) {
            mine.add(payload.getLong(payload.readerIndex()));
        }

        @Override
        public void snapshot(ByteBuf target) {
            synchronized (mine) {
                mine.forEach(target::writeLong);
            }
        }

        @Override
        public void restore(ByteBuf snapshot) {
            mine.clear();
            while (snapshot.isReadable()) {
                mine.add(snapshot.readLong());
            }
        }

        @Override
        public void roleChanged(GroupRole now, long term) {
            role = now;
        }
    }

    record TestContext(
            NodeInfo node,
            Vertx vertx,
            Map<String, HealthCheck> checks,
            Consumer<Group> offered,
            AtomicReference<PeerTransport> transport,
            JsonObject config)
            implements PluginContext {
        @Override
        public String id() {
            return "raft";
        }

        @Override
        public <T> void provide(Class<T> type, String name, T service) {
            if (service instanceof Group group) {
                offered.accept(group);
            } else if (service instanceof PeerTransport offeredTransport) {
                transport.set(offeredTransport);
            }
        }

        @Override
        public <T> T service(Class<T> type, String name) {
            return type.cast(new MmapStoreProvider());
        }

        @Override
        public <T> Map<String, T> services(Class<T> type) {
            return Map.of();
        }

        @Override
        public <T> AutoCloseable watch(Class<T> type, Consumer<Map<String, T>> listener) {
            listener.accept(services(type));
            return () -> {};
        }

        @Override
        public boolean replaced() {
            return false;
        }

        @Override
        public HealthChecks health() {
            return checks::put;
        }
    }
}
