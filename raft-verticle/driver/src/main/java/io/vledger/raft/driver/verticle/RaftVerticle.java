package io.vledger.raft.driver.verticle;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vledger.api.group.StateMachine;
import io.vledger.raft.driver.LaneWork;
import io.vledger.raft.driver.Replica;
import io.vledger.raft.driver.ReplicaSettings;
import io.vledger.raft.driver.wire.Ancestry;
import io.vledger.raft.driver.wire.PeerLinks;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Owns the loop of one group and steps its replica: election, commitment, application. */
final class RaftVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(RaftVerticle.class);
    private static final int TICK_MS = 15;

    private final StorageVerticle storage;
    private final ReplicaSettings settings;
    private final String httpAddress;
    private final StateMachine.Factory factory;
    private final Ancestry ancestry;
    private @Nullable Replica replica;
    private @Nullable PeerLinks links;
    private long ticker;

    RaftVerticle(
            StorageVerticle storage,
            ReplicaSettings settings,
            String httpAddress,
            StateMachine.Factory factory,
            Ancestry ancestry) {
        this.ancestry = ancestry;
        this.httpAddress = httpAddress;
        this.storage = storage;
        this.settings = settings;
        this.factory = factory;
    }

    @Override
    public Future<?> start() {
        VertxShell shell = new VertxShell(vertx, context);
        Replica member = new Replica(settings, storage.store(), storage.recovered(), shell, factory);
        PeerLinks peers = new PeerLinks(
                vertx,
                context,
                settings,
                httpAddress,
                DirectoryIdentity::greatestIncarnation,
                storage.store().log().addressing(),
                ancestry);
        LaneThread lane = new LaneThread(
                "lane-" + settings.group(),
                new LaneWork(storage.store(), settings.durability(), member.meter()),
                shell,
                member::laneFull,
                member::fail);
        member.attach(lane, peers);
        context.exceptionHandler(failure -> unhandled(member, failure));
        shell.onTurn(member::turn);
        lane.start();
        member.start();
        ticker = vertx.setPeriodic(TICK_MS, timer -> {
            Throwable ended = lane.failure();
            if (ended != null) {
                member.fail(ended);
            }
            member.meter().ticked(TICK_MS);
            member.tick();
        });
        replica = member;
        links = peers;
        return Future.succeededFuture();
    }

    /** What nobody on the group's loop caught. Without memory a member cannot lead: others shall, and its health shall say so. */
    private void unhandled(Replica member, Throwable failure) {
        if (failure instanceof VirtualMachineError) {
            member.fail(failure);
        } else {
            LOG.error("{}: unhandled on the group's loop", settings.group(), failure);
        }
    }

    @Override
    public Future<?> stop() {
        vertx.cancelTimer(ticker);
        return replica().stop();
    }

    Replica replica() {
        Replica member = replica;
        if (member == null) {
            throw new IllegalStateException("not started");
        }
        return member;
    }

    PeerLinks links() {
        PeerLinks peers = links;
        if (peers == null) {
            throw new IllegalStateException("not started");
        }
        return peers;
    }
}
