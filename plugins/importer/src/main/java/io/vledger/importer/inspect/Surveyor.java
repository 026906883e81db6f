package io.vledger.importer.inspect;

import io.vledger.importer.format.BrokerLock;
import io.vledger.importer.format.ConsumeQueueFiles;
import io.vledger.importer.format.Damage;
import io.vledger.importer.format.Damage.Range;
import io.vledger.importer.format.DledgerIndex;
import io.vledger.importer.format.Framing;
import io.vledger.importer.format.MessageQueues;
import io.vledger.importer.format.OriginFileException;
import io.vledger.importer.format.QueueExtent;
import io.vledger.importer.format.SegmentFiles;
import io.vledger.importer.format.SegmentWalk;
import io.vledger.importer.format.TagsCodes;
import io.vledger.importer.inspect.Finding.Kind;
import io.vledger.protocol.message.SysFlag;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Surveys one old broker. Each thing that forbids taking it over is a finding in the survey, so that a person sees all of them
 * at once.
 */
public final class Surveyor {
    private final OriginLocations at;
    private final long acceptedEnd;
    private final LogReferences references;
    private final Findings findings = new Findings();
    private final SortedMap<QueueId, QueueExtent> walked = new TreeMap<>();
    private final Map<QueueId, Long> lastStoredMs = new HashMap<>();
    private final boolean light;
    private final QueueChecksums checksums;
    private DledgerIndex.Behind index = DledgerIndex.Behind.NOTHING;

    /**
     * A surveyor.
     *
     * @param acceptedEnd position at which somebody accepted that the log ends there, whatever lies or is missing behind it; -1 if
     *     nobody did
     */
    public Surveyor(OriginLocations at, long acceptedEnd) {
        this.at = at;
        this.acceptedEnd = acceptedEnd;
        this.references = new LogReferences(at);
        this.light = at.takesOverLightQueues();
        this.checksums = new QueueChecksums(new TagsCodes(at.delayLevels()), light);
    }

    /** What the log that was surveyed says of its queues' units. */
    public QueueChecksums checksums() {
        return checksums;
    }

    /** Surveys. Reads and checks all of the log; takes as long as the disk needs for that. */
    public Survey survey() {
        at.refusals().forEach(text -> findings.add(Kind.UNSUPPORTED, text));
        refuseWhatIsRunning();
        OriginConfig config = OriginConfig.read(at.root().resolve("config"), at.lightQueues(), findings);
        UndeliveredScan undelivered = new UndeliveredScan(at.root(), config, findings);
        SegmentFiles classicFiles = list(at.commitLog());
        SegmentFiles dledgerFiles = list(at.dledgerData());
        LogFacts classic = walk(classicFiles, Framing.CLASSIC, undelivered);
        LogFacts dledger = walk(dledgerFiles, Framing.DLEDGER, undelivered);
        readIndex(dledger);
        if (classic != null && dledger != null && classicFiles.endPosition() != dledger.first()) {
            // DLedger's first file begins where the classic log was sealed, and later with the oldest it kept.
            if (classicFiles.endPosition() > dledger.first()) {
                findings.add(
                        Kind.CONFLICTING_LOGS,
                        at.commitLog() + " reaches beyond the start of " + at.dledgerData()
                                + ": a classic broker wrote here after the group had begun; decide which of both counts and move the"
                                + " other away");
            } else {
                findings.note("between " + at.commitLog() + " and " + at.dledgerData() + " files have expired");
            }
        }
        SortedMap<QueueId, QueueExtent> queues = queues(classic, dledger);
        warnOfOffsets(config, queues);
        TailDamage tailDamage = null;
        if (messages(classic) + messages(dledger) > 0) {
            tailDamage = tailDamage(classic, dledger);
        } else if (findings.list().stream().noneMatch(Finding::refuses)) {
            refuseMissingLog(config, dledger != null ? dledger : classic);
        }
        UnsupportedFeatures features = new UnsupportedFeatures(at, findings);
        features.inspect(config, queues, walked.keySet());
        leaveOutWhatWasDeleted(config, queues);
        SortedMap<String, SortedMap<QueueId, SortedSet<Long>>> inFlight = undelivered.unacknowledged(queues);
        new DeliveryFindings(features, config, inFlight, findings).inspect(undelivered, queues);
        boolean cleanStop = !Files.exists(at.root().resolve("abort"));
        if (!cleanStop) {
            findings.note("the broker was killed, or is running: " + at.root().resolve("abort") + " is there");
        }
        return new Survey(
                at,
                kind(classic, dledger),
                cleanStop,
                new Survey.Logs(classic, dledger, dledger == null ? null : vote(), tailDamage, references.reach()),
                queues,
                new Survey.Config(config.topics(), config.groups(), config.offsets()),
                new Survey.UndeliveredMessages(
                        PendingSummary.of(config, queues, undelivered),
                        inFlight,
                        undelivered.openHalves(),
                        undelivered.timers()),
                findings.list());
    }

