package io.vledger.importer.agree;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.origin.FirstStart;
import io.vledger.api.origin.Origin;
import io.vledger.api.origin.Origins;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.importer.agree.Decision.FileComparison;
import io.vledger.importer.agree.MemberFacts.State;
import io.vledger.importer.agree.MemberInspector.Inspection;
import io.vledger.importer.inspect.Locations;
import io.vledger.importer.inspect.QueueChecksums;
import io.vledger.importer.manifest.OldBrokerRanAgainException;
import io.vledger.importer.manifest.OldBrokerRestartCheck;
import io.vledger.importer.manifest.OriginManifest;
import io.vledger.importer.manifest.PeerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prepares one group on this node before its first start: finds out what there is, agrees with the other members, makes or fetches
 * the manifest and copies what is missing. {@link #run} blocks its thread for as long as that takes; the rest is safe for any thread.
 *
 * <p>Old files are only read. What is written lies in the origin directory, and nothing there counts before the last step.
 */
final class Preparation {
    private static final Logger LOG = LoggerFactory.getLogger(Preparation.class);
    private static final int PAUSE_MS = 300;
    private static final int ANSWER_TIMEOUT_MS = 60_000;
    private static final long REPORT_AGAIN_MS = 30_000;

    private final Vertx vertx;
    private final String node;
    private final GroupConfig config;
    private final RemoteCopies copies;
    private final OriginStorage storage;
    private final PeerQueryHandler queryHandler;
    private final WorkerExecutor workers;
    private final OriginInquiry inquiry;
    private final Map<String, PeerClient> clients = new LinkedHashMap<>();
    private final PeerQueries queries;
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile String progress = "not begun";
    private final PeerChannel channel;
    private volatile PeerChannel.@Nullable Registration served;
    /** Members that could not be asked when it was last tried, while nothing can proceed without them. */
    private volatile List<String> missing = List.of();
    /** When the first of {@link #missing} began to be missing. */
    private volatile long missingSinceNanos;

    private String phase = "";
    private long reportedMs;
    private LocalFiles local = LocalFiles.NONE;
    private List<MemberFacts.LogFile> ownLog = List.of();
    /** What the own log says of its queues' units; null while it was not read, and once it is not needed any more. */
    private @Nullable QueueChecksums checksums;

    /**
     * Of one group.
     *
     * @param graceMs how long members that held old data and do not answer are waited for
     */
    Preparation(
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
                node, config.name(), MemberInspector.wishes(config), work -> workers.executeBlocking(work, false));
        config.peers().keySet().stream()
                .filter(peer -> !peer.equals(node))
                .forEach(peer -> clients.put(peer, new PeerClient(channel, config.name(), peer, ANSWER_TIMEOUT_MS)));
        Map<String, Peer> members = new LinkedHashMap<>(clients);
        members.put(node, Peer.local(queryHandler));
        this.queries = new PeerQueries(members);
        this.inquiry = new OriginInquiry(config.name(), clients.keySet(), queries, graceMs);
    }

    /** Completes if the group must be closed although it was opened; see {@link Origins#objection}. */
    Future<String> objection() {
        return inquiry.objection();
    }

    /** What it is doing or waiting for; empty once it is done. */
    String progress() {
        return progress;
    }

    /** The members that the first start waits for; null if it waits for none. */
    @Nullable
    FirstStart firstStart() {
        List<String> now = missing;
        return now.isEmpty()
                ? null
                : new FirstStart(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - missingSinceNanos), now);
    }

    private void missing(List<String> members) {
        if (missing.isEmpty()) {
            missingSinceNanos = System.nanoTime();
        }
        missing = List.copyOf(members);
    }

    /** Ends {@link #run} soon, and answers nobody any more. */
    void close() {
        closing.countDown();
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
        progress = "";
        return origin;
    }

    private Optional<Origin> prepare() throws IOException {
        Optional<OriginStorage.Ready> before = ready();
        if (before.isPresent()) {
            Origin origin = done(before.get());
            confirmOrigin(before.get().manifest());
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
        Inspection inspected = new MemberInspector(
                        node,
                        Locations.of(node, config.origin().settings()),
                        MemberInspector.wishes(config),
                        text -> report("reading", text))
                .inspect();
        local = inspected.files();
        ownLog = inspected.facts().log().files();
        checksums = inspected.checksums();
        queryHandler.read(inspected.facts(), local);
        Agreed agreed = agree(inspected.facts());
        return carryOut(agreed, inspected);
    }

    /** What was prepared before; if the old broker ran again since, the others learn of it until somebody decides. */
    private Optional<OriginStorage.Ready> ready() throws IOException {
        try {
            return storage.ready(text -> report("verifying", text));
        } catch (OldBrokerRanAgainException e) {
            queryHandler.origin(OriginStatus.ranAgain(String.valueOf(e.getMessage())));
            throw e;
        }
    }

    private void confirmOrigin(OriginManifest manifest) throws IOException {
        Set<String> holders = inquiry.holders(manifest);
        if (!holders.isEmpty()) {
            inquiry.confirm(holders, new OriginInquiry.Waiting() {
                @Override
                public void report(String newPhase, String text) {
                    Preparation.this.report(newPhase, text);
                }

                @Override
                public void pause() throws IOException {
                    Preparation.this.pause();
                }
            });
        }
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
        Path root = Locations.of(node, config.origin().settings()).root();
        if (Files.isDirectory(root.resolve("commitlog")) || Files.isDirectory(root.resolve("dledger-" + node))) {
            LOG.warn(
                    "group {}: {} has an old broker's data, and the group already began without it; to take it over, stop"
                            + " the group and remove {} on all members (what was written since is lost)",
                    config.name(),
                    root,
                    config.directory());
        }
    }

    /**
     * The outcome of the agreement.
     *
     * @param known their facts by node
     */
    private record Agreed(Decision decision, Map<String, MemberFacts> known) {}

    private Agreed agree(MemberFacts own) throws IOException {
        Map<String, MemberFacts> known = new HashMap<>(Map.of(node, own));
        DecisionLoop decisions = new DecisionLoop(queries);
        while (true) {
            List<String> waiting = askAll(known);
            boolean running = known.values().stream().anyMatch(member -> member.state() == State.RUNNING);
            if (waiting.isEmpty() || running) {
                missing(List.of());
                List<MemberFacts> members = config.peers().keySet().stream()
                        .map(known::get)
                        .filter(Objects::nonNull)
                        .toList();
                try {
                    return new Agreed(decisions.decide(members, this::reportComparison), known);
                } catch (DecisionLoop.ComparisonFailed e) {
                    checkOpen();
                    // A member that went away may come back with other data, or run the group already.
                    Stream.of(e.comparison().a(), e.comparison().b())
                            .filter(member -> !member.equals(node))
                            .forEach(known::remove);
                    waiting = List.of(String.valueOf(e.getMessage()));
                }
            }
            report(
                    "waiting " + waiting.size(),
                    "waiting for the other members, all of which must be up at the first start on an old broker's"
                            + " data: " + String.join("; ", waiting));
            pause();
        }
    }

    private void reportComparison(FileComparison comparison) {
        report(
                "comparing",
                "comparing the file at position " + comparison.position() + " of " + comparison.a() + " and "
                        + comparison.b());
    }

    private List<String> askAll(Map<String, MemberFacts> known) throws IOException {
        List<String> waiting = new ArrayList<>();
        List<String> silent = new ArrayList<>();
        for (String peer : clients.keySet()) {
            if (known.containsKey(peer)) {
                continue;
            }
            checkOpen();
            try {
                MemberFacts facts = queries.facts(peer);
                if (facts.state() == State.BUSY) {
                    waiting.add(peer + " still reads what it has");
                } else {
                    known.put(peer, facts);
                }
            } catch (IOException e) {
                waiting.add(e.getMessage());
                silent.add(peer);
            }
        }
        missing(silent);
        return waiting;
    }

    private Optional<Origin> carryOut(Agreed agreed, Inspection own) throws IOException {
        Decision decision = agreed.decision;
        if (decision instanceof Decision.Stop stop) {
            throw new IOException("group " + config.name() + " cannot continue from the old data, nothing was changed: "
                    + String.join("; ", stop.problems()));
        }
        boolean dry = agreed.known.values().stream()
                .anyMatch(member -> member.wishes().dryRun());
        if (decision instanceof Decision.Source source) {
            source.report().forEach(line -> LOG.info("group {}: {}", config.name(), line));
            if (dry) {
                throw dryRun("would continue from " + source.node() + ": " + String.join("; ", source.report()));
            }
            return Optional.of(
                    source.node().equals(node) ? lead(own, agreed.known) : follow(source.node(), "", agreed.known));
        }
        if (decision instanceof Decision.Follow follow && !follow.identity().isEmpty()) {
            if (dry) {
                throw dryRun("would take the manifest of the running group, from " + follow.node());
            }
            return Optional.of(follow(follow.node(), follow.identity(), agreed.known));
        }
        if (dry) {
            throw dryRun("no member has an old broker's data; the group would begin with nothing");
        }
        queryHandler.runsEmpty();
        return Optional.empty();
    }

    private IOException dryRun(String would) {
        return new IOException("group " + config.name() + ": dry run: " + would
                + "; take legacyDryRun out on all members and start again to do it");
    }

    private Origin lead(Inspection own, Map<String, MemberFacts> known) throws IOException {
        Map<String, PeerConfig> others = new TreeMap<>();
        known.forEach((member, facts) -> {
            if (!member.equals(node) && facts.state() == State.OLD) {
                others.put(member, facts.comparedWith(ownLog));
            }
        });
        byte[] json = storage.make(own.survey(), others, own.facts().log()::digest, text -> {
            queryHandler.making(text);
            report("making", "making the manifest: " + text);
        });
        queryHandler.made(json);
        return settle(json, node, List.of());
    }

    private Origin follow(String source, String identity, Map<String, MemberFacts> known) throws IOException {
        byte[] json = fetchBase(source);
        if (!identity.isEmpty() && !storage.identity(json).equals(identity)) {
            throw new IOException(source + " runs on " + identity + " and sent " + storage.identity(json)
                    + "; start this node again");
        }
        MemberFacts facts = known.get(source);
        if (!identity.isEmpty()) {
            refuseWhatTheGroupLacks(storage.read(json), Objects.requireNonNull(known.get(node)));
        }
        return settle(json, source, facts == null ? List.of() : facts.index());
    }

    /**
     * A group that runs already decided without what this member's old broker wrote since. What the members that decided knew this
     * one to have was decided about: it is only the last of them to notice.
     */
    private void refuseWhatTheGroupLacks(OriginManifest manifest, MemberFacts own) throws IOException {
        long reach = own.log().reach();
        long known = Math.max(manifest.end(), manifest.holders().getOrDefault(node, 0L));
        Path decision = directory().resolve(OldBrokerRestartCheck.LEFT_BEHIND);
        if (reach > known && !Files.exists(decision)) {
            OldBrokerRanAgainException problem =
                    new OldBrokerRanAgainException("the group runs on the old data of " + manifest.source()
                            + " up to position " + manifest.end()
                            + ", and this member's old broker has messages up to position "
                            + reach + ". To leave those behind, create the empty file " + decision
                            + " and start this member again; to take them over instead, stop all members and move the directories "
                            + config.directory() + " and " + directory() + " of each away");
            queryHandler.origin(OriginStatus.ranAgain(String.valueOf(problem.getMessage())));
            throw problem;
        }
    }

    private byte[] fetchBase(String source) throws IOException {
        while (true) {
            try {
                return queries.manifest(source);
            } catch (IOException e) {
                report("base", "waiting for " + source + " to make the manifest: " + e.getMessage());
                pause();
            }
        }
    }

    private Origin settle(byte[] json, String source, List<MemberFacts.IndexFile> index) throws IOException {
        OriginManifest manifest = storage.read(json);
        if (!manifest.group().equals(config.name())) {
            throw new IOException(
                    source + " sent the manifest of group " + manifest.group() + ", not " + config.name());
        }
        OriginDownload files = new OriginDownload(directory(), manifest, local, ownLog);
        OriginDownload.Plan plan = files.plan(text -> report("checking", text));
        boolean copied = !plan.missing().isEmpty() || local.log().isEmpty();
        if (copied) {
            files.checkRoom(plan, index);
            while (!tryCopy(files, plan, source, index)) {
                pause();
            }
        }
        List<Path> keyFiles = copied && !source.equals(node)
                ? files.indexFiles(index)
                : new TreeMap<>(local.index()).values().stream().toList();
        // What was read belongs to the own files; what others had in place of them may differ.
        QueueChecksums read = copied ? null : checksums;
        checksums = null;
        return done(storage.settle(json, files.files(plan), keyFiles, read, text -> report("settling", text)));
    }

    private Path directory() {
        return config.directory().resolveSibling(config.directory().getFileName() + "-origin");
    }

    /** Resumes where the connection broke, until everything is there. */
    private boolean tryCopy(
            OriginDownload files, OriginDownload.Plan plan, String source, List<MemberFacts.IndexFile> index)
            throws IOException {
        try {
            files.copy(plan, source, queries, index, text -> {
                checkOpen();
                report("copying", text);
            });
            return true;
        } catch (IOException e) {
            checkOpen();
            report("copying again " + e.getMessage(), "copying from " + source + " is resumed: " + e.getMessage());
            return false;
        }
    }

    private Origin done(OriginStorage.Ready ready) throws IOException {
        queryHandler.origin(OriginStatus.INTACT);
        queryHandler.runs(storage.identity(ready.json()), ready, directory());
        return ready.origin();
    }

    private void checkOpen() throws IOException {
        if (closing.getCount() == 0) {
            throw new IOException("group " + config.name() + ": this node is stopping");
        }
    }

    private void pause() throws IOException {
        try {
            if (closing.await(PAUSE_MS, TimeUnit.MILLISECONDS)) {
                checkOpen();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("this node is stopping", e);
        }
    }

    /** Reports progress; logs what is new, and what lasts from time to time. */
    private void report(String newPhase, String text) {
        progress = text;
        long nowMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        if (!newPhase.equals(phase) || nowMs - reportedMs >= REPORT_AGAIN_MS) {
            phase = newPhase;
            reportedMs = nowMs;
            LOG.info("group {}: {}", config.name(), text);
        }
    }
}
