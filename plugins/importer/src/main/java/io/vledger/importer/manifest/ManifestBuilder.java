package io.vledger.importer.manifest;

import io.vledger.api.origin.InitialState;
import io.vledger.importer.format.OriginFileException;
import io.vledger.importer.format.SegmentFiles;
import io.vledger.importer.inspect.ConsumeQueueDirectories;
import io.vledger.importer.inspect.DeletedTopics;
import io.vledger.importer.inspect.LogFacts;
import io.vledger.importer.inspect.OriginLocations;
import io.vledger.importer.inspect.QueueId;
import io.vledger.importer.inspect.Survey;
import io.vledger.importer.manifest.IntactConsumeQueues.IntactQueue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link OriginManifest} out of one broker's directories, which are only read. Two builds from the same directories are equal.
 * Blocks; one thread.
 */
public final class ManifestBuilder {

    private final String group;
    private final String node;
    private final OriginLocations at;
    private final long segmentBytes;
    private final Consumer<String> progress;
    private final List<String> notes = new ArrayList<>();

    /**
     * For one broker.
     *
     * @param segmentBytes of the group's own log
     * @param progress receives what is being done
     */
    public ManifestBuilder(
            String group, String node, OriginLocations at, long segmentBytes, Consumer<String> progress) {
        this.group = group;
        this.node = node;
        this.at = at;
        this.segmentBytes = segmentBytes;
        this.progress = progress;
    }

    /** Returns the digest of a file up to a length, if it is known already; else null. */
    @FunctionalInterface
    public interface KnownDigests {
        /** Nothing is known. */
        KnownDigests NONE = (position, length) -> null;

        /** The digest. */
        @Nullable
        String of(long position, long length);
    }

