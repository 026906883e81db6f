package io.vledger.raft.driver.verticle;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.tls.TlsContexts;
import io.vledger.raft.driver.wire.GroupTransport;
import org.jspecify.annotations.Nullable;

/**
 * Owns a group's loop and, on it, the connections to other members: it listens from the plugin's start until its stop, and the replica
 * runs on the same loop while the group is open.
 */
final class ReplicationVerticle extends VerticleBase {
    private final GroupConfig config;
    private final String node;
    private final TlsContexts certificates;
    private @Nullable GroupTransport transport;

    /**
     * Not yet listening.
     *
     * @param node this node's id
     * @param certificates of this node
     */
    ReplicationVerticle(GroupConfig config, String node, TlsContexts certificates) {
        this.certificates = certificates;
        this.config = config;
        this.node = node;
    }

    @Override
    public Future<?> start() {
        GroupTransport listening = new GroupTransport(vertx, context, config, node, certificates);
        transport = listening;
        return listening.listen();
    }

    @Override
    public Future<?> stop() {
        return transport().close();
    }

    GroupTransport transport() {
        GroupTransport started = transport;
        if (started == null) {
            throw new IllegalStateException("not started");
        }
        return started;
    }

    PeerChannel channel(String name) {
        return transport().channel(name);
    }

    /** The group's loop. */
    Context loop() {
        return context;
    }

    /** Runs a task on the group's loop; fails with what it throws. Any thread. */
    Future<Void> onLoop(Runnable task) {
        Promise<Void> done = Promise.promise();
        // Mapped, so that whatever is thrown fails the future.
        context.runOnContext(none -> Future.succeededFuture()
                .<Void>map(begun -> {
                    task.run();
                    return null;
                })
                .onComplete(done));
        return done.future();
    }
}
