package io.vledger.importer.agree;

import io.vledger.api.plugin.GroupConfig;
import io.vledger.importer.format.Damage;
import io.vledger.importer.format.OriginFileException;
import io.vledger.importer.format.SegmentFiles;
import io.vledger.importer.inspect.Findings;
import io.vledger.importer.inspect.LogFacts;
import io.vledger.importer.inspect.OriginLocations;
import io.vledger.importer.inspect.QueueChecksums;
import io.vledger.importer.inspect.Survey;
import io.vledger.importer.inspect.Surveyor;
import io.vledger.importer.inspect.TailDamage;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Inspects what one member has of an old broker: the same for a node before its first start and for the check before an upgrade.
 * Only reads. Blocks; used by one thread.
 */
final class MemberInspector {
    private static final List<String> CONFIGURATION = List.of(
            "topics.json",
            "subscriptionGroup.json",
            "consumerOffset.json",
            "lmqConsumerOffset.json",
            "delayOffset.json");

    private static final long MAX_CONFIGURATION_BYTES = 64L << 20;
    private static final long MIB = 1L << 20;
    private static final long REPORT_BYTES = 256 * MIB;

    private final String node;
    private final MemberFacts.Preferences preferences;
    private final OriginLocations at;
    private final Consumer<String> progress;
    private final Findings findings = new Findings();
    private long total;
    private long done;

    /**
     * What was found.
     *
     * @param survey the store
     * @param facts what is sent to the other members
     * @param files to read again from
     * @param checksums what the log says of its queues' units
     */
    record Inspection(Survey survey, MemberFacts facts, LocalFiles files, QueueChecksums checksums) {}

    /**
     * An inspector.
     *
     * @param at where the old broker kept its data
     * @param progress receives what is being done
     */
    MemberInspector(String node, OriginLocations at, MemberFacts.Preferences preferences, Consumer<String> progress) {
        this.node = node;
        this.at = at;
        this.preferences = preferences;
        this.progress = progress;
    }

    static MemberFacts.Preferences preferences(GroupConfig config) {
        return new MemberFacts.Preferences(
                config.origin().source(),
                config.origin().dryRun(),
                config.segmentBytes(),
                config.origin().acceptDamage());
    }

    Inspection inspect() throws IOException {
        progress.accept("looking for what an old broker left in " + at.root());
        Surveyor surveyor = new Surveyor(at, preferences.acceptDamage());
        Survey survey = surveyor.survey();
        survey.findings().forEach(finding -> findings.add(finding.kind(), finding.text()));
        // A refusal without a log: there are files that could not be listed, or the settings forbid it.
        if (survey.kind() == Survey.Kind.EMPTY
                && survey.config().topics().isEmpty()
                && survey.faults().isEmpty()) {
            return new Inspection(survey, empty(), LocalFiles.NONE, surveyor.checksums());
        }
        NavigableMap<Long, LocalFiles.LogFile> files = new TreeMap<>();
        add(files, survey.logs().classic());
        add(files, survey.logs().dledger());
        Map<String, Path> index = index();
        LocalFiles local = new LocalFiles(files, index, null);
        MemberFacts facts = new MemberFacts(
                node,
                MemberFacts.State.OLD,
                "",
                preferences,
                new MemberFacts.Origin(master(), log(survey, local), indexFiles(index), configuration()),
                findings.list());
        return new Inspection(survey, facts, local, surveyor.checksums());
    }

    private MemberFacts empty() {
        return new MemberFacts(
                node,
                MemberFacts.State.EMPTY,
                "",
                preferences,
                MemberFacts.Origin.without(master(), List.of()),
                findings.list());
    }

    private boolean master() {
        Map<String, String> settings = at.settings();
        return !settings.getOrDefault("brokerRole", "ASYNC_MASTER").equalsIgnoreCase("SLAVE")
                && settings.getOrDefault("brokerId", "0").equals("0");
    }

