package io.vledger.importer.exchange;

import io.vledger.api.origin.Origin;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.importer.base.Base;
import io.vledger.importer.base.BaseBuilder.KnownDigests;
import io.vledger.importer.base.Here;
import io.vledger.importer.base.PeerConfig;
import io.vledger.importer.store.PeerCopies;
import io.vledger.importer.survey.QueueChecksums;
import io.vledger.importer.survey.Survey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes and keeps what one group goes on from, in its origin directory. Everything waits for the disk. */
interface BaseMaker {
    /** Makes the maker of one group. */
    @FunctionalInterface
    interface Factory {
        /** @param peers who may have intact what turns out damaged here */
        BaseMaker make(String node, GroupConfig config, PeerCopies peers);
    }

    /** What is complete here. */
    record Ready(Base base, Here here, byte[] json, Origin origin) {}

    /**
     * What an earlier run completed; empty if it did not.
     *
     * @param progress is told what is done; a version before this one kept no checksums of queues, and the log is read for them
     */
    Optional<Ready> ready(Consumer<String> progress) throws IOException;

    /**
     * Makes the base from this node's data.
     *
     * @param own what this node has
     * @param others what the other members told, by node
     * @param digests of this node's old log, as far as it was read already
     * @return the bytes of {@code base.json}, the same whenever nothing changed
     */
    byte[] make(Survey own, Map<String, PeerConfig> others, KnownDigests digests, Consumer<String> progress)
            throws IOException;

    /** Reads a base's bytes, which may come from another node. */
    Base read(byte[] json) throws IOException;

    /** Names a base. */
    String identity(byte[] json);

    /**
     * Keeps the base and where its files are, so that {@link #ready} finds it; the last step.
     *
     * @param json bytes of the base
     * @param log path of each file of the old log by its position, each with the bytes that the base tells; the first ones are
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
