package io.vledger.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStartStatus;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.MemberStatusBuilder;
import io.vledger.api.health.Health;
import io.vledger.api.health.HealthRegistry;
import io.vledger.api.origin.FirstStart;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.plugin.PluginAdministration;
import io.vledger.testkit.FreePorts;
import io.vledger.testkit.fake.FakeContext;
import io.vledger.testkit.fake.StatusOnlyGroup;
import io.vledger.testkit.fake.ThreeMembers;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A node of which only the HTTP plugin is real. */
final class FakeNode implements AutoCloseable {
    private static final String GROUP = "broker-a";

    final Map<String, Health> checks = new TreeMap<>();
    /** Checks that are asked each time. */
    final Map<String, Supplier<Health>> live = new ConcurrentHashMap<>();
    /** How far the group is while it has no status. */
    volatile GroupStartStatus.Snapshot start = GroupStartStatus.Snapshot.OPENING;

    HttpLimits limits = HttpLimits.STANDARD;
    final FakePlugins plugins = new FakePlugins();
    final Map<String, String> peers = new TreeMap<>(Map.of("n0", ThreeMembers.raftAddress("n0")));
    int port;
    String host = "127.0.0.1";
    private final Path dataDirectory;
    /** What a transfer does, given the wished successor. */
    volatile Function<@Nullable String, Future<Void>> transfer = to -> Future.failedFuture("not asked");

    private final Vertx vertx = Vertx.vertx();
    private final FakeContext context = new FakeContext("http", vertx, this::info);
    private @Nullable StatusOnlyGroup group;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** With a data directory, in which the plugin writes. */
    FakeNode(Path dataDirectory) throws IOException {
        this.dataDirectory = dataDirectory;
        port = FreePorts.next();
        config().put("trustLoopback", true).put("deployPlugins", true);
        context.offer(PluginAdministration.class, "", plugins);
        context.offer(GroupStartStatus.class, GROUP, () -> start);
        context.offer(HealthRegistry.class, "", new Registry());
        checks.put("kernel/loops", Health.up(new JsonObject().put("x", 1)));
    }

    /** Deploys the plugin; the deployment's id. */
    String deploy() throws Exception {
        HttpPlugin plugin = new HttpPlugin(limits);
        plugin.bind(context);
        return vertx.deployVerticle(plugin).await(10, TimeUnit.SECONDS);
    }

    void undeploy(String id) throws Exception {
        vertx.undeploy(id).await(10, TimeUnit.SECONDS);
    }

    HttpResponse<String> get(String path) throws Exception {
        return send(request(path).GET());
    }

    HttpResponse<String> post(String path, String body) throws Exception {
        return send(request(path).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }

    @Override
    public void close() throws TimeoutException {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    /** A status of broker-a with three members. */
    static GroupStatus status(GroupRole role, @Nullable String leader, long lag) {
        return status(role, leader, lag, lag <= 10_000, List.of("n0", "n1"), null);
    }

    /** A status of broker-a with three members, of which some are in sync. */
    static GroupStatus status(
            GroupRole role,
            @Nullable String leader,
            long lag,
            boolean ownInSync,
            List<String> inSync,
            @Nullable FirstStart firstStart) {
        List<GroupStatus.Member> members = List.of(
                known("n0").inSync(inSync.contains("n0")).build(),
                known("n1").inSync(inSync.contains("n1")).build(),
                GroupStatus.Member.builder("n2")
                        .raftAddress(ThreeMembers.raftAddress("n2"))
                        .voter(true)
                        .matchIndex(5)
                        .inSync(inSync.contains("n2"))
                        .problem("nobody listens there")
                        .build());
        GroupStatus.CatchUp catchUp = leader == null
                ? GroupStatus.CatchUp.UNKNOWN
                : new GroupStatus.CatchUp(20_000, 100 * lag, ownInSync ? 0 : 12_000, ownInSync);
        return GroupStatus.builder(GROUP, "n0")
                .role(role)
                .term(7)
                .leader(leader)
                .commitIndex(20_000)
                .appliedIndex(20_000 - lag)
                .lastIndex(20_001)
                .firstIndex(1)
                .endPosition(4096)
                .members(members)
                .reason(leader == null || role != GroupRole.FOLLOWER ? "why" : "")
                .writable(true)
                .diskUsedPercent(12)
                .elections(3)
                .catchUp(catchUp)
                .firstStart(firstStart)
                .build();
    }

    private static MemberStatusBuilder known(String node) {
        return ThreeMembers.member(node).matchIndex(100).lagBytes(0).httpAddress(ThreeMembers.httpAddress(node));
    }

    Vertx vertx() {
        return vertx;
    }

    FakeContext context() {
        return context;
    }

    /** The plugin's section of the configuration. */
    JsonObject config() {
        return context.section();
    }

    private NodeInfo info() {
        GroupConfig group = GroupConfig.builder(GROUP, dataDirectory.resolve("vledger-" + GROUP))
                .peers(peers)
                .segmentBytes(1 << 28)
                .raft(GroupConfig.RaftTiming.builder()
                        .electionTimeoutMs(450)
                        .maxInflightBytes(1 << 23)
                        .maxPendingBytes(1 << 25)
                        .checkpointBytes(1 << 26)
                        .build())
                .broker(GroupConfig.BrokerSettings.builder()
                        .messageDelayLevel("1s")
                        .build())
                .build();
        return new NodeInfo("n0", "C", dataDirectory, List.of(), List.of(group), host, port, "1");
    }

    /** The group's status is from now on this one; null while it is not open. */
    void become(@Nullable GroupStatus now) {
        if (now == null) {
            group = null;
            context.withdraw(Group.class, GROUP);
        } else if (group == null) {
            group = new StatusOnlyGroup(now);
            group.onTransfer(to -> transfer.apply(to));
            context.offer(Group.class, GROUP, group);
        } else {
            group.become(now);
        }
    }

    private final class Registry implements HealthRegistry {
        @Override
        public Map<String, Health> checkAll() {
            Map<String, Health> all = new TreeMap<>(checks);
            live.forEach((name, check) -> all.put(name, check.get()));
            return all;
        }

        @Override
        public Map<String, String> plugins() {
            return Map.of("raft", "ACTIVE");
        }
    }

    /** Plugins that are only written down. */
    static final class FakePlugins implements PluginAdministration {
        final Map<String, PluginStatus> deployed = new ConcurrentHashMap<>();
        volatile Function<byte[], Future<PluginStatus>> deploy = jar -> Future.failedFuture("the jar: is no plugin");

        @Override
        public List<PluginStatus> list() {
            return List.copyOf(new TreeMap<>(deployed).values());
        }

        @Override
        public Future<PluginStatus> deploy(byte[] jar) {
            return deploy.apply(jar).onSuccess(status -> deployed.put(status.id(), status));
        }

        @Override
        public Future<Void> undeploy(String id) {
            PluginStatus known = deployed.get(id);
            if (known != null && known.bundled()) {
                return Future.failedFuture("plugin " + id + " came with the launcher and cannot be undeployed");
            }
            deployed.remove(id);
            return Future.succeededFuture();
        }

        void add(String id, boolean bundled) {
            deployed.put(id, status(id, bundled));
        }

        static PluginStatus status(String id, boolean bundled) {
            return new PluginStatus(id, "1", "ACTIVE", "", bundled, true, List.of(id.toUpperCase(Locale.ROOT)));
        }
    }
}