    private static void add(NavigableMap<Long, LocalFiles.LogFile> all, @Nullable LogFacts facts) throws IOException {
        if (facts == null) {
            return;
        }
        try {
            for (SegmentFiles.SegmentFile file :
                    SegmentFiles.list(facts.directory()).files()) {
                all.put(
                        file.position(),
                        new LocalFiles.LogFile(file.path(), file.position(), file.length(), facts.framing()));
            }
        } catch (OriginFileException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private MemberFacts.MemberLog log(Survey survey, LocalFiles local) throws IOException {
        LogFacts newest = survey.newest();
        if (newest == null) {
            return MemberFacts.MemberLog.NONE;
        }
        TailDamage broken = survey.logs().tailDamage();
        long end = broken == null ? newest.end() : broken.end();
        Damage damage = broken == null ? null : newest.walk().damage();
        // What lies behind damage is compared too: another member's copy must have it.
        long compared = Math.max(end, damage == null ? newest.end() : damage.reach());
        List<LocalFiles.LogFile> counting =
                local.log().stream().filter(file -> file.position() < compared).toList();
        total = counting.stream().mapToLong(file -> counted(file, compared)).sum();
        List<MemberFacts.LogFile> files = new ArrayList<>();
        for (LocalFiles.LogFile file : counting) {
            long counted = counted(file, compared);
            files.add(new MemberFacts.LogFile(
                    file.position(), file.length(), file.framing(), counted, local.digest(file, counted, this::read)));
        }
        Survey.Vote vote = survey.logs().vote();
        return new MemberFacts.MemberLog(
                survey.kind().name(),
                files,
                end,
                broken,
                survey.logs().dledger() == null
                        ? -1
                        : survey.logs().dledger().walk().newest().term(),
                vote == null ? -1 : vote.committedIndex(),
                survey.logs().dledger() == null ? 0 : survey.logs().queueReach());
    }

    private static long counted(LocalFiles.LogFile file, long end) {
        return Math.min(file.length(), end - file.position());
    }

    private void read(long bytes) {
        if (done / REPORT_BYTES != (done + bytes) / REPORT_BYTES || done == 0) {
            progress.accept("reading the old log, " + (done + bytes) / MIB + " of " + total / MIB + " MiB");
        }
        done += bytes;
    }

    private Map<String, Path> index() throws IOException {
        Path directory = at.root().resolve("index");
        Map<String, Path> files = new TreeMap<>();
        if (Files.isDirectory(directory)) {
            try (Stream<Path> entries = Files.list(directory)) {
                entries.filter(file -> IndexFileName.valid(file.getFileName().toString()) && Files.isRegularFile(file))
                        .forEach(file -> files.put(file.getFileName().toString(), file));
            }
        }
        return files;
    }

    static List<MemberFacts.IndexFile> indexFiles(Map<String, Path> files) throws IOException {
        List<MemberFacts.IndexFile> index = new ArrayList<>();
        for (Map.Entry<String, Path> file : new TreeMap<>(files).entrySet()) {
            if (Files.exists(file.getValue())) {
                index.add(new MemberFacts.IndexFile(file.getKey(), Files.size(file.getValue())));
            }
        }
        return index;
    }

    private Map<String, String> configuration() throws IOException {
        Map<String, String> texts = new LinkedHashMap<>();
        long bytes = 0;
        for (String name : CONFIGURATION) {
            Path file = at.root().resolve("config").resolve(name);
            for (Path candidate : List.of(file, file.resolveSibling(name + ".bak"))) {
                if (texts.containsKey(name) || !Files.isRegularFile(candidate) || Files.size(candidate) == 0) {
                    continue;
                }
                bytes += Files.size(candidate);
                if (bytes > MAX_CONFIGURATION_BYTES) {
                    findings.note(candidate + " is too large to be sent to the others; only this member's own is used");
                    return texts;
                }
                String text = Files.readString(candidate);
                try {
                    Json.readObject(text.getBytes(StandardCharsets.UTF_8));
                    texts.put(name, text);
                } catch (JsonException torn) {
                    findings.note(candidate + " cannot be read as JSON and is not sent to the others");
                }
            }
        }
        return texts;
    }
}
