package io.vledger.broker.retention;

import io.vledger.api.disk.Disk;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogStore.SegmentInfo;
import io.vledger.api.store.OriginFiles;
import io.vledger.api.store.OriginFiles.OriginFile;
import io.vledger.api.store.StoreException;
import io.vledger.broker.group.ColdReads;
import io.vledger.broker.retention.RetainedLog.LogFile;
import io.vledger.broker.retention.RetentionRules.Choice;
import io.vledger.broker.retention.RetentionRules.Situation;
import io.vledger.broker.retention.RetentionRules.Why;
import io.vledger.broker.state.BrokerState;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks every {@value #CHECK_MS} ms which files may be deleted by the {@link RetentionRules}, and deletes them: old ones on this member, the
 * group's own by a proposal if it was their age or size, and on this member alone if it was its disk. Loop only.
 */
public final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
    private static final int CHECK_MS = 10_000;
    /** RocketMQ's {@code MAX_MANUAL_DELETE_FILE_TIMES}. */
    private static final int MANUAL_PASSES = 20;

    private static final long MINUTE_MS = 60_000;
    private static final long FREED_AFTER_MS = 120_000;
    private static final long MIB = 1L << 20;

    private final Group group;
    private final BrokerState state;
    private final GroupStore store;
    private final ColdReads coldReads;
    private final Supplier<GroupConfig.Retention> settings;
    /** As they were when the last check began. */
    private GroupConfig.Retention config;

    private final LongSupplier clock;
    private RetentionRules rules;
    private final ZoneId zone;
    private final SegmentAges ages;
    private final List<LongSupplier> needed = new ArrayList<>();
    private final List<LongSupplier> neededUnlessFull = new ArrayList<>();
    private final List<LongUnaryOperator> counts = new ArrayList<>();
    private final LongAdder lost = new LongAdder();
    private boolean busy;
    private boolean stopped;
    /** The last reason that was logged, so that it is logged once. */
    private Why logged = Why.NONE;

    private boolean graceLogged;
    private boolean neededLogged;
    /** Passes left that delete expired files at any hour, because a tool asked for it. */
    private int manualPasses;

    private long forcedMs = Long.MIN_VALUE / 2;
    private long forcedUsedBytes;

    /**
     * For one group.
     *
     * @param settings those in force, asked at the beginning of each check
     * @param clock milliseconds since the epoch
     */
    public Retention(
            Group group,
            BrokerState state,
            GroupStore store,
            ColdReads coldReads,
            Supplier<GroupConfig.Retention> settings,
            ZoneId zone,
            LongSupplier clock) {
        this.group = group;
        this.state = state;
        this.store = store;
        this.coldReads = coldReads;
        this.settings = settings;
        this.config = settings.get();
        this.zone = zone;
        this.clock = clock;
        this.rules = new RetentionRules(config, zone);
        this.ages = new SegmentAges(store.log());
    }

    /**
     * Keeps what a feature still needs of the log, whatever its age and however full the disk is: the feature sees to it that this is
     * recent. Before {@link #start}.
     *
     * @param position asked on the loop before files are chosen: the log is kept from there on; {@link Long#MAX_VALUE} for nothing
     */
    public void keepFrom(LongSupplier position) {
        needed.add(position);
    }

    /**
     * As {@link #keepFrom}, but not where a disk is so full that writes are refused, and files go before their age: then what goes with them is
     * counted and named. Before {@link #start}.
     *
     * @param countBelow says how many messages that are needed lie below a position; asked on the loop before they go
     */
    public void keepUnlessFull(LongSupplier position, LongUnaryOperator countBelow) {
        neededUnlessFull.add(position);
        counts.add(countBelow);
    }

    /** How many needed messages went with files that a full disk cost on this member. Any thread. */
    public long lostMessages() {
        return lost.sum();
    }

    /** Starts checking, until the member stops. */
    public void start() {
        group.schedule(CHECK_MS, this::checkAndRepeat);
    }

    private void checkAndRepeat() {
        GroupRole role = group.status().role();
        stopped = role == GroupRole.STOPPED || role == GroupRole.FAILED;
        if (!stopped) {
            check();
            start();
        }
    }

    /**
     * Deletes expired files now, and as far as there are more of them in the next {@value #MANUAL_PASSES} passes, without waiting for an
     * hour of {@code deleteWhen}: what {@code executeDeleteFilesManually} does in RocketMQ. What is not expired, or is in the period of
     * grace after a take-over, stays.
     */
    public void deleteExpiredNow() {
        LOG.info("{}: a tool has asked to delete expired files at this hour", name());
        manualPasses = MANUAL_PASSES;
        graceLogged = false;
        check();
    }

    /** Checks now. */
    void check() {
        if (busy) {
            return;
        }
        busy = true;
        if (!config.equals(settings.get())) {
            config = settings.get();
            rules = new RetentionRules(config, zone);
        }
        boolean leads = state.leads();
        boolean anyHour = manualPasses > 0;
        manualPasses = Math.max(0, manualPasses - 1);
        List<SegmentInfo> segments = store.log().segments();
        long forced = lowest(needed);
        long unforced = Math.min(forced, lowest(neededUnlessFull));
        @Nullable Decision[] made = {null};
        Runnable decide = () -> {
            try {
                Situation now = situation(segments, leads, anyHour);
                Choice choice = allowed(now, rules.choose(now), segments, forced, unforced);
                if (choice.equals(Choice.NOTHING)) {
                    choice = allowed(now, rules.forced(now), segments, forced, unforced);
                }
                if (choice.why() != Why.DISK || !stillBeingFreed(now)) {
                    made[0] = new Decision(now, choice, endOf(choice, segments));
                }
            } catch (StoreException failure) {
                unreadable(failure);
            }
        };
        coldReads.run(decide, () -> {
            Decision decision = made[0];
            if (decision == null || stopped) {
                busy = false;
            } else {
                decided(decision, segments, unforced);
            }
        });
    }

    private void unreadable(StoreException failure) {
        LOG.warn("{}: retention cannot read the files: {}", name(), failure.getMessage());
    }

    /** What goes, up to which position, and what that was decided on. */
    private record Decision(Situation now, Choice choice, long end) {}

    private long endOf(Choice choice, List<SegmentInfo> segments) throws StoreException {
        if (choice.old() == 0) {
            return choice.own() == 0 ? 0 : segments.get(choice.own() - 1).endPosition();
        }
        List<OriginFile> files = store.originFiles().files();
        return choice.old() < files.size() ? files.get(choice.old()).position() : Long.MAX_VALUE;
    }

    private void decided(Decision decision, List<SegmentInfo> segments, long unforced) {
        Choice choice = decision.choice;
        if (choice.why() == Why.DISK) {
            countLost(decision, unforced);
        }
        Runnable carryOut = () -> {
            try {
                carryOut(decision.now, choice);
            } catch (StoreException failure) {
                unreadable(failure);
            }
        };
        coldReads.run(carryOut, () -> {
            busy = false;
            if (choice.own() > 0 && !stopped) {
                drop(segments.get(choice.own()).firstIndex(), choice.why() == Why.DISK || !state.leads());
            }
        });
    }

    /** Says by name which messages that are needed go because the disk is full. */
    private void countLost(Decision decision, long unforced) {
        if (decision.end <= unforced) {
            return;
        }
        long count = counts.stream()
                .mapToLong(each -> each.applyAsLong(decision.end))
                .sum();
        lost.add(count);
        if (count > 0) {
            RetainedLog log = decision.choice.old() > 0 ? decision.now.old() : decision.now.own();
            LOG.error(
                    "{}: {} holds {} messages that wait for their time, from position {} on, and goes with them: the disk is {} % full,"
                            + " over {} % (retention.diskFullPercent). This member cannot deliver them; others may still have them",
                    name(),
                    log.files().get(0).name(),
                    count,
                    unforced,
                    log.disk().usedPercent(),
                    config.diskFullPercent());
        }
    }

    private static long lowest(List<LongSupplier> positions) {
        return positions.stream().mapToLong(LongSupplier::getAsLong).min().orElse(Long.MAX_VALUE);
    }

    /** What of a choice holds nothing that is still needed. */
    private Choice allowed(Situation now, Choice choice, List<SegmentInfo> segments, long forced, long unforced)
            throws StoreException {
        boolean full = forcedDisk(now).usedPercent() > config.diskFullPercent();
        long keepFrom = choice.why() == Why.DISK && full ? forced : unforced;
        int own = 0;
        while (own < choice.own() && segments.get(own).endPosition() <= keepFrom) {
            own++;
        }
        int old = 0;
        List<OriginFile> files =
                choice.old() == 0 ? List.of() : store.originFiles().files();
        while (old < choice.old()
                && old + 1 < files.size()
                && files.get(old + 1).position() <= keepFrom) {
            old++;
        }
        if (own == choice.own() && old == choice.old()) {
            neededLogged &= choice.equals(Choice.NOTHING);
            return choice;
        }
        if (!neededLogged) {
            LOG.info("{}: the log is still needed from position {} on, so not all files go that may", name(), keepFrom);
        }
        neededLogged = true;
        return own + old == 0 ? Choice.NOTHING : new Choice(old, own, choice.why());
    }

    private String name() {
        return group.name();
    }

    private void drop(long index, boolean local) {
        if (local) {
            group.dropLocalPrefix(index);
        } else if (state.leads()) {
            LOG.info("{}: deleting messages before index {}", name(), index);
            busy = true;
            if (group.proposeDropPrefix(index, outcome -> busy = false) != null) {
                busy = false;
            }
        }
    }

    private Situation situation(List<SegmentInfo> segments, boolean leads, boolean anyHour) throws StoreException {
        long nowMs = clock.getAsLong();
        Disk.Space disk = store.space();
        OriginFiles old = store.originFiles();
        List<OriginFile> files = old.files();
        Disk.@Nullable Space otherDisk = files.isEmpty() ? null : old.otherDisk();
        RetainedLog oldLog = new RetainedLog(known(files, segments), otherDisk == null ? disk : otherDisk);
        RetainedLog own = new RetainedLog(own(segments, nowMs), disk);
        Situation now = new Situation(nowMs, oldLog, otherDisk == null, old.takenOverMs(), own, leads, anyHour);
        logGrace(now);
        return now;
    }

    private void logGrace(Situation now) {
        long endsMs = rules.graceEndsMs(now.takenOverMs());
        if (!graceLogged && now.old().candidates() > 0 && now.nowMs() < endsMs) {
            LOG.info(
                    "{}: {} files of the old log stay at least until {} (retention.originGraceHours), unless the disk is fuller"
                            + " than {} %",
                    name(),
                    now.old().files().size(),
                    Instant.ofEpochMilli(endsMs).atZone(zone).toLocalDateTime(),
                    config.diskForcePercent());
        }
        graceLogged = true;
    }

    /** If the age of a file is unknown, that of the next one bounds it: none of its messages is newer than any of theirs. */
    private List<LogFile> known(List<OriginFile> files, List<SegmentInfo> segments) {
        List<LogFile> known = new ArrayList<>();
        long later = segments.size() < 2 ? RetainedLog.UNKNOWN : ages.newestMs(segments, 0);
        for (int i = files.size() - 1; i >= 0; i--) {
            OriginFile file = files.get(i);
            later = file.lastStoredMs() == RetainedLog.UNKNOWN ? later : file.lastStoredMs();
            known.add(0, new LogFile(file.name(), file.bytes(), later));
        }
        return known;
    }

    /** Ages are read only as far as they matter: up to the first file that is too young. */
    private List<LogFile> own(List<SegmentInfo> segments, long nowMs) {
        List<LogFile> files = new ArrayList<>();
        boolean young = false;
        for (int i = 0; i < segments.size(); i++) {
            SegmentInfo segment = segments.get(i);
            long newestMs = RetainedLog.UNKNOWN;
            if (!young && i + 1 < segments.size()) {
                newestMs = ages.newestMs(segments, i);
                young = nowMs - newestMs <= config.hours() * 60L * MINUTE_MS;
            }
            files.add(
                    new LogFile("segment " + segment.position(), segment.endPosition() - segment.position(), newestMs));
        }
        return files;
    }

    /**
     * Whether the space of the last file that was deleted before its age is not free yet, because readers still hold it. RocketMQ
     * waits as long for readers ({@code destroyMapedFileIntervalForcibly}).
     */
    private boolean stillBeingFreed(Situation now) {
        return now.nowMs() - forcedMs < FREED_AFTER_MS && forcedDisk(now).usedBytes() >= forcedUsedBytes;
    }

    private static Disk.Space forcedDisk(Situation now) {
        return now.old().candidates() > 0 ? now.old().disk() : now.own().disk();
    }

    private void carryOut(Situation now, Choice choice) throws StoreException {
        if (choice.why() == Why.DISK) {
            forcedMs = now.nowMs();
            forcedUsedBytes = forcedDisk(now).usedBytes();
            warnForced(now, choice.old() > 0);
        } else if (choice.why() == Why.DISK_FILLED_BY_OTHERS && logged != Why.DISK_FILLED_BY_OTHERS) {
            LOG.warn(
                    "{}: the disk is {} % full, over {} % (retention.diskForcePercent), and deleting all that may be deleted would not"
                            + " bring it down: something else fills it. No message is deleted before its age. Free space on"
                            + " this disk; above {} % writes are refused",
                    name(),
                    Math.max(now.old().disk().usedPercent(), now.own().disk().usedPercent()),
                    config.diskForcePercent(),
                    config.diskFullPercent());
        }
        logged = choice.why();
        if (choice.old() > 0) {
            if (choice.why() != Why.DISK) {
                LOG.info(
                        "{}: deleting {} files of the old log, up to {}, by their {}; their newest message is {} old",
                        name(),
                        choice.old(),
                        now.old().files().get(choice.old() - 1).name(),
                        choice.why() == Why.AGE ? "age" : "size (retention.maxBytes)",
                        age(now, now.old().files().get(choice.old() - 1)));
            }
            store.originFiles().dropFirst(choice.old());
        }
    }

    private void warnForced(Situation now, boolean old) {
        RetainedLog log = old ? now.old() : now.own();
        LogFile file = log.files().get(0);
        LOG.warn(
                "{}: deleting {} ({}) before its age, on this member: the disk is {} % full, over {} % (retention.diskForcePercent). It"
                        + " has {} MiB, and its newest message is {} old; {} h were to be kept. Free space on this disk, or"
                        + " set retention.forced to false, if it should stay",
                name(),
                file.name(),
                old ? "old log" : "own log",
                log.disk().usedPercent(),
                config.diskForcePercent(),
                file.bytes() / MIB,
                age(now, file),
                config.hours());
    }

    private static String age(Situation now, LogFile file) {
        if (file.newestMs() == RetainedLog.UNKNOWN) {
            return "of unknown age, so not";
        }
        long minutes = Math.max(0, now.nowMs() - file.newestMs()) / MINUTE_MS;
        return minutes / 60 + " h " + minutes % 60 + " min";
    }
}
