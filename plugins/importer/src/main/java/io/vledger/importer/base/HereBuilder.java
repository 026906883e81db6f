package io.vledger.importer.base;

import io.vledger.importer.base.SoundQueues.Sound;
import io.vledger.importer.legacy.ConsumeQueueFiles;
import io.vledger.importer.legacy.LegacyException;
import io.vledger.importer.legacy.SegmentFiles;
import io.vledger.importer.legacy.TagsCodes;
import io.vledger.importer.survey.Locations;
import io.vledger.importer.survey.QueueChecksums;
import io.vledger.importer.survey.QueueId;
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
 * Finds the units of every queue of a base on this node: in its own consume queues where they are sound and reach as far, and for
 * the rest in files that are rebuilt from the log. Blocks; one thread.
 */
public final class HereBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(HereBuilder.class);
    private static final int NAME_CHARS = 16;

    private final Base base;
    /** Begins what the base is called by: units of another one must not be taken for this one's. */
    private final String made;

    private final Path root;
    private final TagsCodes tagsCodes;
    private final Path directory;
    private final Consumer<String> progress;
    private final Map<Long, List<Here.Units>> runs = new HashMap<>();
    private final Map<QueueId, UnitFile> missing = new HashMap<>();
    private final List<Later> later = new ArrayList<>();
    private final RunChecksums runChecksums = new RunChecksums();
    private long walkFrom = Long.MAX_VALUE;
    /** Position of the first file that has not expired. */
    private long begin;

    private interface Later {
        void run() throws IOException;
    }

    /**
     * For one node.
     *
     * @param at where the old broker kept its data on this node; need not exist
     * @param directory the origin's own directory
     * @param progress is told what is done
     */
    public HereBuilder(Base base, Locations at, Path directory, Consumer<String> progress) {
        this.base = base;
        this.made = BaseFiles.identity(BaseFiles.encode(base)).substring(0, NAME_CHARS);
        this.root = at.root();
        this.tagsCodes = new TagsCodes(at.delayLevels());
        this.directory = directory;
        this.progress = progress;
    }

    /**
     * Builds.
     *
     * @param log path of each file of the old log by its position, all with the bytes that the base tells; the first ones are
     *     left out if they have expired
     * @param keyFiles index files, oldest first
     * @param known what this log says of its queues' units; null if it was not read yet
     * @throws IOException if files cannot be read or written, or the log does not have what the base says
     */
    public Here build(Map<Long, Path> log, List<Path> keyFiles, @Nullable QueueChecksums known) throws IOException {
        List<LogFile> files = new ArrayList<>();
        for (Base.File file : base.files()) {
            Path path = log.get(file.position());
            if (path == null && files.isEmpty()) {
                continue;
            }
            if (path == null) {
                throw new IOException("there is no file for position " + file.position() + " of the old log");
            }
            files.add(new LogFile(path, file.position(), file.length(), file.framing()));
        }
        try (OldMessages messages = new OldMessages(files)) {
            List<String> notes = new ArrayList<>();
            begin = files.isEmpty() ? base.end() : files.get(0).position();
            SortedMap<QueueId, Sound> sound = SoundQueues.find(root, begin, base.end(), messages, notes);
            notes.forEach(note -> LOG.info("{}", note));
            QueueChecksums checksums = known == null && !sound.isEmpty() ? checksums(files) : known;
            for (Base.Queue queue : base.queues()) {
                QueueId id = new QueueId(queue.topic(), queue.id());
                Sound own = sound.get(id);
                boolean used = own != null && checksums != null && covers(own, queue);
                cover(queue, used ? own : null, used ? confirmed(own, queue, id, checksums, messages) : queue.min());
            }
            if (!missing.isEmpty()) {
                rebuild(files);
            }
            for (Later each : later) {
                each.run();
            }
        } catch (LegacyException e) {
            throw new IOException(e.getMessage(), e);
        }
        return new Here(log, runs, keyFiles);
    }

    /** Whether units of this node are those of the queue, and not of one of its name that was deleted before. */
    private static boolean covers(Sound sound, Base.Queue queue) throws LegacyException {
        return sound.min() <= queue.min()
                && sound.max() > queue.min()
                && sound.position(queue.min()) == queue.first()
                && (sound.max() < queue.max() || sound.position(queue.max() - 1) == queue.last());
    }

    /** Reads the log for what it says of its queues' units. */
    private QueueChecksums checksums(List<LogFile> files) throws LegacyException {
        QueueChecksums checksums = new QueueChecksums(tagsCodes);
        for (LogFile file : files) {
            progress.accept("verifying the queues by the log, at position " + file.position() + " of " + base.end());
            file.walk((message, position, index, term) -> {
                if (position < base.end() && SysFlag.queued(message.sysFlag())) {
                    checksums.add(message, position);
                }
            });
        }
        return checksums;
    }

    /** Up to which queue offset units of this node are what the log says. */
    private long confirmed(Sound sound, Base.Queue queue, QueueId id, QueueChecksums checksums, OldMessages messages)
            throws LegacyException, IOException {
        ConsumeQueueFiles units = new ConsumeQueueFiles(sound.files());
        long to = Math.min(sound.max(), queue.max());
        long confirmed = checksums.firstUnconfirmed(id, units, queue.min(), to);
        long chunkEnd = (confirmed / QueueChecksums.CHUNK_UNITS + 1) * QueueChecksums.CHUNK_UNITS;
        // The last chunk of a queue that lags has no checksum, and of a damaged one the units before the damage can be
        // used.
        while (confirmed < Math.min(to, chunkEnd)
                && messages.isThere(units.unit(confirmed), id, confirmed, tagsCodes)) {
            confirmed++;
        }
        if (confirmed < to) {
            LOG.warn(
                    "{}: the unit of queue offset {} is not what the log says; it is rebuilt with all behind it",
                    sound.files().directory(),
                    confirmed);
        }
        return confirmed;
    }

    /** @param covered up to which queue offset this node's own units are used; the queue's min if none are */
    private void cover(Base.Queue queue, @Nullable Sound sound, long covered) throws LegacyException, IOException {
        List<Here.Units> units = new ArrayList<>();
        if (sound != null) {
            for (SegmentFiles.SegmentFile file : sound.files().files()) {
                long first = file.position() / ConsumeQueueFiles.UNIT_BYTES;
                long from = Math.max(first, queue.min());
                long to = Math.min(file.end() / ConsumeQueueFiles.UNIT_BYTES, covered);
                if (from < to) {
                    units.add(runChecksums.add(file.path().toAbsolutePath(), first, from, to));
                }
            }
        }
        if (covered < queue.max()) {
            boolean fromSomewhere = covered == queue.min() && begin > base.begin();
            missing(queue, covered, fromSomewhere, units);
            walkFrom =
                    Math.min(walkFrom, covered > queue.min() && sound != null ? sound.positionBehind(covered) : begin);
        }
        runs.put(queue.key(), units);
    }

    /** Which of its first messages have expired is seen only by what is left. */
    private void missing(Base.Queue queue, long covered, boolean fromSomewhere, List<Here.Units> units)
            throws IOException {
        Path file = directory
                .resolve("queues")
                .resolve(queue.key() + "-" + (fromSomewhere ? "left" : covered) + "-" + made)
                .toAbsolutePath();
        UnitFile again = new UnitFile(file, covered, queue.max(), fromSomewhere);
        missing.put(new QueueId(queue.topic(), queue.id()), again);
        later.add(() -> {
            if (again.from() < queue.max()) {
                units.add(runChecksums.add(file, again.from(), again.from(), queue.max()));
            }
        });
    }

    private void rebuild(List<LogFile> files) throws LegacyException, IOException {
        long begunNs = System.nanoTime();
        long bytes = 0;
        try {
            for (LogFile file : files) {
                if (file.end() <= walkFrom) {
                    continue;
                }
                progress.accept("rebuilding " + missing.size() + " queues from the log, at position " + file.position()
                        + " of " + base.end());
                file.walk((message, position, index, term) -> {
                    if (position < base.end() && SysFlag.queued(message.sysFlag())) {
                        take(message, position);
                    }
                });
                bytes += Math.min(file.length(), base.end() - file.position());
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        for (Map.Entry<QueueId, UnitFile> each : missing.entrySet()) {
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
        UnitFile units = missing.get(new QueueId(message.topic(), message.queueId()));
        if (units == null) {
            return;
        }
        try {
            units.take(message.queueOffset(), position, message.totalSize(), tagsCodes.of(message));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
