package io.vledger.raft.driver.verticle;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vledger.api.group.StateMachine;
import io.vledger.api.timer.AlignedTimers;
import io.vledger.raft.driver.LaneWork;
import io.vledger.raft.driver.Replica;
import io.vledger.raft.driver.ReplicaSettings;
import io.vledger.raft.driver.wire.PeerLinks;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Steps one group's replica on the group's loop: election, commitment, application. */
final class RaftVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(RaftVerticle.class);
    /** What is watched beside Raft is looked at once a second, by all groups of the process at the same moment. */
    private static final int TICK_MS = 1_000;

    private final StorageVerticle storage;
    private final ReplicaSettings settings;
    private final String httpAddress;
    private final StateMachine.Factory factory;
    private final String originIdentity;
    private final ReplicationVerticle replication;
    private @Nullable VertxShell shell;
    private @Nullable Replica replica;
    private @Nullable PeerLinks links;
    private long ticker = -1;

    RaftVerticle(
            StorageVerticle storage,
            ReplicaSettings settings,
            String httpAddress,
            StateMachine.Factory factory,
            String originIdentity,
            ReplicationVerticle replication) {
        this.replication = replication;
        this.originIdentity = originIdentity;
        this.httpAddress = httpAddress;
        this.storage = storage;
        this.settings = settings;
        this.factory = factory;
    }

    @Override
    public Future<?> start() {
        return replication.onLoop(this::begin).onFailure(failure -> dropTasks());
    }

    private void begin() {
        VertxShell loop = new VertxShell(vertx, replication.loop());
        shell = loop;
        Replica member = new Replica(settings, storage.store(), storage.recovered(), loop, factory);
        PeerLinks peers = new PeerLinks(
                replication.transport(),
                settings,
                httpAddress,
                originIdentity,
                DirectoryIdentity::greatestIncarnation,
                storage.store().log().addressing());
        LaneThread lane = new LaneThread(
                "lane-" + settings.group(),
                new LaneWork(storage.store(), settings.durability(), member.meter()),
                loop,
                member::laneFull,
                member::fail);
        member.attach(lane, peers);
        replication.loop().exceptionHandler(failure -> unhandled(member, failure));
        loop.onTurn(member::turn);
        lane.start();
        member.start();
        ticker = AlignedTimers.setPeriodic(vertx, TICK_MS, member::tick);
        replica = member;
        links = peers;
    }

    /** Has the member connect to the others, and the others to it. */
    Future<Void> connect() {
        return replication.onLoop(() -> links().open(replica()));
    }

    /** An exception that nothing on the group's loop caught. Without memory a member cannot lead: it fails, so that another one does. */
    private void unhandled(Replica member, Throwable failure) {
        if (failure instanceof VirtualMachineError) {
            member.fail(failure);
        } else {
            LOG.error("{}: unhandled exception on the group's loop", settings.group(), failure);
        }
    }

    @Override
    public Future<?> stop() {
        Promise<Void> stopped = Promise.promise();
        replication.loop().runOnContext(none -> {
            vertx.cancelTimer(ticker);
            // It hands over and stops while its connections still stand.
            replica().stop().eventually(() -> replication.onLoop(this::end)).onComplete(stopped);
        });
        return stopped.future();
    }

    private void end() {
        links().close();
        dropTasks();
        replication.loop().exceptionHandler(null);
    }

    /** The loop continues without this replica. */
    private void dropTasks() {
        VertxShell loop = shell;
        if (loop != null) {
            loop.close();
        }
    }

    Replica replica() {
        Replica member = replica;
        if (member == null) {
            throw new IllegalStateException("not started");
        }
        return member;
    }

    private PeerLinks links() {
        PeerLinks peers = links;
        if (peers == null) {
            throw new IllegalStateException("not started");
        }
        return peers;
    }
}
