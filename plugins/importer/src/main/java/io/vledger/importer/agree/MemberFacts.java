package io.vledger.importer.agree;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.importer.format.Damage;
import io.vledger.importer.format.Damage.Range;
import io.vledger.importer.format.Framing;
import io.vledger.importer.inspect.BrokenEnd;
import io.vledger.importer.inspect.Finding;
import io.vledger.importer.manifest.PeerConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one member reports to the others before a group's first start. It comes from another machine: lengths and positions are checked
 * where they are used, and a path is never among it.
 *
 * @param node its node id
 * @param state what it is about
 * @param identity of the manifest that it runs on; empty if it runs without one or does not run
 * @param wishes what its configuration asks for
 * @param master whether the old broker was a master
 * @param log its old log
 * @param index RocketMQ's index files, oldest first
 * @param configuration text of the old broker's configuration files by name
 * @param findings what forbids taking its data over, what is damaged, and what a person should know
 */
record MemberFacts(
        String node,
        State state,
        String identity,
        Wishes wishes,
        boolean master,
        OriginLog log,
        List<IndexFile> index,
        Map<String, String> configuration,
        List<Finding> findings) {
    /** Files that one log may have; 32 TiB in files of 1 GiB. */
    private static final int MAX_FILES = 1 << 15;

    private static final int MAX_INDEX_FILES = 1 << 16;

    MemberFacts {
        index = List.copyOf(index);
        configuration = Map.copyOf(configuration);
        findings = List.copyOf(findings);
    }

    /** What a member is about. */
    enum State {
        /** It reads what it has. */
        BUSY,
        /** It has nothing, old or new. */
        EMPTY,
        /** It has an old broker's data. */
        OLD,
        /** It runs the group, or is about to. */
        RUNNING
    }

    /**
     * What a member's configuration asks for.
     *
     * @param source node id of the member whose data counts; empty if none is named
     * @param dryRun whether to compare without starting
     * @param segmentBytes size of a segment of the group's own log
     * @param acceptDamage position at which this member's log may end although it is damaged or cut short there; -1 if none
     */
    record Wishes(String source, boolean dryRun, long segmentBytes, long acceptDamage) {}

    /** This member's configuration, for the member whose data all take. */
    PeerConfig comparedWith(List<LogFile> sourceLog) {
        return new PeerConfig(configuration, log.endsAs(sourceLog), log.reach());
    }

    /**
     * A member's old log; DLedger's files follow the classic ones where there are both.
     *
     * @param kind what sort of store it is, a name of {@code Survey.Kind}
     * @param files by position; behind damage as far as messages go
     * @param end position behind the last message, or where the damage is
     * @param broken why its end cannot be trusted; null if it is
     * @param lastTerm DLedger's last term; -1 without DLedger
     * @param committedIndex a DLedger index that this member knew to be committed; -1 if unknown
     * @param committedEnd position up to which DLedger showed this member's log to consumers, so that it was committed; 0 if unknown
     */
    record OriginLog(
            String kind,
            List<LogFile> files,
            long end,
            @Nullable BrokenEnd broken,
            long lastTerm,
            long committedIndex,
            long committedEnd) {
        /** No log. */
        static final OriginLog NONE = new OriginLog("EMPTY", List.of(), 0, null, -1, -1, 0);

        OriginLog {
            files = List.copyOf(files);
        }

        boolean dledger() {
            return kind.startsWith("DLEDGER");
        }

        long begin() {
            return files.isEmpty() ? end : files.get(0).position();
        }

        /** Position behind the last message that there is, behind damage as well. */
        long reach() {
            return broken == null ? end : broken.reach();
        }

        /** Digest of a file up to a length, from when it was read; null if that is not known. */
        @Nullable
        String digest(long position, long counted) {
            return files.stream()
                    .filter(file -> file.position == position && file.counted == counted)
                    .map(LogFile::digest)
                    .findFirst()
                    .orElse(null);
        }

        /** Whether it is whole and ends with the same bytes as a log with these files. */
        boolean endsAs(List<LogFile> others) {
            LogFile last = files.isEmpty() ? null : files.get(files.size() - 1);
            LogFile other = others.isEmpty() ? null : others.get(others.size() - 1);
            return broken == null
                    && last != null
                    && other != null
                    && last.position == other.position
                    && last.counted == other.counted
                    && last.digest.equals(other.digest);
        }
    }

    /**
     * One file of the log.
     *
     * @param position position of its first byte
     * @param length its length
     * @param framing how messages lie in it
     * @param counted bytes of it that lie before the log's end
     * @param digest of these; see {@code Digest}
     */
    record LogFile(long position, long length, Framing framing, long counted, String digest) {}

    /** One of RocketMQ's index files. */
    record IndexFile(String name, long length) {}

    /** A member that says no more than its state. */
    static MemberFacts of(String node, State state, String identity, Wishes wishes) {
        return new MemberFacts(node, state, identity, wishes, false, OriginLog.NONE, List.of(), Map.of(), List.of());
    }

    MemberFacts running(String manifest, List<IndexFile> files) {
        return new MemberFacts(
                node, State.RUNNING, manifest, wishes, master, OriginLog.NONE, files, Map.of(), List.of());
    }

    /** What forbids taking its data over. */
    List<Finding> refusals() {
        return findings.stream().filter(Finding::refuses).toList();
    }

    JsonObject toJson() {
        JsonArray files = new JsonArray();
        log.files.forEach(file -> files.add(new JsonArray()
                .add(file.position)
                .add(file.length)
                .add(file.framing.name())
                .add(file.counted)
                .add(file.digest)));
        JsonArray indexes = new JsonArray();
        index.forEach(file -> indexes.add(new JsonArray().add(file.name).add(file.length)));
        JsonArray found = new JsonArray();
        findings.forEach(
                finding -> found.add(new JsonArray().add(finding.kind().name()).add(finding.text())));
        JsonObject texts = new JsonObject();
        configuration.forEach(texts::put);
        return new JsonObject()
                .put("node", node)
                .put("state", state.name())
                .put("identity", identity)
                .put("source", wishes.source)
                .put("dryRun", wishes.dryRun)
                .put("segmentBytes", wishes.segmentBytes)
                .put("acceptDamage", wishes.acceptDamage)
                .put("master", master)
                .put("kind", log.kind)
                .put("files", files)
                .put("end", log.end)
                .put("broken", json(log.broken))
                .put("lastTerm", log.lastTerm)
                .put("committedIndex", log.committedIndex)
                .put("committedEnd", log.committedEnd)
                .put("index", indexes)
                .put("configuration", texts)
                .put("findings", found);
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @throws IllegalArgumentException if it is not that
     */
    static MemberFacts of(JsonObject json) {
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
            List<IndexFile> index = new ArrayList<>();
            for (int i = 0; i < indexes.size(); i++) {
                JsonArray file = indexes.getJsonArray(i);
                index.add(new IndexFile(file.getString(0), file.getLong(1)));
            }
            Map<String, String> texts = new LinkedHashMap<>();
            json.getJsonObject("configuration").forEach(entry -> texts.put(entry.getKey(), (String) entry.getValue()));
            return new MemberFacts(
                    json.getString("node"),
                    State.valueOf(json.getString("state")),
                    json.getString("identity"),
                    new Wishes(
                            json.getString("source"),
                            json.getBoolean("dryRun"),
                            json.getLong("segmentBytes"),
                            json.getLong("acceptDamage")),
                    json.getBoolean("master"),
                    new OriginLog(
                            json.getString("kind"),
                            log,
                            json.getLong("end"),
                            broken(json.getJsonObject("broken")),
                            json.getLong("lastTerm"),
                            json.getLong("committedIndex"),
                            json.getLong("committedEnd")),
                    index,
                    texts,
                    findings(json.getJsonArray("findings")));
        } catch (NullPointerException | ClassCastException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("a member's facts lack something or have it in another form", e);
        }
    }

    private static @Nullable JsonObject json(@Nullable BrokenEnd broken) {
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

    private static @Nullable BrokenEnd broken(@Nullable JsonObject json) {
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
        return new BrokenEnd(
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
        if (read.position < 0 || read.length <= 0 || read.counted < 0 || read.counted > read.length) {
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
