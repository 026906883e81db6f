package io.vledger.importer.agree;

import io.vledger.api.plugin.GroupConfig;
import io.vledger.importer.inspect.OriginLocations;
import io.vledger.importer.inspect.QueueChecksums;
import io.vledger.importer.inspect.Survey;
import io.vledger.importer.manifest.LocalPlacement;
import io.vledger.importer.manifest.LocalPlacementBuilder;
import io.vledger.importer.manifest.ManifestBuilder;
import io.vledger.importer.manifest.ManifestBuilder.KnownDigests;
import io.vledger.importer.manifest.ManifestFiles;
import io.vledger.importer.manifest.OriginChangeCheck;
import io.vledger.importer.manifest.OriginManifest;
import io.vledger.importer.manifest.PeerConfig;
import io.vledger.importer.store.OriginSettings;
import io.vledger.importer.store.PeerCopies;
import io.vledger.importer.store.TakenOverOrigin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The storage that is used outside tests: what is complete lies in the group's origin directory. */
final class OriginDirectory implements OriginStorage {
    private static final Logger LOG = LoggerFactory.getLogger(OriginDirectory.class);

    private final String node;
    private final GroupConfig config;
    private final PeerCopies peers;
    private final Path directory;
    private final ManifestFiles files;

    OriginDirectory(String node, GroupConfig config, PeerCopies peers) {
        this.node = node;
        this.config = config;
        this.peers = peers;
        this.directory = config.directory().resolveSibling(config.directory().getFileName() + "-origin");
        this.files = new ManifestFiles(directory);
    }

    private OriginLocations locations() {
        return OriginLocations.of(node, config.origin().settings());
    }

    /** What has not expired. */
    private static Map<Long, Path> left(Map<Long, Path> log) {
        Map<Long, Path> left = new HashMap<>(log);
        left.values().removeIf(Files::notExists);
        return left;
    }

    private LocalPlacement build(
            OriginManifest manifest,
            Map<Long, Path> log,
            List<Path> keyFiles,
            @Nullable QueueChecksums checksums,
            Consumer<String> progress)
            throws IOException {
        return new LocalPlacementBuilder(manifest, locations(), directory, progress).build(log, keyFiles, checksums);
    }

    @Override
    public Optional<Ready> ready(Consumer<String> progress) throws IOException {
        Optional<byte[]> json = files.manifest();
        if (json.isEmpty()) {
            return Optional.empty();
        }
        Ready ready = ready(json.get(), files.placement());
        changeCheck(ready.manifest(), ready.placement()).check();
        if (!ready.placement().verifiable()) {
            LocalPlacement placement = build(
                    ready.manifest(),
                    left(ready.placement().log()),
                    ready.placement().keyFiles(),
                    null,
                    progress);
            files.keep(json.get(), placement);
            ready = ready(json.get(), placement);
        }
        return Optional.of(ready);
    }

    private OriginChangeCheck changeCheck(OriginManifest manifest, LocalPlacement placement) {
        return new OriginChangeCheck(manifest, placement, locations().root(), directory, config.directory());
    }

    private Ready ready(byte[] json, LocalPlacement placement) throws IOException {
        OriginManifest manifest = read(json);
        return new Ready(
                manifest,
                placement,
                json,
                new TakenOverOrigin(
                        manifest,
                        placement,
                        directory,
                        identity(json),
                        OriginSettings.of(config.origin().settings()),
                        peers));
    }

    @Override
    public byte[] make(Survey own, Map<String, PeerConfig> others, KnownDigests digests, Consumer<String> progress)
            throws IOException {
        ManifestBuilder builder =
                new ManifestBuilder(config.name(), node, locations(), config.segmentBytes(), progress);
        return ManifestFiles.encode(builder.build(own, others, digests));
    }

    @Override
    public OriginManifest read(byte[] json) throws IOException {
        return ManifestFiles.decode(json);
    }

    @Override
    public String identity(byte[] json) {
        return ManifestFiles.identity(json);
    }

    @Override
    public Ready settle(
            byte[] json,
            Map<Long, Path> log,
            List<Path> keyFiles,
            @Nullable QueueChecksums checksums,
            Consumer<String> progress)
            throws IOException {
        OriginManifest made = read(json);
        LocalPlacement placement = build(made, log, keyFiles, checksums, progress);
        changeCheck(made, placement).remember();
        files.keep(json, placement);
        Ready ready = ready(json, placement);
        OriginManifest manifest = ready.manifest();
        LOG.info(
                "group {}: continues from the old log of {}, positions {} to {}, {} queues, {} topics, {} consumer groups; its own log"
                        + " begins at {}",
                config.name(),
                manifest.source(),
                manifest.begin(),
                manifest.end(),
                manifest.queues().size(),
                manifest.state().topics().size(),
                manifest.state().groups().size(),
                manifest.position());
        manifest.notes().forEach(note -> LOG.warn("group {}: {}", config.name(), note));
        return ready;
    }
}
