package io.vledger.importer;

import io.vertx.core.json.JsonArray;
import io.vledger.importer.agree.OfflineAgreement;
import io.vledger.importer.forecast.RetentionForecast;
import io.vledger.importer.inspect.LogFacts;
import io.vledger.importer.inspect.OriginLocations;
import io.vledger.importer.inspect.UpgradeReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@code upgrade-check}: surveys the directories of old brokers, compares them if there are several, and says whether they can
 * become a group. Never writes.
 */
public final class UpgradeCheck {
    /** The members can start together. */
    public static final int GO = 0;
    /** They cannot, or something could not be read. */
    public static final int NO_GO = 2;

    private final List<Path> configurations;
    private final boolean json;

    /**
     * A check.
     *
     * @param configurations each member's {@code broker.conf}
     * @param json whether to answer in JSON
     */
    public UpgradeCheck(List<Path> configurations, boolean json) {
        this.configurations = List.copyOf(configurations);
        this.json = json;
    }

    /** Checks and prints; returns the exit code. */
    public int run(PrintWriter out) throws IOException {
        long from = System.nanoTime();
        List<OriginLocations> members = new ArrayList<>();
        boolean namesDiffer =
                configurations.stream().map(Path::getFileName).distinct().count() == configurations.size();
        for (Path configuration : configurations) {
            // Machines often have files of one name, in directories of their own.
            members.add(OriginLocations.read(
                    configuration, String.valueOf(namesDiffer ? configuration.getFileName() : configuration)));
        }
        OfflineAgreement.Outcome outcome = OfflineAgreement.of(members);
        long scanned = outcome.surveys().stream()
                .mapToLong(member ->
                        scanned(member.logs().classic()) + scanned(member.logs().dledger()))
                .sum();
        UpgradeReport report = new UpgradeReport(
                outcome.surveys(), outcome.verdict(), scanned, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - from));
        List<RetentionForecast> forecasts = outcome.surveys().stream()
                .map(member -> RetentionForecast.of(
                        member, System.currentTimeMillis(), ZoneId.systemDefault(), RetentionForecast.DiskProbe.SYSTEM))
                .toList();
        if (json) {
            JsonArray retention = new JsonArray();
            forecasts.forEach(forecast -> retention.add(forecast.toJson()));
            out.println(report.toJson().put("retention", retention).encodePrettily());
        } else {
            forecasts.forEach(forecast -> forecast.print(out));
            report.print(out);
        }
        out.flush();
        return outcome.verdict().go() ? GO : NO_GO;
    }

    private static long scanned(@org.jspecify.annotations.Nullable LogFacts log) {
        return log == null ? 0 : log.walk().bytes();
    }
}
