package io.vledger.importer.agree;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.net.PeerTransport;
import io.vledger.api.origin.FirstStart;
import io.vledger.api.origin.Origin;
import io.vledger.api.origin.Origins;
import io.vledger.api.plugin.GroupConfig;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The groups of this node, each prepared on a thread of its own. Safe for use by any thread. */
public final class OriginService implements Origins {
    private static final int READERS = 4;

    private final Vertx vertx;
    private final PeerTransport transport;
    private final String node;
    private final OriginStorage.Factory storages;
    private final long graceMs;
    private final WorkerExecutor readers;
    private final WorkerExecutor runners;
    private final Map<String, GroupPreparation> groups = new ConcurrentHashMap<>();

    /**
     * OriginService of one node.
     *
     * @param transport reaches the other members
     * @param node its node id
     */
    public OriginService(Vertx vertx, PeerTransport transport, String node) {
        this(vertx, transport, node, OriginDirectory::new, OriginConfirmation.GRACE_MS);
    }

    OriginService(Vertx vertx, PeerTransport transport, String node, OriginStorage.Factory storages, long graceMs) {
        this.vertx = vertx;
        this.transport = transport;
        this.node = node;
        this.storages = storages;
        this.graceMs = graceMs;
        // Reading terabytes takes hours, and that is no reason to warn of a thread that hangs.
        this.readers = vertx.createSharedWorkerExecutor("importer-read-" + node, READERS, 1, TimeUnit.DAYS);
        this.runners = vertx.createSharedWorkerExecutor("importer-run-" + node, READERS * 4, 30, TimeUnit.DAYS);
    }

    @Override
    public Future<Optional<Origin>> prepare(GroupConfig config) {
        PeerChannel channel = transport.channel(config.name(), PeerTransport.ORIGIN_CHANNEL);
        GroupPreparation next = new GroupPreparation(vertx, channel, readers, node, config, storages, graceMs);
        GroupPreparation before = groups.put(config.name(), next);
        if (before != null) {
            before.close();
        }
        return runners.executeBlocking(next::run, false);
    }

    @Override
    public Future<String> objection(String group) {
        GroupPreparation preparation = groups.get(group);
        return preparation == null ? Promise.<String>promise().future() : preparation.objection();
    }

    @Override
    public String progress(String group) {
        GroupPreparation preparation = groups.get(group);
        return preparation == null ? "" : preparation.progress();
    }

    @Override
    public @Nullable FirstStart firstStart(String group) {
        GroupPreparation preparation = groups.get(group);
        return preparation == null ? null : preparation.firstStart();
    }

    /** Ends what runs, and frees its threads. */
    public Future<Void> close() {
        groups.values().forEach(GroupPreparation::close);
        return readers.close().eventually(runners::close);
    }
}