    /**
     * Makes it.
     *
     * @param survey what was found there
     * @param others what the other members reported, by node
     * @throws IOException with a text for people if the directories cannot be taken over
     */
    public OriginManifest build(Survey survey, Map<String, PeerConfig> others, KnownDigests digests)
            throws IOException {
        if (!survey.faults().isEmpty()) {
            throw new IOException(String.join("; ", survey.faults()));
        }
        notes.addAll(survey.notesOfItsOwn());
        survey.undelivered().pending().forEach((what, count) -> notes.add("the old broker had " + count + " " + what));
        try {
            LogFacts newest = survey.newest();
            long end = newest == null ? 0 : newest.end();
            List<LogFacts> logs = logs(survey);
            List<LogFile> log = files(logs, end);
            QueueReach.Found found;
            List<OriginManifest.File> files;
            try (OriginMessages messages = new OriginMessages(log)) {
                found = extents(logs, log, end, messages);
                files = files(log, end, found.extents().values(), messages, digests);
            }
            OriginState state = new OriginState(at.lightQueues(), notes);
            state.addDirectory(at.root().resolve("config"));
            others.forEach(state::addPeer);
            state.setBack(survey.undelivered().inFlight());
            state.halves(survey.undelivered().openHalves());
            state.timers(survey.undelivered().timers());
            SortedMap<QueueId, QueueInLog> extents =
                    new ExistingQueues(deletedTopics(state.knownTopics()), survey.queues(), notes).of(found);
            refuseHoles(found, extents);
            InitialState initial = state.state(found.extents().keySet(), extents, found.recreated());
            long fileBytes = newest == null ? 1 : newest.fileBytes();
            long position = roundUp(roundUp(end, fileBytes), segmentBytes);
            SortedMap<String, Long> holders = new TreeMap<>(Map.of(node, end));
            others.forEach((member, peer) -> holders.put(member, peer.reach()));
            return new OriginManifest(
                    group,
                    node,
                    holders,
                    new OriginManifest.Log(end, position, files),
                    queues(initial, extents),
                    initial,
                    notes);
        } catch (OriginFileException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private DeletedTopics deletedTopics(NamesByMember topics) throws IOException {
        return new DeletedTopics(
                topics.lastChangedMs(),
                topics::verdict,
                ConsumeQueueDirectories.of(at.root()).keySet());
    }

    /** Messages in between that only a consume queue could account for, of queues that somebody may read. */
    private void refuseHoles(QueueReach.Found found, SortedMap<QueueId, QueueInLog> existing) throws IOException {
        for (Map.Entry<QueueId, String> hole : found.holes().entrySet()) {
            QueueId id = hole.getKey();
            if (existing.containsKey(id) && existing.get(id).max() > 0) {
                throw new IOException(
                        "queue " + id.queue() + " of topic " + id.topic() + " lacks messages in the log of "
                                + at.root() + ": " + hole.getValue()
                                + ", and no consume queue of the old broker says rightly which it has; copy the log and"
                                + " consumequeue/" + id.topic() + " again from the old broker");
            }
        }
    }

    private static long roundUp(long value, long unit) {
        return (value + unit - 1) / unit * unit;
    }

    /** Without a gap: what lies before one has expired for RocketMQ too. */
    private static List<LogFacts> logs(Survey survey) throws OriginFileException {
        LogFacts classic = survey.logs().classic();
        LogFacts dledger = survey.logs().dledger();
        if (classic == null || dledger == null) {
            LogFacts only = survey.newest();
            return only == null ? List.of() : List.of(only);
        }
        long sealed = SegmentFiles.list(classic.directory()).endPosition();
        if (sealed != dledger.first()) {
            return List.of(dledger);
        }
        if (classic.end() < sealed) {
            throw new OriginFileException(
                    classic.directory(),
                    "is damaged at position " + classic.end() + " ("
                            + classic.walk().why() + "); bring a whole copy of it from another member");
        }
        return List.of(classic, dledger);
    }

    private static List<LogFile> files(List<LogFacts> logs, long end) throws OriginFileException {
        List<LogFile> files = new ArrayList<>();
        for (LogFacts facts : logs) {
            for (SegmentFiles.SegmentFile file :
                    SegmentFiles.list(facts.directory()).files()) {
                if (file.position() < end) {
                    files.add(new LogFile(file.path(), file.position(), file.length(), facts.framing()));
                }
            }
        }
        return files;
    }

    private QueueReach.Found extents(List<LogFacts> logs, List<LogFile> files, long end, OriginMessages messages)
            throws IOException, OriginFileException {
        long begin = files.isEmpty() ? end : files.get(0).position();
        SortedMap<QueueId, IntactQueue> intact =
                IntactConsumeQueues.find(at.root(), at.takesOverLightQueues(), begin, end, messages, notes);
        return new QueueReach(intact, notes)
                .find(logs.stream().map(LogFacts::queues).toList());
    }

    private List<OriginManifest.File> files(
            List<LogFile> log, long end, Collection<QueueInLog> queues, OriginMessages messages, KnownDigests digests)
            throws IOException {
        List<OriginManifest.File> files = new ArrayList<>();
        // The old broker's clock may have been set back: a file is as young as anything up to its end.
        long newestMs = -1;
        for (int i = 0; i < log.size(); i++) {
            LogFile file = log.get(i);
            long counted = Math.min(file.length(), end - file.position());
            String digest = digests.of(file.position(), counted);
            if (digest == null) {
                progress.accept("reading the log at position " + file.position() + " of " + end);
                digest = Digest.of(file.path(), counted);
            }
            // All of a file is at least as old as the first message of the next one. Never by the file's own times:
            // copies have others, and those of a stopped broker say nothing.
            boolean last = i + 1 == log.size();
            long bound = last ? lastStoredMs(file, queues, messages) : messages.firstStoredMs(log.get(i + 1));
            newestMs = Math.max(newestMs, bound);
            long known = bound < 0 ? Long.MAX_VALUE : newestMs;
            files.add(new OriginManifest.File(file.position(), file.length(), file.framing(), digest, known));
        }
        return files;
    }

    /** When the newest message from a file on was stored: the last of some queue. */
    private static long lastStoredMs(LogFile file, Collection<QueueInLog> queues, OriginMessages messages)
            throws IOException {
        long newestMs = -1;
        for (QueueInLog queue : queues) {
            if (queue.last() >= file.position()) {
                newestMs = Math.max(newestMs, messages.storedMs(queue.last()));
            }
        }
        return newestMs;
    }

    private static List<OriginManifest.Queue> queues(InitialState state, SortedMap<QueueId, QueueInLog> extents) {
        List<OriginManifest.Queue> queues = new ArrayList<>();
        for (InitialState.OriginTopic topic : state.topics()) {
            for (int id = 0; id < topic.maxOffsets().size(); id++) {
                QueueInLog extent = extents.get(new QueueId(topic.name(), id));
                if (extent != null && extent.max() > 0) {
                    queues.add(new OriginManifest.Queue(
                            topic.firstQueueKey() + id,
                            topic.name(),
                            id,
                            extent.min(),
                            extent.max(),
                            extent.first(),
                            extent.last()));
                }
            }
        }
        return queues;
    }
}
