package io.vledger.broker.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.disk.Disk;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.broker.retention.RetainedLog.LogFile;
import io.vledger.broker.retention.RetentionRules.Choice;
import io.vledger.broker.retention.RetentionRules.Situation;
import io.vledger.broker.retention.RetentionRules.Why;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetentionRulesTest {
    private static final long MIB = 1L << 20;
    private static final long HOUR_MS = 3_600_000;
    private static final ZoneId ZONE = ZoneId.of("Asia/Shanghai");
    private static final RetainedLog NONE = new RetainedLog(List.of(), disk(10));

    private static long at(int hour) {
        return LocalDateTime.of(2026, 3, 5, hour, 30).atZone(ZONE).toInstant().toEpochMilli();
    }

    /** A disk of 400 MiB that is so full. */
    private static Disk.Space disk(int usedPercent) {
        return new Disk.Space((100L - usedPercent) * 4 * MIB, 400L * MIB);
    }

    private static RetentionRules rules(int graceHours) {
        return new RetentionRules(new GroupConfig.Retention(72, 0, List.of(4), 75, 85, true, 90, graceHours), ZONE);
    }

    private static final RetentionRules RULES = rules(72);

    private static RetainedLog log(Disk.Space disk, long fileBytes, long... newestMs) {
        List<LogFile> files = new ArrayList<>();
        for (long newest : newestMs) {
            files.add(new LogFile("f" + files.size(), fileBytes, newest));
        }
        return new RetainedLog(files, disk);
    }

    private static Situation old(long nowMs, RetainedLog old) {
        return new Situation(nowMs, old, true, 0, new RetainedLog(List.of(), old.disk()), true, false);
    }

    private static Situation own(long nowMs, RetainedLog own, boolean leads) {
        return new Situation(nowMs, NONE, true, 0, own, leads, false);
    }

    private static long[] ages(long nowMs, long... hoursAgo) {
        long[] newest = new long[hoursAgo.length];
        for (int i = 0; i < newest.length; i++) {
            newest[i] = nowMs - hoursAgo[i] * HOUR_MS;
        }
        return newest;
    }

    @Test
    void aDiskThatOthersFillTo83PercentCostsNothing() {
        for (int used = 75; used <= 85; used++) {
            RetainedLog log = log(disk(used), 4 * MIB, ages(at(12), 6, 5, 4, 3, 2, 1));
            assertThat(RULES.choose(old(at(12), log))).isEqualTo(Choice.NOTHING);
            assertThat(RULES.choose(own(at(12), log, true))).isEqualTo(Choice.NOTHING);
        }
    }

    @Test
    void theNewestFileStaysWhateverItsAgeTheHourAndTheDisk() {
        for (int used : new int[] {10, 80, 87, 95, 100}) {
            for (int hour = 0; hour < 24; hour++) {
                RetainedLog log = log(disk(used), 300 * MIB, ages(at(hour), 1_000));
                assertThat(RULES.choose(old(at(hour), log)).old()).isZero();
                assertThat(RULES.choose(own(at(hour), log, true)).own()).isZero();
                RetainedLog all = log(disk(used), 30 * MIB, ages(at(hour), 1_000, 900, 800));
                assertThat(RULES.choose(old(at(hour), all)).old()).isLessThan(3);
                assertThat(RULES.choose(own(at(hour), all, true)).own()).isLessThan(3);
            }
        }
        RetentionRules bounded =
                new RetentionRules(new GroupConfig.Retention(72, 1, List.of(4), 75, 85, true, 90, 0), ZONE);
        assertThat(bounded.choose(old(at(12), log(disk(10), 300 * MIB, at(1)))).old())
                .isZero();
    }

    @Test
    void filesPastTheirAgeGoAtTheHourAndNotBefore() {
        RetainedLog log = log(disk(10), MIB, ages(at(4), 100, 73, 71, 1));
        assertThat(RULES.choose(old(at(4), log))).isEqualTo(new Choice(2, 0, Why.AGE));
        assertThat(RULES.choose(own(at(4), log, true))).isEqualTo(new Choice(0, 2, Why.AGE));
        for (int hour : new int[] {3, 5, 12, 23}) {
            assertThat(RULES.choose(old(at(hour), log(disk(10), MIB, ages(at(hour), 100, 73, 71, 1)))))
                    .isEqualTo(Choice.NOTHING);
        }
    }

    @Test
    void aFullerDiskTakesFilesPastTheirAgeAtAnyHourAndNoYoungerOnes() {
        RetainedLog log = log(disk(76), MIB, ages(at(12), 100, 73, 71, 1));
        assertThat(RULES.choose(old(at(12), log))).isEqualTo(new Choice(2, 0, Why.AGE));
        assertThat(RULES.choose(old(at(12), log(disk(75), MIB, ages(at(12), 100, 73, 71, 1)))))
                .as("at the bound is not above it")
                .isEqualTo(Choice.NOTHING);
    }

    @Test
    void aFileOfUnknownAgeAndAllBehindItStay() {
        RetainedLog log = log(disk(10), MIB, at(4) - 100 * HOUR_MS, RetainedLog.UNKNOWN, 1, at(4));
        assertThat(RULES.choose(old(at(4), log))).isEqualTo(new Choice(1, 0, Why.AGE));
    }

    @Test
    void tenFilesGoAtOnceAtMost() {
        long[] newest = new long[50];
        assertThat(RULES.choose(own(at(4), log(disk(10), MIB, newest), true)))
                .isEqualTo(new Choice(0, RetentionRules.MAX_FILES, Why.AGE));
    }

    @Test
    void afterATakeOverNothingGoesByAgeOrSizeForThePeriodOfGrace() {
        RetentionRules bounded =
                new RetentionRules(new GroupConfig.Retention(72, 1, List.of(4), 75, 85, true, 90, 72), ZONE);
        long takenOver = at(4);
        RetainedLog log = log(disk(80), MIB, ages(at(4), 120, 120, 120));
        RetainedLog own = log(disk(80), MIB, ages(at(4), 110, 100, 90));
        for (long hours = 0; hours < 72; hours++) {
            Situation now = new Situation(takenOver + hours * HOUR_MS, log, true, takenOver, own, true, false);
            assertThat(bounded.choose(now)).isEqualTo(Choice.NOTHING);
        }
        Situation later = new Situation(takenOver + 72 * HOUR_MS, log, true, takenOver, own, true, false);
        assertThat(bounded.choose(later)).isEqualTo(new Choice(2, 0, Why.AGE));
        Situation newestLeft = new Situation(
                takenOver + 73 * HOUR_MS, log(disk(80), MIB, ages(at(4), 120)), true, takenOver, own, true, false);
        assertThat(bounded.choose(newestLeft)).isEqualTo(new Choice(0, 2, Why.AGE));
    }

    @Test
    void aDiskAboveTheRatioOfForceTakesTheOldestFileEvenInThePeriodOfGrace() {
        RetainedLog log = log(disk(86), 20 * MIB, ages(at(12), 3, 2, 1));
        Situation now = new Situation(at(12), log, true, at(11), new RetainedLog(List.of(), log.disk()), true, false);
        assertThat(RULES.choose(now)).isEqualTo(new Choice(1, 0, Why.DISK));
        assertThat(RULES.choose(own(at(12), log, true))).isEqualTo(new Choice(0, 1, Why.DISK));
        assertThat(RULES.choose(own(at(12), log, false)))
                .as("a member that does not lead has a disk too")
                .isEqualTo(new Choice(0, 1, Why.DISK));
    }

    @Test
    void nothingGoesBeforeItsAgeIfThatWouldNotHelp() {
        RetainedLog little = log(disk(88), MIB, ages(at(12), 3, 2, 1));
        assertThat(RULES.choose(old(at(12), little))).isEqualTo(new Choice(0, 0, Why.DISK_FILLED_BY_OTHERS));
        assertThat(RULES.choose(own(at(12), little, true))).isEqualTo(new Choice(0, 0, Why.DISK_FILLED_BY_OTHERS));
        RetainedLog refusing = log(disk(92), 4 * MIB, ages(at(12), 3, 2, 1));
        assertThat(RULES.choose(old(at(12), refusing)))
                .as("it gets the disk to 90 %, so that writes are taken again")
                .isEqualTo(new Choice(1, 0, Why.DISK));
    }

    @Test
    void nothingGoesBeforeItsAgeIfThatIsForbidden() {
        RetentionRules never =
                new RetentionRules(new GroupConfig.Retention(72, 0, List.of(4), 75, 85, false, 90, 72), ZONE);
        RetainedLog log = log(disk(95), 100 * MIB, ages(at(12), 3, 2, 1));
        assertThat(never.choose(old(at(12), log))).isEqualTo(Choice.NOTHING);
    }

    @Test
    void oldFilesOnAnotherDiskGoByTheirDiskAndNotByOurs() {
        RetainedLog roomy = log(disk(20), 20 * MIB, ages(at(12), 3, 2, 1));
        RetainedLog own = log(disk(95), 100 * MIB, ages(at(12), 3, 2, 1));
        assertThat(RULES.choose(new Situation(at(12), roomy, false, 0, own, true, false)))
                .isEqualTo(new Choice(0, 0, Why.DISK_FILLED_BY_OTHERS));
        RetainedLog full = log(disk(88), 20 * MIB, ages(at(12), 3, 2, 1));
        assertThat(RULES.choose(new Situation(at(12), full, false, 0, log(disk(10), MIB, at(1)), true, false)))
                .isEqualTo(new Choice(1, 0, Why.DISK));
    }

    @Test
    void aMemberThatDoesNotLeadLeavesAgeAndSizeToTheLeaderUnlessItsDiskFills() {
        RetentionRules bounded =
                new RetentionRules(new GroupConfig.Retention(72, 1, List.of(4), 75, 85, true, 90, 0), ZONE);
        assertThat(bounded.choose(own(at(4), log(disk(10), MIB, ages(at(4), 100, 90, 80)), false)))
                .isEqualTo(Choice.NOTHING);
        assertThat(bounded.choose(own(at(12), log(disk(80), MIB, ages(at(12), 100, 90, 80)), false)))
                .isEqualTo(new Choice(0, 2, Why.AGE));
    }

    @Test
    void aLogAboveItsSizeLosesItsOldestFiles() {
        RetentionRules bounded =
                new RetentionRules(new GroupConfig.Retention(72, 5 * MIB, List.of(4), 75, 85, true, 90, 0), ZONE);
        RetainedLog own = log(disk(10), 2 * MIB, ages(at(12), 4, 3, 2, 1));
        assertThat(bounded.choose(own(at(12), own, true))).isEqualTo(new Choice(0, 2, Why.SIZE));
    }

    @Test
    void whenAToolAsksExpiredFilesGoAtAnyHourAndNothingElse() {
        RetainedLog log = log(disk(10), 4 * MIB, ages(at(12), 100, 80, 60, 1));
        assertThat(RULES.choose(own(at(12), log, true))).as("not at this hour").isEqualTo(Choice.NOTHING);
        assertThat(RULES.choose(asked(at(12), NONE, 0, log, true))).isEqualTo(new Choice(0, 2, Why.AGE));
        assertThat(RULES.choose(asked(at(12), NONE, 0, log, false)))
                .as("a follower leaves the group's log to the leader")
                .isEqualTo(Choice.NOTHING);
        assertThat(RULES.choose(asked(at(12), log, 0, NONE, false))).isEqualTo(new Choice(2, 0, Why.AGE));
        assertThat(RULES.choose(asked(at(12), log, at(11), NONE, true)))
                .as("taken over an hour ago")
                .isEqualTo(Choice.NOTHING);
    }

    private static Situation asked(long nowMs, RetainedLog old, long takenOverMs, RetainedLog own, boolean leads) {
        return new Situation(nowMs, old, true, takenOverMs, own, leads, true);
    }
}
