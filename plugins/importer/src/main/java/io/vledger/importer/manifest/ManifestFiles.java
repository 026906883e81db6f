package io.vledger.importer.manifest;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.origin.InitialState;
import io.vledger.api.origin.InitialState.OriginGroup;
import io.vledger.api.origin.InitialState.OriginHalf;
import io.vledger.api.origin.InitialState.OriginProgress;
import io.vledger.api.origin.InitialState.OriginRun;
import io.vledger.api.origin.InitialState.OriginTopic;
import io.vledger.importer.format.DurableFile;
import io.vledger.importer.format.Framing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** {@code base.json} and {@code here.json} of an origin directory. What one version writes reads back as the same bytes. */
public final class ManifestFiles {
    private static final int VERSION = 2;
    /** Without half messages that have no outcome. */
    private static final int FIRST_VERSION = 1;

    private static final String BASE = "base.json";
    static final String HERE = "here.json";
    private static final long MAX_BYTES = 512L << 20;

    private final Path directory;

    /** Of an origin directory, which need not exist. */
    public ManifestFiles(Path directory) {
        this.directory = directory;
    }

    /** The bytes of {@code base.json}, once everything is there; empty before. */
    public Optional<byte[]> manifest() throws IOException {
        return Files.exists(directory.resolve(HERE)) ? Optional.of(read(directory.resolve(BASE))) : Optional.empty();
    }

    /** Where this node has what the manifest names. */
    public LocalPlacement placement() throws IOException {
        Path file = directory.resolve(HERE);
        try {
            JsonObject json = new JsonObject(new String(read(file), StandardCharsets.UTF_8));
            Map<Long, Path> log = new HashMap<>();
            json.getJsonObject("log")
                    .forEach(entry -> log.put(Long.parseLong(entry.getKey()), Path.of((String) entry.getValue())));
            Map<Long, List<LocalPlacement.Units>> queues = new HashMap<>();
            json.getJsonObject("queues")
                    .forEach(entry -> queues.put(Long.parseLong(entry.getKey()), runs((JsonArray) entry.getValue())));
            List<Path> keyFiles = new ArrayList<>();
            json.getJsonArray("keyFiles").forEach(path -> keyFiles.add(Path.of((String) path)));
            return new LocalPlacement(log, queues, keyFiles);
        } catch (DecodeException | ClassCastException | NullPointerException | IllegalArgumentException e) {
            throw damaged(file, e);
        }
    }

    private static List<LocalPlacement.Units> runs(JsonArray json) {
        List<LocalPlacement.Units> runs = new ArrayList<>();
        for (int i = 0; i < json.size(); i++) {
            JsonArray run = json.getJsonArray(i);
            runs.add(new LocalPlacement.Units(
                    Path.of(run.getString(0)),
                    run.getLong(1),
                    run.getLong(2),
                    run.getLong(3),
                    run.size() > 4 ? run.getString(4) : ""));
        }
        return runs;
    }

    /** Keeps both, the second one last: it says that everything is there. */
    public void keep(byte[] manifest, LocalPlacement placement) throws IOException {
        JsonObject log = new JsonObject();
        new TreeMap<>(placement.log()).forEach((position, path) -> log.put(Long.toString(position), path.toString()));
        JsonObject queues = new JsonObject();
        new TreeMap<>(placement.queues()).forEach((key, runs) -> {
            JsonArray all = new JsonArray();
            runs.forEach(run ->
                    all.add(JsonArray.of(run.file().toString(), run.first(), run.from(), run.to(), run.checksums())));
            queues.put(Long.toString(key), all);
        });
        JsonArray keyFiles = new JsonArray();
        placement.keyFiles().forEach(path -> keyFiles.add(path.toString()));
        JsonObject json = new JsonObject().put("log", log).put("queues", queues).put("keyFiles", keyFiles);
        DurableFile.write(directory.resolve(BASE), manifest);
        DurableFile.write(directory.resolve(HERE), json.encode());
    }

