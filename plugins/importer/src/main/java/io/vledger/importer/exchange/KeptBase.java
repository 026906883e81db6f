package io.vledger.importer.exchange;

import io.vledger.api.plugin.GroupConfig;
import io.vledger.importer.base.Base;
import io.vledger.importer.base.BaseBuilder;
import io.vledger.importer.base.BaseBuilder.KnownDigests;
import io.vledger.importer.base.BaseFiles;
import io.vledger.importer.base.Here;
import io.vledger.importer.base.HereBuilder;
import io.vledger.importer.base.OldBrokerRestartCheck;
import io.vledger.importer.base.OldOrigin;
import io.vledger.importer.base.PeerConfig;
import io.vledger.importer.store.OldSettings;
import io.vledger.importer.store.PeerCopies;
import io.vledger.importer.survey.Locations;
import io.vledger.importer.survey.QueueChecksums;
import io.vledger.importer.survey.Survey;
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

/** The maker that is used outside tests: what is complete lies in the group's origin directory. */
final class KeptBase implements BaseMaker {
    private static final Logger LOG = LoggerFactory.getLogger(KeptBase.class);

    private final String node;
    private final GroupConfig config;
    private final PeerCopies peers;
    private final Path directory;
    private final BaseFiles files;

    KeptBase(String node, GroupConfig config, PeerCopies peers) {
        this.node = node;
        this.config = config;
        this.peers = peers;
        this.directory = config.directory().resolveSibling(config.directory().getFileName() + "-origin");
        this.files = new BaseFiles(directory);
    }

    private Locations locations() {
        return Locations.of(node, config.old().settings());
    }

    /** What has not expired. */
    private static Map<Long, Path> left(Map<Long, Path> log) {
        Map<Long, Path> left = new HashMap<>(log);
        left.values().removeIf(Files::notExists);
        return left;
    }

    private Here build(
            Base base,
            Map<Long, Path> log,
            List<Path> keyFiles,
            @Nullable QueueChecksums checksums,
            Consumer<String> progress)
            throws IOException {
        return new HereBuilder(base, locations(), directory, progress).build(log, keyFiles, checksums);
    }

    @Override
    public Optional<Ready> ready(Consumer<String> progress) throws IOException {
        Optional<byte[]> json = files.base();
        if (json.isEmpty()) {
            return Optional.empty();
        }
        Ready ready = ready(json.get(), files.here());
        later(ready.base(), ready.here()).check();
        if (!ready.here().verifiable()) {
            Here here =
                    build(ready.base(), left(ready.here().log()), ready.here().keyFiles(), null, progress);
            files.keep(json.get(), here);
            ready = ready(json.get(), here);
        }
        return Optional.of(ready);
    }

    private OldBrokerRestartCheck later(Base base, Here here) {
        return new OldBrokerRestartCheck(base, here, locations().root(), directory, config.directory());
    }

    private Ready ready(byte[] json, Here here) throws IOException {
        Base base = read(json);
        return new Ready(
                base,
                here,
                json,
                new OldOrigin(
                        base,
                        here,
                        directory,
                        identity(json),
                        OldSettings.of(config.old().settings()),
                        peers));
    }

    @Override
    public byte[] make(Survey own, Map<String, PeerConfig> others, KnownDigests digests, Consumer<String> progress)
            throws IOException {
        BaseBuilder builder = new BaseBuilder(config.name(), node, locations(), config.segmentBytes(), progress);
        return BaseFiles.encode(builder.build(own, others, digests));
    }

    @Override
    public Base read(byte[] json) throws IOException {
        return BaseFiles.decode(json);
    }

    @Override
    public String identity(byte[] json) {
        return BaseFiles.identity(json);
    }

    @Override
    public Ready settle(
            byte[] json,
            Map<Long, Path> log,
            List<Path> keyFiles,
            @Nullable QueueChecksums checksums,
            Consumer<String> progress)
            throws IOException {
        Base made = read(json);
        Here here = build(made, log, keyFiles, checksums, progress);
        later(made, here).remember();
        files.keep(json, here);
        Ready ready = ready(json, here);
        Base base = ready.base();
        LOG.info(
                "group {}: goes on from the old log of {}, positions {} to {}, {} queues, {} topics, {} consumer groups; its own log"
                        + " begins at {}",
                config.name(),
                base.source(),
                base.begin(),
                base.end(),
                base.queues().size(),
                base.state().topics().size(),
                base.state().groups().size(),
                base.position());
        base.notes().forEach(note -> LOG.warn("group {}: {}", config.name(), note));
        return ready;
    }
}
