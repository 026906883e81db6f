package io.vledger.importer.manifest;

import io.vledger.importer.format.ConsumeQueueFiles;
import io.vledger.importer.format.MessageQueues;
import io.vledger.importer.format.OriginFileException;
import io.vledger.importer.format.SegmentFiles;
import io.vledger.importer.format.TagsCodes;
import io.vledger.importer.inspect.OriginLocations;
import io.vledger.importer.inspect.QueueChecksums;
import io.vledger.importer.inspect.QueueId;
import io.vledger.importer.manifest.IntactConsumeQueues.IntactQueue;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.SysFlag;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the units of every queue of a manifest on this node: in its own consume queues where they are sound and reach as far, and for
 * the rest in files that are rebuilt from the log. Blocks; one thread.
 */
public final class LocalPlacementBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(LocalPlacementBuilder.class);
    private static final int NAME_CHARS = 16;

    private final OriginManifest manifest;
    /** Begins what the manifest is called by: units of another one must not be taken for this one's. */
    private final String made;

    private final Path root;
    private final TagsCodes tagsCodes;
    /** Whether the group takes light queues over. */
    private final boolean light;

    private final Path directory;
    private final Consumer<String> progress;
    private final Map<Long, List<LocalPlacement.Units>> runs = new HashMap<>();
    private final Map<QueueId, QueueUnitFile> missing = new HashMap<>();
    private final List<Deferred> later = new ArrayList<>();
    private final RunChecksums runChecksums = new RunChecksums();
    private long walkFrom = Long.MAX_VALUE;
    /** Position of the first file that has not expired. */
    private long begin;

    private interface Deferred {
        void run() throws IOException;
    }

    /**
     * For one node.
     *
     * @param at where the old broker kept its data on this node; need not exist
     * @param directory the origin's own directory
     * @param progress receives what is being done
     */
    public LocalPlacementBuilder(
            OriginManifest manifest, OriginLocations at, Path directory, Consumer<String> progress) {
        this.manifest = manifest;
        this.made = ManifestFiles.identity(ManifestFiles.encode(manifest)).substring(0, NAME_CHARS);
        this.root = at.root();
        this.tagsCodes = new TagsCodes(at.delayLevels());
        this.light = manifest.queues().stream().anyMatch(queue -> queue.topic().startsWith(TopicNames.LIGHT_PREFIX));
        this.directory = directory;
        this.progress = progress;
    }

    /**
     * Builds.
     *
     * @param log path of each file of the old log by its position, all with the bytes that the manifest names; the first ones are
     *     left out if they have expired
     * @param keyFiles index files, oldest first
     * @param known what this log says of its queues' units; null if it was not read yet
     * @throws IOException if files cannot be read or written, or the log does not have what the manifest says
     */
    public LocalPlacement build(Map<Long, Path> log, List<Path> keyFiles, @Nullable QueueChecksums known)
            throws IOException {
        List<LogFile> files = new ArrayList<>();
        for (OriginManifest.File file : manifest.files()) {
            Path path = log.get(file.position());
            if (path == null && files.isEmpty()) {
                continue;
            }
            if (path == null) {
                throw new IOException("there is no file for position " + file.position() + " of the old log");
            }
            files.add(new LogFile(path, file.position(), file.length(), file.framing()));
        }
        try (OriginMessages messages = new OriginMessages(files)) {
            List<String> notes = new ArrayList<>();
            begin = files.isEmpty() ? manifest.end() : files.get(0).position();
            SortedMap<QueueId, IntactQueue> intact =
                    IntactConsumeQueues.find(root, light, begin, manifest.end(), messages, notes);
            notes.forEach(note -> LOG.info("{}", note));
            QueueChecksums checksums = known == null && !intact.isEmpty() ? checksums(files) : known;
            for (OriginManifest.Queue queue : manifest.queues()) {
                QueueId id = new QueueId(queue.topic(), queue.id());
                IntactQueue own = intact.get(id);
                if (own != null && checksums != null && covers(own, queue)) {
                    cover(queue, own, confirmed(own, queue, id, checksums, messages));
                } else {
                    cover(queue, null, queue.min());
                }
            }
            if (!missing.isEmpty()) {
                rebuild(files);
            }
            for (Deferred each : later) {
                each.run();
            }
        } catch (OriginFileException e) {
            throw new IOException(e.getMessage(), e);
        }
        return new LocalPlacement(log, runs, keyFiles);
    }

    /** Whether units of this node are those of the queue, and not of one of its name that was deleted before. */
    private static boolean covers(IntactQueue intact, OriginManifest.Queue queue) throws OriginFileException {
        return intact.min() <= queue.min()
                && intact.max() > queue.min()
                && intact.position(queue.min()) == queue.first()
                && (intact.max() < queue.max() || intact.position(queue.max() - 1) == queue.last());
    }

    /** Reads the log for what it says of its queues' units. */
    private QueueChecksums checksums(List<LogFile> files) throws OriginFileException {
        QueueChecksums checksums = new QueueChecksums(tagsCodes, light);
        for (LogFile file : files) {
            progress.accept(
                    "verifying the queues by the log, at position " + file.position() + " of " + manifest.end());
            file.walk((message, position, index, term) -> {
                if (position < manifest.end() && SysFlag.queued(message.sysFlag())) {
                    checksums.add(message, position);
                }
            });
        }
        return checksums;
    }

    /** Up to which queue offset units of this node are what the log says. */
    private long confirmed(
            IntactQueue intact,
            OriginManifest.Queue queue,
            QueueId id,
            QueueChecksums checksums,
            OriginMessages messages)
            throws OriginFileException, IOException {
        ConsumeQueueFiles units = new ConsumeQueueFiles(intact.files());
        long to = Math.min(intact.max(), queue.max());
        long confirmed = checksums.firstUnconfirmed(id, units, queue.min(), to);
        long chunkEnd = (confirmed / QueueChecksums.CHUNK_UNITS + 1) * QueueChecksums.CHUNK_UNITS;
        // The last chunk of a queue that lags has no checksum, and of a damaged one the units
        // before the damage can be used.
        while (confirmed < Math.min(to, chunkEnd)
                && messages.isThere(units.unit(confirmed), id, confirmed, tagsCodes)) {
            confirmed++;
        }
        if (confirmed < to) {
            LOG.warn(
                    "{}: the unit of queue offset {} is not what the log says; it is rebuilt with all behind it",
                    intact.files().directory(),
                    confirmed);
        }
        return confirmed;
    }

    /** @param covered up to which queue offset this node's own units are used; the queue's min if none are */
    private void cover(OriginManifest.Queue queue, @Nullable IntactQueue intact, long covered)
            throws OriginFileException, IOException {
        List<LocalPlacement.Units> units = new ArrayList<>();
        if (intact != null) {
            for (SegmentFiles.SegmentFile file : intact.files().files()) {
                long first = file.position() / ConsumeQueueFiles.UNIT_BYTES;
                long from = Math.max(first, queue.min());
                long to = Math.min(file.end() / ConsumeQueueFiles.UNIT_BYTES, covered);
                if (from < to) {
                    units.add(runChecksums.add(file.path().toAbsolutePath(), first, from, to));
                }
            }
        }
        if (covered < queue.max()) {
            boolean fromSomewhere = covered == queue.min() && begin > manifest.begin();
            missing(queue, covered, fromSomewhere, units);
            walkFrom = Math.min(
                    walkFrom, covered > queue.min() && intact != null ? intact.positionBehind(covered) : begin);
        }
        runs.put(queue.key(), units);
    }

    /** Which of its first messages have expired is seen only by what is left. */
    private void missing(
            OriginManifest.Queue queue, long covered, boolean fromSomewhere, List<LocalPlacement.Units> units)
            throws IOException {
        Path file = directory
                .resolve("queues")
                .resolve(queue.key() + "-" + (fromSomewhere ? "left" : covered) + "-" + made)
                .toAbsolutePath();
        QueueUnitFile again = new QueueUnitFile(file, covered, queue.max(), fromSomewhere);
        missing.put(new QueueId(queue.topic(), queue.id()), again);
        later.add(() -> {
            if (again.from() < queue.max()) {
                units.add(runChecksums.add(file, again.from(), again.from(), queue.max()));
            }
        });
    }

    private void rebuild(List<LogFile> files) throws OriginFileException, IOException {
        long begunNs = System.nanoTime();
        long bytes = 0;
        try {
            for (LogFile file : files) {
                if (file.end() <= walkFrom) {
                    continue;
                }
                progress.accept("rebuilding " + missing.size() + " queues from the log, at position " + file.position()
                        + " of " + manifest.end());
                file.walk((message, position, index, term) -> {
                    if (position < manifest.end() && SysFlag.queued(message.sysFlag())) {
                        take(message, position);
                    }
                });
                bytes += Math.min(file.length(), manifest.end() - file.position());
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        for (Map.Entry<QueueId, QueueUnitFile> each : missing.entrySet()) {
            if (each.getValue().next() < each.getValue().to()) {
                throw new IOException("queue " + each.getKey().queue() + " of "
                        + each.getKey().topic() + " should reach "
                        + each.getValue().to() + ", and the log has it up to "
                        + each.getValue().next() + "; copy consume queue and log together from the old broker again");
            }
            if (each.getValue().from() < each.getValue().to()) {
                each.getValue().finish();
            }
        }
        double seconds = (System.nanoTime() - begunNs) / 1e9;
        LOG.info(
                "{} queues were rebuilt from {} MiB of the old log, {} MiB/s",
                missing.size(),
                bytes >> 20,
                Math.round((bytes >> 20) / seconds));
    }

    private void take(MessageView message, long position) {
        MessageQueues.of(message, light, (topic, queue, queueOffset) -> {
            QueueUnitFile units = missing.get(new QueueId(topic, queue));
            if (units == null) {
                return;
            }
            try {
                units.take(queueOffset, position, message.totalSize(), tagsCodes.of(message));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
