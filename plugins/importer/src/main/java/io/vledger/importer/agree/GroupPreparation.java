package io.vledger.importer.agree;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.origin.FirstStart;
import io.vledger.api.origin.Origin;
import io.vledger.api.origin.Origins;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.importer.agree.MemberInspector.Inspection;
import io.vledger.importer.inspect.OriginLocations;
import io.vledger.importer.manifest.OriginChangedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prepares one group on this node before its first start: finds out what there is, has {@link GroupDecision} agree with the other members
 * and {@link OriginSetup} carry that out. {@link #run} blocks its thread for as long as that takes; the rest is safe for any thread.
 */
final class GroupPreparation {
    private static final Logger LOG = LoggerFactory.getLogger(GroupPreparation.class);
    private static final int ANSWER_TIMEOUT_MS = 60_000;

    private final Vertx vertx;
    private final PeerChannel channel;
    private final String node;
    private final GroupConfig config;
    private final RemoteCopies copies;
    private final OriginStorage storage;
    private final PeerQueryHandler queryHandler;
    private final WorkerExecutor workers;
    private final OriginInquiry inquiry;
    private final Map<String, PeerClient> clients = new LinkedHashMap<>();
    private final PeerQueries queries;
    private final PreparationProgress progress;
    private final GroupDecision decision;
    private volatile PeerChannel.@Nullable Registration served;

    /**
     * Of one group.
     *
     * @param graceMs how long members that held old data and do not answer are waited for
     */
    GroupPreparation(
            Vertx vertx,
            PeerChannel channel,
            WorkerExecutor workers,
            String node,
            GroupConfig config,
            OriginStorage.Factory storages,
            long graceMs) {
        this.vertx = vertx;
        this.channel = channel;
        this.node = node;
        this.config = config;
        this.copies = new RemoteCopies(channel, workers, node, config);
        this.storage = storages.make(node, config, copies);
        this.workers = workers;
        this.queryHandler = new PeerQueryHandler(
                node, config.name(), MemberInspector.preferences(config), work -> workers.executeBlocking(work, false));
        config.peers().keySet().stream()
                .filter(peer -> !peer.equals(node))
                .forEach(peer -> clients.put(peer, new PeerClient(channel, config.name(), peer, ANSWER_TIMEOUT_MS)));
        Map<String, Peer> members = new LinkedHashMap<>(clients);
        members.put(node, Peer.local(queryHandler));
        this.queries = new PeerQueries(members);
        this.inquiry = new OriginInquiry(config.name(), clients.keySet(), queries, graceMs);
        this.progress = new PreparationProgress(config.name());
        this.decision = new GroupDecision(node, config.peers().keySet(), queries, progress);
    }

    /** Completes if the group must be closed although it was opened; see {@link Origins#objection}. */
    Future<String> objection() {
        return inquiry.objection();
    }

    /** What it is doing or waiting for; empty once it is done. */
    String progress() {
        return progress.text();
    }

    /** The members that the first start waits for; null if it waits for none. */
    @Nullable
    FirstStart firstStart() {
        return decision.firstStart();
    }

    /** Ends {@link #run} soon, and answers nobody any more. */
    void close() {
        progress.close();
        inquiry.close();
        copies.close();
        clients.values().forEach(PeerClient::close);
        PeerChannel.Registration registration = served;
        if (registration != null) {
            registration.cancel();
        }
    }

    /**
     * Prepares, and answers other members from now on, also once the group runs.
     *
     * @return empty if the group begins with nothing
     * @throws IOException with a text for people; until {@link #close} the others still learn why this node stopped
     */
    Optional<Origin> run() throws IOException {
        served = channel.serve(queryHandler::answer);
        Optional<Origin> origin = prepare();
        queryHandler.origin(queryHandler.origin().opened(inquiry.confirmed()));
        if (!inquiry.confirmed()) {
            inquiry.askLater(
                    vertx,
                    workers,
                    () -> queryHandler.origin(queryHandler.origin().opened(true)));
        }
        progress.done();
        return origin;
    }

    private Optional<Origin> prepare() throws IOException {
        Optional<OriginStorage.Ready> before = ready();
        if (before.isPresent()) {
            Origin origin = serve(before.get());
            Set<String> holders = inquiry.holders(before.get().manifest());
            if (!holders.isEmpty()) {
                inquiry.confirm(holders, progress);
            }
            return Optional.of(origin);
        }
        boolean begun = hasFiles(config.directory());
        if (begun || config.origin().settings().isEmpty()) {
            queryHandler.runsEmpty();
            if (begun) {
                warnOfOldData();
            }
            return Optional.empty();
        }
        Inspection own = new MemberInspector(
                        node,
                        OriginLocations.of(node, config.origin().settings()),
                        MemberInspector.preferences(config),
                        text -> progress.report("reading", text))
                .inspect();
        queryHandler.read(own.facts(), own.files());
        Optional<OriginStorage.Ready> made = new OriginSetup(
                        node, config, storage, queries, queryHandler, progress, own)
                .carryOut(decision.reach(own.facts()));
        if (made.isEmpty()) {
            queryHandler.runsEmpty();
            return Optional.empty();
        }
        return Optional.of(serve(made.get()));
    }

    /** What was prepared before; if the old broker ran again since, the others learn of it until somebody decides. */
    private Optional<OriginStorage.Ready> ready() throws IOException {
        try {
            return storage.ready(text -> progress.report("verifying", text));
        } catch (OriginChangedException e) {
            queryHandler.origin(OriginStatus.ranAgain(String.valueOf(e.getMessage())));
            throw e;
        }
    }

    /** The others can ask for what is complete here from now on. */
    private Origin serve(OriginStorage.Ready ready) throws IOException {
        queryHandler.origin(OriginStatus.INTACT);
        queryHandler.runs(storage.identity(ready.json()), ready, OriginSetup.directory(config));
        return ready.origin();
    }

    private static boolean hasFiles(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.findAny().isPresent();
        }
    }

    /** A store that began with nothing stays so, also if the settings now point to old data. */
    private void warnOfOldData() {
        Path root = OriginLocations.of(node, config.origin().settings()).root();
        if (Files.isDirectory(root.resolve("commitlog")) || Files.isDirectory(root.resolve("dledger-" + node))) {
            LOG.warn(
                    "group {}: {} has an old broker's data, and the group already began without it; to take it over, stop"
                            + " the group and remove {} on all members (what was written since is lost)",
                    config.name(),
                    root,
                    config.directory());
        }
    }
}
