package io.vledger.importer.forecast;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.disk.Disk;
import io.vledger.importer.format.Framing;
import io.vledger.importer.format.OriginFileException;
import io.vledger.importer.format.SegmentFiles;
import io.vledger.importer.inspect.LogFacts;
import io.vledger.importer.inspect.OriginLocations;
import io.vledger.importer.inspect.Survey;
import io.vledger.importer.manifest.LogFile;
import io.vledger.importer.manifest.OriginMessages;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What retention would do with one member's old log if the group was started now and its disk stayed as full as it is.
 *
 * @param name how the member is called in a report
 * @param graceEnds until when nothing goes by its age
 * @param diskUsedPercent how full the disk is now; -1 if that is unknown
 * @param settings what was read of the configuration
 * @param files the files that will go, oldest first
 * @param stays the newest file, which never goes; null if there is none
 * @param trouble why there is no forecast, or an empty string
 */
public record RetentionForecast(
        String name,
        ZonedDateTime graceEnds,
        int diskUsedPercent,
        @Nullable RetentionSettings settings,
        List<Fate> files,
        @Nullable Path stays,
        String trouble) {
    private static final int SHOWN = 10;

    /** Copies the list. */
    public RetentionForecast {
        files = List.copyOf(files);
    }

    /** Measures the disk that a file is on. */
    @FunctionalInterface
    public interface DiskProbe {
        /** Asks the operating system. */
        DiskProbe SYSTEM = path -> Disk.Space.of(Files.getFileStore(path));

        /** The room there is. */
        Disk.Space of(Path path) throws IOException;
    }

    /**
     * When a file goes.
     *
     * @param file which
     * @param newest no message in it is younger; null if that is unknown, and then it goes after the one behind it
     * @param goes not before
     */
    record Fate(Path file, @Nullable ZonedDateTime newest, ZonedDateTime goes) {}

    /** Forecasts for one member. Blocks. */
    public static RetentionForecast of(Survey member, long nowMs, ZoneId zone, DiskProbe disks) {
        OriginLocations at = member.at();
        ZonedDateTime now = Instant.ofEpochMilli(nowMs).atZone(zone);
        try {
            RetentionSettings settings = RetentionSettings.of(at.settings());
            ZonedDateTime graceEnds = now.plusHours(settings.graceHours());
            List<LogFile> log = new ArrayList<>();
            add(log, member.logs().classic(), Framing.CLASSIC);
            add(log, member.logs().dledger(), Framing.DLEDGER);
            if (log.isEmpty()) {
                return new RetentionForecast(at.name(), graceEnds, -1, settings, List.of(), null, "");
            }
            int used = disks.of(log.get(0).path()).usedPercent();
            boolean anyHour = used > settings.diskMaxUsedPercent();
            List<Fate> fates = new ArrayList<>();
            try (OriginMessages messages = new OriginMessages(log)) {
                ZonedDateTime earliest = graceEnds;
                for (int i = 0; i + 1 < log.size(); i++) {
                    long newestMs = messages.firstStoredMs(log.get(i + 1));
                    ZonedDateTime newest =
                            newestMs < 0 ? null : Instant.ofEpochMilli(newestMs).atZone(zone);
                    ZonedDateTime old = newest == null ? earliest : newest.plusHours(settings.hours());
                    // They go in order: none before the one before it.
                    earliest = old.isAfter(earliest) ? old : earliest;
                    earliest = anyHour ? earliest : atHour(earliest, settings.deleteWhen());
                    fates.add(new Fate(log.get(i).path(), newest, earliest));
                }
            }
            return new RetentionForecast(
                    at.name(),
                    graceEnds,
                    used,
                    settings,
                    fates,
                    log.get(log.size() - 1).path(),
                    "");
        } catch (IllegalArgumentException | OriginFileException | IOException e) {
            return new RetentionForecast(at.name(), now, -1, null, List.of(), null, String.valueOf(e.getMessage()));
        }
    }

    private static void add(List<LogFile> log, @Nullable LogFacts facts, Framing framing) throws OriginFileException {
        if (facts != null) {
            for (SegmentFiles.SegmentFile file :
                    SegmentFiles.list(facts.directory()).files()) {
                log.add(new LogFile(file.path(), file.position(), file.length(), framing));
            }
        }
    }

    /** The first time from {@code from} on that lies in one of these hours. */
    private static ZonedDateTime atHour(ZonedDateTime from, List<Integer> hours) {
        ZonedDateTime at = from;
        while (!hours.contains(at.getHour())) {
            at = at.plusHours(1).truncatedTo(ChronoUnit.HOURS);
        }
        return at;
    }

    /** Whether files would go before their age as soon as the group runs. */
    boolean forcedNow() {
        return settings != null
                && settings.forced()
                && diskUsedPercent > settings.diskForcePercent()
                && !files.isEmpty();
    }

    /** Prints it for a person. */
    public void print(PrintWriter out) {
        if (settings == null) {
            out.println(name + ": retention: is unknown: " + trouble);
            return;
        }
        if (stays == null) {
            return;
        }
        out.println(name + ": retention: started now, no file of the old log goes by its age before " + shown(graceEnds)
                + " (vledgerOriginGraceHours=" + settings.graceHours() + "); " + stays
                + " is the newest and always stays");
        files.stream()
                .limit(SHOWN)
                .forEach(fate -> out.println("  " + fate.file() + " goes " + shown(fate.goes())
                        + " or later: its newest message is "
                        + (fate.newest() == null ? "of unknown age" : "of " + shown(fate.newest()))
                        + ", kept for " + settings.hours() + " h (fileReservedTime)"));
        if (files.size() > SHOWN) {
            out.println("  and " + (files.size() - SHOWN) + " more, the last "
                    + shown(files.get(files.size() - 1).goes()) + " or later");
        }
        String bound = settings.diskForcePercent() + " % (diskSpaceCleanForciblyRatio)";
        if (forcedNow()) {
            out.println("  ! the disk is " + diskUsedPercent + " % full, over " + bound
                    + ": old files would go from the start on, one at a time, as with RocketMQ; free space, or set"
                    + " cleanFileForciblyEnable=false");
        } else {
            out.println("  the disk is " + diskUsedPercent + " % full; above " + bound + " files go before their age"
                    + (settings.forced() ? "" : " (not here: cleanFileForciblyEnable=false)") + ", above "
                    + settings.diskFullPercent() + " % writes are refused");
        }
    }

    private static String shown(ZonedDateTime time) {
        return time.truncatedTo(ChronoUnit.MINUTES).toLocalDateTime().toString().replace('T', ' ');
    }

    /** The same for a program; times in ISO 8601 with their offset. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject().put("name", name);
        if (settings == null) {
            return json.put("trouble", trouble);
        }
        JsonArray list = new JsonArray();
        files.forEach(fate -> list.add(new JsonObject()
                .put("file", fate.file().toString())
                .put(
                        "newestMessage",
                        fate.newest() == null
                                ? null
                                : fate.newest().toOffsetDateTime().toString())
                .put("goes", fate.goes().toOffsetDateTime().toString())));
        return json.put("graceEnds", graceEnds.toOffsetDateTime().toString())
                .put("diskUsedPercent", diskUsedPercent < 0 ? null : diskUsedPercent)
                .put("forcedNow", forcedNow())
                .put("files", list)
                .put("stays", stays == null ? null : stays.toString());
    }
}
