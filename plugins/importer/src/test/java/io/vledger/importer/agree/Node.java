package io.vledger.importer.agree;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vledger.api.origin.Origin;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.store.Durability;
import io.vledger.importer.store.PeerCopies;
import io.vledger.testkit.SmallGroup;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One member with a Vert.x of its own. */
final class Node {
    private final Vertx vertx = Vertx.vertx();
    private final String id;
    private final Path directory;
    private final Map<String, String> peers;
    private @Nullable OriginService preparations;
    private final PeerNetwork network;
    final AtomicInteger failures = new AtomicInteger();
    String source = "";
    boolean dryRun;
    String ranAgain = "";
    /** What it asks the others for once it is prepared. */
    PeerCopies copies = PeerCopies.NONE;

    long graceMs = OriginConfirmation.GRACE_MS;
    long acceptDamage = -1;
    String padding = "";
    private boolean closed;

    Node(String id, Path directory, Map<String, String> peers, PeerNetwork network) {
        this.network = network;
        this.id = id;
        this.directory = directory;
        this.peers = peers;
    }

    Path root() {
        return directory.resolve("store-" + id);
    }

    Path own() {
        return directory.resolve("data-" + id).resolve("vledger-g");
    }

    Path origin() {
        return directory.resolve("data-" + id).resolve("vledger-g-origin");
    }

    GroupConfig config() {
        return config(
                own(),
                peers,
                new GroupConfig.OriginSettings(
                        Map.of("storePathRootDir", root().toString(), "dLegerSelfId", id, "brokerId", id.substring(1)),
                        source,
                        dryRun,
                        acceptDamage));
    }

    static GroupConfig config(Path directory, Map<String, String> peers, GroupConfig.OriginSettings old) {
        return SmallGroup.config("g", directory)
                .peers(peers)
                .durability(Durability.ASYNC)
                .origin(old)
                .build();
    }

    private FakeOriginStorage storage(String node, GroupConfig config, PeerCopies peers) {
        FakeOriginStorage storage = new FakeOriginStorage(node, config, padding, failures);
        storage.ranAgain = ranAgain;
        copies = peers;
        return storage;
    }

    Future<Optional<Origin>> prepare() {
        OriginService made = new OriginService(vertx, network.of(id), id, this::storage, graceMs);
        OriginService before = preparations;
        preparations = made;
        return (before == null ? Future.<Void>succeededFuture() : before.close())
                .compose(closed -> made.prepare(config()));
    }

    /** As a process that ends and is started again: what it was asked before it forgets. */
    void restart() throws Exception {
        OriginService made = preparations;
        preparations = null;
        if (made != null) {
            made.close().await(20, TimeUnit.SECONDS);
        }
    }

    /** Whether the group must be closed although it was opened, and why. */
    Future<String> objection() {
        return java.util.Objects.requireNonNull(preparations).objection("g");
    }

    String progress() {
        OriginService made = preparations;
        return made == null ? "" : made.progress("g");
    }

    void close() throws Exception {
        if (closed) {
            return;
        }
        closed = true;
        OriginService made = preparations;
        if (made != null) {
            made.close().await(20, TimeUnit.SECONDS);
        }
        network.down(id);
        vertx.close().await(20, TimeUnit.SECONDS);
    }
}
