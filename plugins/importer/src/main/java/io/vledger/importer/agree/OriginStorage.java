package io.vledger.importer.agree;

import io.vledger.api.origin.Origin;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.importer.inspect.QueueChecksums;
import io.vledger.importer.inspect.Survey;
import io.vledger.importer.manifest.LocalPlacement;
import io.vledger.importer.manifest.ManifestBuilder.KnownDigests;
import io.vledger.importer.manifest.OriginManifest;
import io.vledger.importer.manifest.PeerConfig;
import io.vledger.importer.store.PeerCopies;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes and keeps the origin of one group, in its origin directory. Everything waits for the disk. */
interface OriginStorage {
    /** Makes the storage of one group. */
    @FunctionalInterface
    interface Factory {
        /** @param peers which members may have intact copies of what turns out damaged on this node */
        OriginStorage make(String node, GroupConfig config, PeerCopies peers);
    }

    /** What is complete here. */
    record Ready(OriginManifest manifest, LocalPlacement placement, byte[] json, Origin origin) {}

    /**
     * What an earlier run completed; empty if it did not.
     *
     * @param progress receives what is being done; a version before this one kept no checksums of queues, and the log is read for them
     */
    Optional<Ready> ready(Consumer<String> progress) throws IOException;

    /**
     * Makes the manifest from this node's data.
     *
     * @param own what this node has
     * @param others what the other members reported, by node
     * @param digests of this node's old log, as far as it was read already
     * @return the bytes of {@code base.json}, the same whenever nothing changed
     */
    byte[] make(Survey own, Map<String, PeerConfig> others, KnownDigests digests, Consumer<String> progress)
            throws IOException;

    /** Reads a manifest's bytes, which may come from another node. */
    OriginManifest read(byte[] json) throws IOException;

    /** Names a manifest. */
    String identity(byte[] json);

    /**
     * Keeps the manifest and where its files are, so that {@link #ready} finds it; the last step.
     *
     * @param json bytes of the manifest
     * @param log path of each file of the old log by its position, each with the bytes that the manifest names; the first ones are
     *     left out if they have expired
     * @param keyFiles index files, oldest first
     * @param checksums what this log says of its queues' units; null if it was not read yet
     */
    Ready settle(
            byte[] json,
            Map<Long, Path> log,
            List<Path> keyFiles,
            @Nullable QueueChecksums checksums,
            Consumer<String> progress)
            throws IOException;
}