    private static byte[] read(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException(file + " has " + Files.size(file) + " bytes, which cannot be");
        }
        return Files.readAllBytes(file);
    }

    private static IOException damaged(Object where, Exception cause) {
        return new IOException(where + " is damaged (" + cause.getMessage()
                + "); stop the node, move the origin directory and the group's directory away, and start it again: it is"
                + " filled by the others");
    }

    /** Names a manifest: SHA-256 of its bytes. */
    public static String identity(byte[] manifest) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(manifest));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** A manifest as bytes. */
    public static byte[] encode(OriginManifest manifest) {
        JsonArray files = new JsonArray();
        manifest.files()
                .forEach(file -> files.add(JsonArray.of(
                        file.position(), file.length(), file.framing().name(), file.digest(), file.lastStoredMs())));
        JsonArray queues = new JsonArray();
        manifest.queues()
                .forEach(queue -> queues.add(JsonArray.of(
                        queue.key(),
                        queue.topic(),
                        queue.id(),
                        queue.min(),
                        queue.max(),
                        queue.first(),
                        queue.last())));
        return new JsonObject()
                .put("version", VERSION)
                .put("group", manifest.group())
                .put("source", manifest.source())
                .put("holders", new JsonObject(new LinkedHashMap<>(manifest.holders())))
                .put("end", manifest.end())
                .put("position", manifest.position())
                .put("files", files)
                .put("queues", queues)
                .put("state", encode(manifest.state()))
                .put("notes", new JsonArray(new ArrayList<>(manifest.notes())))
                .encode()
                .getBytes(StandardCharsets.UTF_8);
    }

    private static JsonObject encode(InitialState state) {
        JsonArray topics = new JsonArray();
        state.topics()
                .forEach(topic -> topics.add(JsonArray.of(
                        topic.name(),
                        topic.json(),
                        topic.firstQueueKey(),
                        new JsonArray(new ArrayList<>(topic.maxOffsets())))));
        JsonArray groups = new JsonArray();
        state.groups().forEach(group -> groups.add(JsonArray.of(group.name(), group.json())));
        JsonArray progress = new JsonArray();
        state.progress()
                .forEach(each -> progress.add(
                        JsonArray.of(each.group(), each.topic(), new JsonArray(new ArrayList<>(each.next())))));
        JsonObject delayed = new JsonObject();
        new TreeMap<>(state.delayed()).forEach((level, next) -> delayed.put(Integer.toString(level), next));
        JsonArray halves = new JsonArray();
        state.openHalves()
                .forEach(half -> halves.add(JsonArray.of(
                        half.queueOffset(),
                        half.first(),
                        half.bornMs(),
                        half.immunitySeconds(),
                        half.checks(),
                        half.topic())));
        JsonArray timers = new JsonArray();
        state.timers().forEach(run -> timers.add(run.first()).add(run.count()));
        return new JsonObject()
                .put("topics", topics)
                .put("groups", groups)
                .put("progress", progress)
                .put("delayed", delayed)
                .put("openHalves", halves)
                .put("timers", timers);
    }

    /**
     * Reads a manifest, which may come from another node.
     *
     * @throws IOException if it is not one, or contradicts itself
     */
    public static OriginManifest decode(byte[] bytes) throws IOException {
        try {
            JsonObject json = new JsonObject(new String(bytes, StandardCharsets.UTF_8));
            int version = json.getInteger("version");
            if (version < FIRST_VERSION || version > VERSION) {
                throw new IOException("the manifest of the group has version " + version + ", this node knows "
                        + VERSION + "; run the same version on all members");
            }
            OriginManifest manifest = new OriginManifest(
                    json.getString("group"),
                    json.getString("source"),
                    holders(json.getJsonObject("holders", new JsonObject())),
                    new OriginManifest.Log(
                            json.getLong("end"), json.getLong("position"), files(json.getJsonArray("files"))),
                    queues(json.getJsonArray("queues")),
                    state(json.getJsonObject("state")),
                    texts(json.getJsonArray("notes")));
            check(manifest);
            return manifest;
        } catch (DecodeException | ClassCastException | NullPointerException | IllegalArgumentException e) {
            throw new IOException("the manifest of the group cannot be read: " + e.getMessage(), e);
        }
    }

    private static SortedMap<String, Long> holders(JsonObject json) {
        SortedMap<String, Long> holders = new TreeMap<>();
        json.fieldNames().forEach(node -> holders.put(node, json.getLong(node)));
        return holders;
    }

    private static List<OriginManifest.File> files(JsonArray json) {
        List<OriginManifest.File> files = new ArrayList<>();
        for (int i = 0; i < json.size(); i++) {
            JsonArray file = json.getJsonArray(i);
            files.add(new OriginManifest.File(
                    file.getLong(0),
                    file.getLong(1),
                    Framing.valueOf(file.getString(2)),
                    file.getString(3),
                    file.getLong(4)));
        }
        return files;
    }

    private static List<OriginManifest.Queue> queues(JsonArray json) {
        List<OriginManifest.Queue> queues = new ArrayList<>();
        for (int i = 0; i < json.size(); i++) {
            JsonArray queue = json.getJsonArray(i);
            queues.add(new OriginManifest.Queue(
                    queue.getLong(0),
                    queue.getString(1),
                    queue.getInteger(2),
                    queue.getLong(3),
                    queue.getLong(4),
                    queue.getLong(5),
                    queue.getLong(6)));
        }
        return queues;
    }

    private static InitialState state(JsonObject json) {
        List<OriginTopic> topics = new ArrayList<>();
        json.getJsonArray("topics").forEach(each -> {
            JsonArray topic = (JsonArray) each;
            topics.add(new OriginTopic(
                    topic.getString(0), topic.getString(1), topic.getLong(2), numbers(topic.getJsonArray(3))));
        });
        List<OriginGroup> groups = new ArrayList<>();
        json.getJsonArray("groups").forEach(each -> {
            JsonArray group = (JsonArray) each;
            groups.add(new OriginGroup(group.getString(0), group.getString(1)));
        });
        List<OriginProgress> progress = new ArrayList<>();
        json.getJsonArray("progress").forEach(each -> {
            JsonArray part = (JsonArray) each;
            progress.add(new OriginProgress(part.getString(0), part.getString(1), numbers(part.getJsonArray(2))));
        });
        Map<Integer, Long> delayed = new TreeMap<>();
        json.getJsonObject("delayed")
                .forEach(entry ->
                        delayed.put(Integer.parseInt(entry.getKey()), ((Number) entry.getValue()).longValue()));
        List<OriginHalf> halves = new ArrayList<>();
        json.getJsonArray("openHalves", new JsonArray()).forEach(each -> {
            JsonArray half = (JsonArray) each;
            halves.add(new OriginHalf(
                    half.getLong(0),
                    half.getLong(1),
                    half.getLong(2),
                    half.getInteger(3),
                    half.getInteger(4),
                    half.getString(5)));
        });
        JsonArray runs = json.getJsonArray("timers", new JsonArray());
        List<OriginRun> timers = new ArrayList<>();
        for (int i = 0; i + 1 < runs.size(); i += 2) {
            timers.add(new OriginRun(runs.getLong(i), runs.getLong(i + 1)));
        }
        return new InitialState(topics, groups, progress, delayed, halves, timers);
    }

    private static List<Long> numbers(JsonArray json) {
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < json.size(); i++) {
            numbers.add(json.getLong(i));
        }
        return numbers;
    }

    private static List<String> texts(JsonArray json) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < json.size(); i++) {
            texts.add(json.getString(i));
        }
        return texts;
    }

    private static void check(OriginManifest manifest) throws IOException {
        long expected = manifest.begin();
        for (OriginManifest.File file : manifest.files()) {
            if (file.position() != expected || file.length() <= 0 || file.position() > manifest.end()) {
                throw new IOException("the manifest of the group has a gap before position " + file.position());
            }
            expected = file.position() + file.length();
        }
        boolean covered = manifest.files().isEmpty() || expected >= manifest.end();
        if (manifest.end() < 0 || manifest.position() < manifest.end() || !covered) {
            throw new IOException("the manifest of the group ends at " + manifest.end() + ", its files at " + expected
                    + ", and the group's own log begins at " + manifest.position() + "; that cannot be");
        }
        Set<Long> keys = new HashSet<>();
        for (OriginManifest.Queue queue : manifest.queues()) {
            if (queue.key() <= 0 || !keys.add(queue.key()) || queue.min() < 0 || queue.max() < queue.min()) {
                throw new IOException("the manifest of the group has a queue " + queue + ", which cannot be");
            }
        }
    }
}
