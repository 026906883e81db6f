package io.vledger.importer.agree;

import io.vledger.api.plugin.GroupConfig;
import io.vledger.importer.agree.MemberFacts.State;
import io.vledger.importer.agree.MemberInspector.Inspection;
import io.vledger.importer.inspect.QueueChecksums;
import io.vledger.importer.manifest.OriginChangeCheck;
import io.vledger.importer.manifest.OriginChangedException;
import io.vledger.importer.manifest.OriginManifest;
import io.vledger.importer.manifest.PeerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out on this node what the members decided: makes the manifest or fetches it from the source, copies the files that are missing
 * here, and completes the origin. Old files are only read; nothing that is written counts before the last step. Blocks; one thread.
 */
final class OriginSetup {
    private static final Logger LOG = LoggerFactory.getLogger(GroupPreparation.class);

    private final String node;
    private final GroupConfig config;
    private final OriginStorage storage;
    private final PeerQueries queries;
    private final PeerQueryHandler queryHandler;
    private final PreparationProgress progress;
    private final Inspection own;

    /** @param own what this node has of the old broker */
    OriginSetup(
            String node,
            GroupConfig config,
            OriginStorage storage,
            PeerQueries queries,
            PeerQueryHandler queryHandler,
            PreparationProgress progress,
            Inspection own) {
        this.node = node;
        this.config = config;
        this.storage = storage;
        this.queries = queries;
        this.queryHandler = queryHandler;
        this.progress = progress;
        this.own = own;
    }

    /** Directory of what is written for a group's origin, beside that of the group. */
    static Path directory(GroupConfig config) {
        return config.directory().resolveSibling(config.directory().getFileName() + "-origin");
    }

    /**
     * Carries a decision out.
     *
     * @return what is complete; empty if the group begins with nothing
     * @throws IOException with a text for people: the members cannot continue, or only wanted to know what they would do
     */
    Optional<OriginStorage.Ready> carryOut(GroupDecision.Reached reached) throws IOException {
        Map<String, MemberFacts> known = reached.known();
        boolean dry =
                known.values().stream().anyMatch(member -> member.preferences().dryRun());
        if (reached.decision() instanceof Decision.Stop stop) {
            throw new IOException("group " + config.name() + " cannot continue from the old data, nothing was changed: "
                    + String.join("; ", stop.problems()));
        }
        if (reached.decision() instanceof Decision.Source source) {
            source.report().forEach(line -> LOG.info("group {}: {}", config.name(), line));
            if (dry) {
                throw dryRun("would continue from " + source.node() + ": " + String.join("; ", source.report()));
            }
            return Optional.of(source.node().equals(node) ? lead(known) : follow(source.node(), "", known));
        }
        if (reached.decision() instanceof Decision.Follow follow
                && !follow.identity().isEmpty()) {
            if (dry) {
                throw dryRun("would take the manifest of the running group, from " + follow.node());
            }
            return Optional.of(follow(follow.node(), follow.identity(), known));
        }
        if (dry) {
            throw dryRun("no member has an old broker's data; the group would begin with nothing");
        }
        return Optional.empty();
    }

    private IOException dryRun(String would) {
        return new IOException("group " + config.name() + ": dry run: " + would
                + "; take legacyDryRun out on all members and start again to do it");
    }

    private OriginStorage.Ready lead(Map<String, MemberFacts> known) throws IOException {
        Map<String, PeerConfig> others = new TreeMap<>();
        known.forEach((member, facts) -> {
            if (!member.equals(node) && facts.state() == State.OLD) {
                others.put(member, facts.comparedWith(ownLog()));
            }
        });
        byte[] json = storage.make(own.survey(), others, own.facts().log()::digest, text -> {
            queryHandler.making(text);
            progress.report("making", "making the manifest: " + text);
        });
        queryHandler.made(json);
        return complete(json, node, List.of());
    }

    private OriginStorage.Ready follow(String source, String identity, Map<String, MemberFacts> known)
            throws IOException {
        byte[] json = fetchManifest(source);
        if (!identity.isEmpty()) {
            if (!storage.identity(json).equals(identity)) {
                throw new IOException(source + " runs on " + identity + " and sent " + storage.identity(json)
                        + "; start this node again");
            }
            refuseWhatTheGroupLacks(storage.read(json), Objects.requireNonNull(known.get(node)));
        }
        MemberFacts facts = known.get(source);
        return complete(json, source, facts == null ? List.of() : facts.index());
    }

    /**
     * A group that runs already decided without what this member's old broker wrote since. What the members that decided knew this
     * one to have was decided about: it is only the last of them to notice.
     */
    private void refuseWhatTheGroupLacks(OriginManifest manifest, MemberFacts facts) throws IOException {
        long reach = facts.log().reach();
        long known = Math.max(manifest.end(), manifest.holders().getOrDefault(node, 0L));
        Path directory = directory(config);
        Path decision = directory.resolve(OriginChangeCheck.LEFT_BEHIND);
        if (reach > known && !Files.exists(decision)) {
            OriginChangedException problem = new OriginChangedException(
                    "the group runs on the old data of " + manifest.source() + " up to position " + manifest.end()
                            + ", and this member's old broker has messages up to position "
                            + reach + ". To leave those behind, create the empty file " + decision
                            + " and start this member again; to take them over instead, stop all members and move the directories "
                            + config.directory() + " and " + directory + " of each away");
            queryHandler.origin(OriginStatus.ranAgain(String.valueOf(problem.getMessage())));
            throw problem;
        }
    }

    private byte[] fetchManifest(String source) throws IOException {
        while (true) {
            try {
                return queries.manifest(source);
            } catch (IOException e) {
                progress.report("manifest", "waiting for " + source + " to make the manifest: " + e.getMessage());
                progress.pause();
            }
        }
    }

    private OriginStorage.Ready complete(byte[] json, String source, List<MemberFacts.IndexFile> index)
            throws IOException {
        OriginManifest manifest = storage.read(json);
        if (!manifest.group().equals(config.name())) {
            throw new IOException(
                    source + " sent the manifest of group " + manifest.group() + ", not " + config.name());
        }
        LocalFiles local = own.files();
        OriginDownload files = new OriginDownload(directory(config), manifest, local, ownLog());
        OriginDownload.Plan plan = files.plan(text -> progress.report("checking", text));
        boolean copied = !plan.missing().isEmpty() || local.log().isEmpty();
        if (copied) {
            files.checkRoom(plan, index);
            while (!tryCopy(files, plan, source, index)) {
                progress.pause();
            }
        }
        List<Path> keyFiles = copied && !source.equals(node)
                ? files.indexFiles(index)
                : new TreeMap<>(local.index()).values().stream().toList();
        // What was read belongs to the own files; what others had in place of them may differ.
        QueueChecksums read = copied ? null : own.checksums();
        return storage.settle(json, files.files(plan), keyFiles, read, text -> progress.report("settling", text));
    }

    private List<MemberFacts.LogFile> ownLog() {
        return own.facts().log().files();
    }

    /** Resumes where the connection broke, until everything is there. */
    private boolean tryCopy(
            OriginDownload files, OriginDownload.Plan plan, String source, List<MemberFacts.IndexFile> index)
            throws IOException {
        try {
            files.copy(plan, source, queries, index, text -> {
                progress.checkOpen();
                progress.report("copying", text);
            });
            return true;
        } catch (IOException e) {
            progress.checkOpen();
            progress.report(
                    "copying again " + e.getMessage(), "copying from " + source + " is resumed: " + e.getMessage());
            return false;
        }
    }
}