    private void leaveOutWhatWasDeleted(OriginConfig config, SortedMap<QueueId, QueueExtent> queues) {
        try {
            long changedMs = OriginConfig.topicsChangedMs(at.root().resolve("config"));
            new DeletedTopics(
                            changedMs,
                            topic -> config.topics().containsKey(topic) ? NameVerdict.EXISTS : NameVerdict.DELETED,
                            ConsumeQueueDirectories.of(at.root()).keySet())
                    .leaveOut(queues, lastStoredMs, findings);
        } catch (IOException e) {
            findings.add(Kind.UNREADABLE, at.root().resolve("consumequeue") + " cannot be read: " + e.getMessage());
        }
    }

    private static Survey.Kind kind(@Nullable LogFacts classic, @Nullable LogFacts dledger) {
        if (dledger != null) {
            return classic == null ? Survey.Kind.DLEDGER : Survey.Kind.DLEDGER_AFTER_CLASSIC;
        }
        return classic == null ? Survey.Kind.EMPTY : Survey.Kind.CLASSIC;
    }

    private void refuseWhatIsRunning() {
        try {
            String holder = BrokerLock.holder(at.root());
            if (holder != null) {
                findings.add(Kind.HELD_BY_RUNNING_BROKER, holder);
            }
        } catch (IOException e) {
            findings.note(at.root() + ": whether a broker runs here could not be found out: " + e.getMessage());
        }
    }

    private @Nullable SegmentFiles listOrRefuse(Path directory) {
        try {
            return SegmentFiles.list(directory);
        } catch (OriginFileException e) {
            findings.add(Kind.GAP, String.valueOf(e.getMessage()));
            return null;
        }
    }

    private SegmentFiles list(Path directory) {
        SegmentFiles files = listOrRefuse(directory);
        if (files == null) {
            return SegmentFiles.none(directory);
        }
        findings.notes(files.notes());
        return files;
    }

    private @Nullable LogFacts walk(SegmentFiles files, Framing framing, UndeliveredScan undelivered) {
        if (files.isEmpty()) {
            return null;
        }
        try {
            QueueRuns runs = new QueueRuns();
            SegmentWalk.End end = new SegmentWalk(files, framing)
                    .from(files.firstPosition(), (message, position, index, term) -> {
                        undelivered.take(message);
                        if (SysFlag.queued(message.sysFlag())) {
                            long storedMs = message.storeTimestamp();
                            MessageQueues.of(message, light, (topic, id, queueOffset) -> {
                                QueueId queue = new QueueId(topic, id);
                                lastStoredMs.put(queue, storedMs);
                                runs.add(queue, queueOffset, position, storedMs);
                                // A queue whose topic was deleted and created again begins with 0 again.
                                walked.merge(
                                        queue,
                                        new QueueExtent(queueOffset, queueOffset + 1),
                                        (before, next) -> next.min() == 0 ? next : before.and(next));
                            });
                            checksums.add(message, position);
                        }
                    });
            if (end.damage() == null && end.strayBytes() > 0) {
                findings.add(
                        Kind.TORN_TAIL,
                        files.directory() + ": " + end.strayBytes() + " bytes behind position " + end.end()
                                + " are of an unfinished write (" + end.why() + ") and do not count");
            }
            return new LogFacts(
                    files.directory(),
                    framing,
                    files.files().size(),
                    files.fileBytes(),
                    files.firstPosition(),
                    end,
                    runs);
        } catch (OriginFileException e) {
            findings.add(Kind.UNREADABLE, String.valueOf(e.getMessage()));
            return null;
        }
    }

    private void readIndex(@Nullable LogFacts dledger) {
        Path directory = at.dledgerData().resolveSibling("index");
        if (dledger != null && dledger.walk().newest().index() >= 0 && Files.isDirectory(directory)) {
            try {
                index = DledgerIndex.behind(directory, dledger.walk());
            } catch (OriginFileException e) {
                findings.note(e.getMessage() + " (DLedger's own index; it is not needed)");
            }
        }
    }

