package io.vledger.importer.agree;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.origin.InitialState;
import io.vledger.api.origin.Origin;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.importer.format.Framing;
import io.vledger.importer.inspect.OriginLocations;
import io.vledger.importer.inspect.QueueChecksums;
import io.vledger.importer.inspect.Survey;
import io.vledger.importer.manifest.LocalPlacement;
import io.vledger.importer.manifest.ManifestBuilder.KnownDigests;
import io.vledger.importer.manifest.OriginChangedException;
import io.vledger.importer.manifest.OriginManifest;
import io.vledger.importer.manifest.PeerConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes bases of log files alone, as large as a test wants them. */
final class FakeOriginStorage implements OriginStorage {
    private final String node;
    private final GroupConfig config;
    private final Path origin;
    private final String padding;
    final AtomicInteger failuresLeft;
    Map<String, PeerConfig> others = Map.of();
    /** What it says of an old broker that ran again; empty if it did not. */
    String ranAgain = "";

    FakeOriginStorage(String node, GroupConfig config, String padding, AtomicInteger failuresLeft) {
        this.node = node;
        this.config = config;
        this.origin = config.directory().resolveSibling(config.directory().getFileName() + "-origin");
        this.padding = padding;
        this.failuresLeft = failuresLeft;
    }

    @Override
    public Optional<Ready> ready(Consumer<String> progress) throws IOException {
        if (!ranAgain.isEmpty()) {
            throw new OriginChangedException(ranAgain);
        }
        Path placement = origin.resolve("here.json");
        if (!Files.exists(placement)) {
            return Optional.empty();
        }
        JsonObject json = new JsonObject(Files.readString(placement));
        Map<Long, Path> log = new TreeMap<>();
        json.getJsonObject("log")
                .forEach(entry -> log.put(Long.valueOf(entry.getKey()), Path.of((String) entry.getValue())));
        List<Path> index = new ArrayList<>();
        json.getJsonArray("index").forEach(path -> index.add(Path.of((String) path)));
        return Optional.of(ready(Files.readAllBytes(origin.resolve("base.json")), log, index));
    }

    @Override
    public byte[] make(
            Survey own, Map<String, PeerConfig> configurations, KnownDigests digests, Consumer<String> progress)
            throws IOException {
        others = configurations;
        MemberFacts.MemberLog log = new MemberInspector(
                        node,
                        OriginLocations.of(node, config.origin().settings()),
                        MemberInspector.preferences(config),
                        text -> {})
                .inspect()
                .facts()
                .log();
        JsonObject holders = new JsonObject().put(node, log.end());
        configurations.forEach((member, peer) -> holders.put(member, peer.reach()));
        JsonArray files = new JsonArray();
        log.files()
                .forEach(file -> files.add(new JsonArray()
                        .add(file.position())
                        .add(file.length())
                        .add(file.framing().name())
                        .add(digests.of(file.position(), file.counted()))));
        return new JsonObject()
                .put("group", config.name())
                .put("source", node)
                .put("holders", holders)
                .put("end", log.end())
                .put("files", files)
                .put("padding", padding)
                .toBuffer()
                .getBytes();
    }

    @Override
    public OriginManifest read(byte[] bytes) {
        JsonObject json = new JsonObject(new String(bytes, StandardCharsets.UTF_8));
        List<OriginManifest.File> files = new ArrayList<>();
        for (Object each : json.getJsonArray("files")) {
            JsonArray file = (JsonArray) each;
            files.add(new OriginManifest.File(
                    file.getLong(0), file.getLong(1), Framing.valueOf(file.getString(2)), file.getString(3), 0));
        }
        SortedMap<String, Long> holders = new TreeMap<>();
        JsonObject all = json.getJsonObject("holders");
        all.fieldNames().forEach(member -> holders.put(member, all.getLong(member)));
        return new OriginManifest(
                json.getString("group"),
                json.getString("source"),
                holders,
                new OriginManifest.Log(json.getLong("end"), json.getLong("end"), files),
                List.of(),
                new InitialState(List.of(), List.of(), List.of(), Map.of()),
                List.of());
    }

    @Override
    public String identity(byte[] json) {
        return Integer.toHexString(new String(json, StandardCharsets.UTF_8).hashCode());
    }

    @Override
    public Ready settle(
            byte[] json,
            Map<Long, Path> log,
            List<Path> keyFiles,
            @Nullable QueueChecksums checksums,
            Consumer<String> progress)
            throws IOException {
        if (failuresLeft.getAndDecrement() > 0) {
            throw new IOException("the power went out");
        }
        Files.createDirectories(origin);
        JsonObject places = new JsonObject();
        log.forEach((position, path) -> places.put(String.valueOf(position), path.toString()));
        JsonArray index = new JsonArray();
        keyFiles.forEach(path -> index.add(path.toString()));
        Files.write(origin.resolve("base.json"), json);
        Files.writeString(
                origin.resolve("here.json"),
                new JsonObject().put("log", places).put("index", index).encode());
        return ready(json, log, keyFiles);
    }

    private Ready ready(byte[] json, Map<Long, Path> log, List<Path> index) {
        String identity = identity(json);
        OriginManifest manifest = read(json);
        return new Ready(manifest, new LocalPlacement(log, Map.of(), index), json, new Origin() {
            @Override
            public LogBase base() {
                return new LogBase(0, 0, manifest.position());
            }

            @Override
            public String identity() {
                return identity;
            }

            @Override
            public InitialState initialState() {
                return manifest.state();
            }

            @Override
            public GroupStore continuedBy(GroupStore own) {
                return own;
            }
        });
    }
}
