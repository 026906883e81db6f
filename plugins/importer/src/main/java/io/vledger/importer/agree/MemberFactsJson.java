package io.vledger.importer.agree;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.importer.agree.MemberFacts.LogFile;
import io.vledger.importer.format.Damage;
import io.vledger.importer.format.Damage.Range;
import io.vledger.importer.format.Framing;
import io.vledger.importer.inspect.Finding;
import io.vledger.importer.inspect.TailDamage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Facts as members send them to each other. What comes from another machine is bounded and checked. */
final class MemberFactsJson {
    /** Files that one log may have; 32 TiB in files of 1 GiB. */
    private static final int MAX_FILES = 1 << 15;

    private static final int MAX_INDEX_FILES = 1 << 16;

    private MemberFactsJson() {}

    /** Writes facts. */
    static JsonObject write(MemberFacts facts) {
        MemberFacts.MemberLog log = facts.log();
        JsonArray files = new JsonArray();
        log.files()
                .forEach(file -> files.add(new JsonArray()
                        .add(file.position())
                        .add(file.length())
                        .add(file.framing().name())
                        .add(file.counted())
                        .add(file.digest())));
        JsonArray indexes = new JsonArray();
        facts.index()
                .forEach(file -> indexes.add(new JsonArray().add(file.name()).add(file.length())));
        JsonArray found = new JsonArray();
        facts.findings()
                .forEach(finding ->
                        found.add(new JsonArray().add(finding.kind().name()).add(finding.text())));
        JsonObject texts = new JsonObject();
        facts.origin().configuration().forEach(texts::put);
        return new JsonObject()
                .put("node", facts.node())
                .put("state", facts.state().name())
                .put("identity", facts.identity())
                .put("source", facts.preferences().source())
                .put("dryRun", facts.preferences().dryRun())
                .put("segmentBytes", facts.preferences().segmentBytes())
                .put("acceptDamage", facts.preferences().acceptDamage())
                .put("master", facts.master())
                .put("kind", log.kind())
                .put("files", files)
                .put("end", log.end())
                .put("broken", json(log.broken()))
                .put("lastTerm", log.lastTerm())
                .put("committedIndex", log.committedIndex())
                .put("committedEnd", log.committedEnd())
                .put("index", indexes)
                .put("configuration", texts)
                .put("findings", found);
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IllegalArgumentException if it is not that
     */
    static MemberFacts read(JsonObject json) {
        try {
            JsonArray files = json.getJsonArray("files");
            JsonArray indexes = json.getJsonArray("index");
            if (files.size() > MAX_FILES || indexes.size() > MAX_INDEX_FILES) {
                throw new IllegalArgumentException(
                        "it names " + files.size() + " files and " + indexes.size() + " index files, more than can be");
            }
            List<LogFile> log = new ArrayList<>();
            for (int i = 0; i < files.size(); i++) {
                log.add(file(files.getJsonArray(i)));
            }
            List<MemberFacts.IndexFile> index = new ArrayList<>();
            for (int i = 0; i < indexes.size(); i++) {
                JsonArray file = indexes.getJsonArray(i);
                index.add(new MemberFacts.IndexFile(file.getString(0), file.getLong(1)));
            }
            Map<String, String> texts = new LinkedHashMap<>();
            json.getJsonObject("configuration").forEach(entry -> texts.put(entry.getKey(), (String) entry.getValue()));
            return new MemberFacts(
                    json.getString("node"),
                    MemberFacts.State.valueOf(json.getString("state")),
                    json.getString("identity"),
                    new MemberFacts.Preferences(
                            json.getString("source"),
                            json.getBoolean("dryRun"),
                            json.getLong("segmentBytes"),
                            json.getLong("acceptDamage")),
                    new MemberFacts.Origin(
                            json.getBoolean("master"),
                            new MemberFacts.MemberLog(
                                    json.getString("kind"),
                                    log,
                                    json.getLong("end"),
                                    broken(json.getJsonObject("broken")),
                                    json.getLong("lastTerm"),
                                    json.getLong("committedIndex"),
                                    json.getLong("committedEnd")),
                            index,
                            texts),
                    findings(json.getJsonArray("findings")));
        } catch (NullPointerException | ClassCastException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("a member's facts lack something or have it in another form", e);
        }
    }

    private static @Nullable JsonObject json(@Nullable TailDamage broken) {
        if (broken == null) {
            return null;
        }
        JsonArray unreadable = new JsonArray();
        broken.unreadable().forEach(range -> unreadable.add(JsonArray.of(range.from(), range.to())));
        return new JsonObject()
                .put("end", broken.end())
                .put("reach", broken.reach())
                .put("unreadable", unreadable)
                .put("scattered", broken.scattered())
                .put("text", broken.text());
    }

    private static @Nullable TailDamage broken(@Nullable JsonObject json) {
        if (json == null) {
            return null;
        }
        List<Range> unreadable = new ArrayList<>();
        JsonArray ranges = json.getJsonArray("unreadable");
        if (ranges.size() > Damage.MAX_NAMED) {
            throw new IllegalArgumentException("it names " + ranges.size() + " unreadable stretches, more than can be");
        }
        for (int i = 0; i < ranges.size(); i++) {
            unreadable.add(new Range(
                    ranges.getJsonArray(i).getLong(0), ranges.getJsonArray(i).getLong(1)));
        }
        return new TailDamage(
                json.getLong("end"),
                json.getLong("reach"),
                unreadable,
                json.getBoolean("scattered"),
                json.getString("text"));
    }

    private static LogFile file(JsonArray file) {
        LogFile read = new LogFile(
                file.getLong(0),
                file.getLong(1),
                Framing.valueOf(file.getString(2)),
                file.getLong(3),
                file.getString(4));
        if (read.position() < 0 || read.length() <= 0 || read.counted() < 0 || read.counted() > read.length()) {
            throw new IllegalArgumentException("a file cannot be as long as reported: " + read);
        }
        return read;
    }

    private static List<Finding> findings(JsonArray array) {
        List<Finding> findings = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            JsonArray finding = array.getJsonArray(i);
            findings.add(new Finding(Finding.Kind.valueOf(finding.getString(0)), finding.getString(1)));
        }
        return findings;
    }
}