    private @Nullable TailDamage tailDamage(@Nullable LogFacts classic, @Nullable LogFacts dledger) {
        LogFacts newest = dledger != null ? dledger : classic;
        LogFacts broken = classic != null && classic.walk().damage() != null ? classic : newest;
        if (newest == null || broken == null) {
            return null;
        }
        long end = broken.end();
        long queues = references.reach();
        boolean queuesBehind = queues > newest.end();
        Damage damage = broken.walk().damage();
        if (damage != null) {
            long reach = Math.max(Math.max(damage.reach(), newest.end()), queues);
            String text = broken.directory() + " is damaged at position " + end + " ("
                    + broken.walk().why() + "), and "
                    + damage.lost() + " follow, so what is wrong lies in the middle of the log"
                    + (queuesBehind ? "; " + references.furthest() + " points up to position " + queues : "");
            return accepted(Kind.DAMAGED, new TailDamage(end, reach, damage.unreadable(), damage.scattered(), text));
        }
        if (queuesBehind) {
            String text = broken.directory() + " ends at position " + end + ", and " + references.furthest()
                    + " points up to position " + queues + ": " + references.missing();
            return accepted(Kind.CUT_SHORT, new TailDamage(end, queues, List.of(new Range(end, queues)), false, text));
        }
        if (index.reach() > newest.end()) {
            long reach = index.reach();
            String text = broken.directory() + " ends at position " + end + ", and DLedger's index "
                    + at.dledgerData().resolveSibling("index") + " has " + index.entries()
                    + " entries behind it, up to position " + reach;
            return accepted(Kind.CUT_SHORT, new TailDamage(end, reach, List.of(new Range(end, reach)), false, text));
        }
        if (broken.walk().newest().storedMs() >= 0
                && references.checkpointMs() > broken.walk().newest().storedMs()) {
            // Where it ended is not known; that anything was there is enough for another member to have it.
            String text = broken.directory() + " ends at position " + end + " with a message of "
                    + broken.walk().newest().storedMs() + " (milliseconds since 1970), and "
                    + at.root().resolve("checkpoint")
                    + " knows of one of " + references.checkpointMs();
            return accepted(
                    Kind.CUT_SHORT, new TailDamage(end, end + 1, List.of(new Range(end, end + 1)), false, text));
        }
        return null;
    }

    private @Nullable TailDamage accepted(Kind kind, TailDamage broken) {
        if (broken.end() == acceptedEnd) {
            findings.add(Kind.KEPT, broken.text() + "; accepted by legacyAcceptDamage: the log ends there");
            return null;
        }
        String text = broken.text() + "; bring the files back whole, or, to give up what lies behind position "
                + broken.end() + ", write legacyAcceptDamage=" + broken.end() + " into this member's file";
        findings.add(kind, text);
        return new TailDamage(broken.end(), broken.reach(), broken.unreadable(), broken.scattered(), text);
    }

    /** A broker that ever had a message keeps the last file of its log. */
    private void refuseMissingLog(OriginConfig config, @Nullable LogFacts empty) {
        List<String> witnesses = new ArrayList<>(references.witnesses(config));
        List<Path> others = references.otherLogs();
        if (witnesses.isEmpty() && others.isEmpty()) {
            return;
        }
        others.forEach(other -> witnesses.add(other + " has a log that the settings do not name"));
        String text = "there is no message in " + at.commitLog() + state(at.commitLog()) + " nor in " + at.dledgerData()
                + state(at.dledgerData()) + ", and there was one: " + String.join("; ", witnesses);
        long end = empty == null ? 0 : empty.end();
        if (acceptedEnd == end) {
            findings.add(Kind.KEPT, text + "; accepted by legacyAcceptDamage: there was no message");
        } else {
            findings.add(
                    Kind.MISSING_LOG,
                    text + ". Is a disk not mounted, or do storePathCommitLog, storePathRootDir or dLegerSelfId name"
                            + " another place than the old broker's? If there never was a message, write legacyAcceptDamage="
                            + end + " into this member's file");
        }
    }

    private static String state(Path directory) {
        return Files.isDirectory(directory) ? "" : " (which does not exist)";
    }

    private static long messages(@Nullable LogFacts log) {
        return log == null ? 0 : log.walk().messages();
    }

