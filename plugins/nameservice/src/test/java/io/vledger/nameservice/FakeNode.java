package io.vledger.nameservice;

import static java.util.Objects.requireNonNull;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.RouteSource;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.plugin.PluginVerticle;
import io.vledger.api.rpc.Rpc;
import io.vledger.remoting.RemotingPlugin;
import io.vledger.testkit.fake.FakeContext;
import io.vledger.testkit.fake.FakeRoutes;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process with the remoting and the name service plugin and one group, without the kernel. */
final class FakeNode implements AutoCloseable {
    static final String GROUP = "ga";

    final FakeRoutes group;
    private final Vertx vertx = Vertx.vertx();
    private final FakeContext context;
    private final NameServicePlugin names = new NameServicePlugin();
    private final String remoting;
    private boolean closed;

    FakeNode(String id, Path directory, String... nameServers) throws Exception {
        group = new FakeRoutes(GROUP, id, "TBW102", "SELF_TEST_TOPIC");
        NodeInfo info = new NodeInfo(id, "DefaultCluster", directory, List.of(nameServers), List.of(), "", -1, "test");
        context = new FakeContext("test", vertx, () -> info);
        offerGroup();
        remoting = deploy(new RemotingPlugin());
        deploy(names);
    }

    /** The broker plugin goes away. */
    void withdrawGroup() {
        context.withdraw(RouteSource.class, GROUP);
    }

    /** The broker plugin is there again. */
    void offerGroup() {
        context.offer(RouteSource.class, GROUP, group);
    }

    Rpc rpc() {
        return context.service(Rpc.class, "");
    }

    Vertx vertx() {
        return vertx;
    }

    JsonObject health() {
        return requireNonNull(context.checks().get("routes")).check().detail();
    }

    void drain() throws Exception {
        await(vertx.executeBlocking(() -> names).compose(plugin -> plugin.drain()));
    }

    private String deploy(PluginVerticle plugin) throws Exception {
        plugin.bind(context);
        return await(vertx.deployVerticle(plugin));
    }

    private static void join(Future<?> future) {
        future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        kill();
    }

    /** Ends it without a word to anybody. */
    void kill() {
        if (!closed) {
            closed = true;
            // Sockets first, so that nothing is unregistered.
            join(vertx.undeploy(remoting));
            join(vertx.close());
        }
    }
}
