package io.vledger.broker.retention;

import io.vledger.api.disk.Disk;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.broker.retention.RetainedLog.LogFile;
import java.time.Instant;
import java.time.ZoneId;

/**
 * Which files may be deleted. Pure.
 *
 * <p>As RocketMQ: files whose newest message is past its age go at the hours of {@code deleteWhen}, and at any hour while the disk is
 * fuller than {@code diskMaxUsedPercent}, {@value #MAX_FILES} at a time; above {@code diskForcePercent} files go before their age.
 * Other than RocketMQ: by the age of messages and not by the files' times; before their age only one at a time, and only if what may
 * go would help; and nothing by age or size until a period of grace after a take-over has passed.
 */
final class RetentionRules {
    /** Most files that are deleted at once: RocketMQ's {@code deleteFileBatchMax}. */
    static final int MAX_FILES = 10;

    private static final long HOUR_MS = 3_600_000;

    private final GroupConfig.Retention config;
    private final ZoneId zone;

    RetentionRules(GroupConfig.Retention config, ZoneId zone) {
        this.config = config;
        this.zone = zone;
    }

    /** Why files are deleted. */
    enum Why {
        /** None is deleted. */
        NONE,
        /** Their newest message is past its age. */
        AGE,
        /** The log is larger than configured. */
        SIZE,
        /** The disk is too full. */
        DISK,
        /** The disk is too full, and deleting would not help: others fill it. None goes. */
        DISK_FILLED_BY_OTHERS
    }

    /** What is deleted, from the old log or from the group's own. At most one of the counts is not 0. */
    record Choice(int old, int own, Why why) {
        static final Choice NOTHING = new Choice(0, 0, Why.NONE);
    }

    /**
     * What is decided on.
     *
     * @param nowMs milliseconds since the epoch
     * @param old the files of the old log that are left
     * @param oldOnOwnDisk whether they lie on the group's disk
     * @param takenOverMs when the old log was taken over
     * @param own the group's own segments
     * @param leads whether this member leads; one that does not cares for its own disk only
     * @param anyHour whether a tool has asked to delete expired files without waiting for an hour of {@code deleteWhen}
     */
    record Situation(
            long nowMs,
            RetainedLog old,
            boolean oldOnOwnDisk,
            long takenOverMs,
            RetainedLog own,
            boolean leads,
            boolean anyHour) {}

    /** The files to delete now. */
    Choice choose(Situation now) {
        if (!inGrace(now)) {
            Choice regular = old(now) ? regular(now, now.old()) : regular(now, now.own());
            if (!regular.equals(Choice.NOTHING)) {
                return regular;
            }
        }
        return forced(now);
    }

    /** Until when everything stays that can, milliseconds since the epoch. */
    long graceEndsMs(long takenOverMs) {
        return takenOverMs + config.originGraceHours() * HOUR_MS;
    }

    private boolean inGrace(Situation now) {
        return !now.old().files().isEmpty() && now.nowMs() < graceEndsMs(now.takenOverMs());
    }

    /** Whether files of the old log may still go: they go first. */
    private static boolean old(Situation now) {
        return now.old().candidates() > 0;
    }

    private Choice regular(Situation now, RetainedLog log) {
        boolean decides = now.leads() || old(now);
        boolean reclaim = log.disk().usedPercent() > config.diskMaxUsedPercent();
        if (reclaim || (decides && (now.anyHour() || isTimeToDelete(now.nowMs())))) {
            int count = pastAge(log, now.nowMs());
            if (count > 0) {
                return choice(now, count, Why.AGE);
            }
        }
        int count = decides ? tooMuch(now, log) : 0;
        return count > 0 ? choice(now, count, Why.SIZE) : Choice.NOTHING;
    }

    private static Choice choice(Situation now, int count, Why why) {
        return old(now) ? new Choice(count, 0, why) : new Choice(0, count, why);
    }

    private boolean isTimeToDelete(long nowMs) {
        return config.deleteWhen()
                .contains(Instant.ofEpochMilli(nowMs).atZone(zone).getHour());
    }

    private int pastAge(RetainedLog log, long nowMs) {
        int bound = Math.min(MAX_FILES, log.candidates());
        int count = 0;
        while (count < bound && isPastAge(log.files().get(count), nowMs)) {
            count++;
        }
        return count;
    }

    private boolean isPastAge(LogFile file, long nowMs) {
        return file.newestMs() != RetainedLog.UNKNOWN && nowMs - file.newestMs() > config.hours() * HOUR_MS;
    }

    private int tooMuch(Situation now, RetainedLog log) {
        if (config.maxBytes() == 0) {
            return 0;
        }
        long total = now.old().bytes(now.old().files().size())
                + now.own().bytes(now.own().files().size());
        int count = 0;
        while (count < log.candidates() && total > config.maxBytes()) {
            total -= log.files().get(count).bytes();
            count++;
        }
        return count;
    }

    /** The files to delete now only because a disk is too full. */
    Choice forced(Situation now) {
        if (!config.forced()) {
            return Choice.NOTHING;
        }
        if (old(now)) {
            long helping = now.old().candidateBytes();
            if (now.oldOnOwnDisk()) {
                helping += now.own().candidateBytes();
            }
            Choice choice = forced(now, now.old().disk(), helping);
            // Files on another disk do not help ours, and ours do not go before them: there would be a gap.
            boolean ownDiskStillFull = !now.oldOnOwnDisk()
                    && choice.equals(Choice.NOTHING)
                    && tooFull(now.own().disk());
            return ownDiskStillFull ? new Choice(0, 0, Why.DISK_FILLED_BY_OTHERS) : choice;
        }
        return forced(now, now.own().disk(), now.own().candidateBytes());
    }

    private Choice forced(Situation now, Disk.Space disk, long helpingBytes) {
        if (!tooFull(disk)) {
            return Choice.NOTHING;
        }
        boolean refusing = disk.usedPercent() > config.diskFullPercent();
        int goal = refusing ? config.diskFullPercent() : config.diskForcePercent();
        if (helpingBytes == 0 || disk.usedPercentWithout(helpingBytes) > goal) {
            return new Choice(0, 0, Why.DISK_FILLED_BY_OTHERS);
        }
        return choice(now, 1, Why.DISK);
    }

    private boolean tooFull(Disk.Space disk) {
        return disk.usedPercent() > config.diskForcePercent();
    }
}