    /** From the consume queues where they are sound, and from the log. */
    private SortedMap<QueueId, QueueExtent> queues(@Nullable LogFacts classic, @Nullable LogFacts dledger) {
        SortedMap<QueueId, QueueExtent> queues = new TreeMap<>();
        LogFacts oldest = classic != null ? classic : dledger;
        LogFacts newest = dledger != null ? dledger : classic;
        if (oldest != null && newest != null) {
            readQueueFiles(queues, oldest.first(), newest.end());
        } else {
            readQueueFiles(new TreeMap<>(), 0, 0);
        }
        walked.forEach((id, extent) -> {
            QueueExtent known = queues.get(id);
            if (known == null) {
                queues.put(id, extent);
            } else if (known.max() < extent.max()) {
                findings.note("queue " + id.queue() + " of " + id.topic() + ": its index ends at " + known.max()
                        + ", the log has messages up to " + extent.max() + "; the log counts");
                queues.put(id, new QueueExtent(Math.min(known.min(), extent.min()), extent.max()));
            }
        });
        return queues;
    }

    private void readQueueFiles(SortedMap<QueueId, QueueExtent> queues, long first, long end) {
        queueDirectories().forEach((id, queue) -> {
            try {
                SegmentFiles files = SegmentFiles.list(queue);
                if (!files.isEmpty()) {
                    ConsumeQueueFiles units = new ConsumeQueueFiles(files);
                    QueueExtent extent = units.extent(first, end);
                    queues.put(id, extent);
                    references.add(queue, id, units, extent.max());
                    noteDamage(queue, id, units, extent);
                }
            } catch (OriginFileException e) {
                findings.note(e.getMessage() + " (it is rebuilt from the log)");
            }
        });
    }

    /** Of the last chunk of a queue that ends before the log does, nothing is known. */
    private void noteDamage(Path queue, QueueId id, ConsumeQueueFiles units, QueueExtent extent)
            throws OriginFileException {
        QueueExtent inLog = walked.get(id);
        if (inLog == null || extent.min() >= extent.max() || inLog.min() > extent.min()) {
            return;
        }
        long right = checksums.firstUnconfirmed(id, units, extent.min(), extent.max());
        boolean lags = extent.max() < inLog.max()
                && right / QueueChecksums.CHUNK_UNITS == (extent.max() - 1) / QueueChecksums.CHUNK_UNITS;
        if (right < extent.max() && !lags && !units.unit(right).extended()) {
            findings.note(queue + " has units that are not what the log says, from queue offset " + right
                    + " on or shortly behind; they are rebuilt from the log");
        }
    }

    private SortedMap<QueueId, Path> queueDirectories() {
        try {
            return ConsumeQueueDirectories.of(at.root());
        } catch (IOException e) {
            findings.note(at.root().resolve("consumequeue") + " cannot be read: " + e.getMessage());
            return new TreeMap<>();
        }
    }

    private Survey.Vote vote() {
        Path home = at.dledgerData().getParent() == null
                ? at.dledgerData()
                : at.dledgerData().getParent();
        Properties term = properties(home.resolve("currterm"));
        Properties checkpoint = properties(home.resolve("checkpoint"));
        return new Survey.Vote(
                number(term, "currTerm", 0),
                term.getProperty("voteLeader", "").trim(),
                number(checkpoint, "committedIndex", -1));
    }

    private Properties properties(Path file) {
        Properties properties = new Properties();
        if (Files.isRegularFile(file)) {
            try (Reader reader = Files.newBufferedReader(file)) {
                properties.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                findings.note(file + " cannot be read: " + e.getMessage());
            }
        }
        return properties;
    }

    private static long number(Properties properties, String key, long otherwise) {
        String text = properties.getProperty(key, "").trim();
        return text.matches("-?\\d{1,18}") ? Long.parseLong(text) : otherwise;
    }

    private void warnOfOffsets(OriginConfig config, SortedMap<QueueId, QueueExtent> queues) {
        for (Map.Entry<String, SortedMap<QueueId, Long>> group :
                config.offsets().entrySet()) {
            group.getValue().forEach((queue, offset) -> {
                QueueExtent extent = queues.getOrDefault(queue, new QueueExtent(0, 0));
                if (offset > extent.max()) {
                    findings.note("group " + group.getKey() + " stands at " + offset + " in queue " + queue.queue()
                            + " of " + queue.topic() + ", behind its end " + extent.max());
                }
            });
        }
    }
}
