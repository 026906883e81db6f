package io.vledger.raft.driver.verticle;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vledger.raft.driver.Replica;
import io.vledger.raft.driver.wire.PeerLinks;

/** Owns the connections of one group's member to the others; they live on the group's loop. */
final class ReplicationVerticle extends VerticleBase {
    private final RaftVerticle raft;
    private final String bindHost;

    /**
     * Not yet listening.
     *
     * @param bindHost address that the listener binds
     */
    ReplicationVerticle(RaftVerticle raft, String bindHost) {
        this.raft = raft;
        this.bindHost = bindHost;
    }

    @Override
    public Future<?> start() {
        Promise<Void> opened = Promise.promise();
        PeerLinks links = raft.links();
        Replica member = raft.replica();
        member.execute(() -> links.open(member, bindHost).onComplete(opened));
        return opened.future();
    }

    @Override
    public Future<?> stop() {
        Promise<Void> closed = Promise.promise();
        raft.replica().execute(() -> raft.links().close().onComplete(closed));
        return closed.future();
    }
}
