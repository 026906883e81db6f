package io.vledger.importer.forecast;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import io.vledger.api.disk.Disk;
import io.vledger.importer.OldStore;
import io.vledger.importer.inspect.OriginLocations;
import io.vledger.importer.inspect.Survey;
import io.vledger.importer.inspect.Surveyor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetentionForecastTest {
    private static final ZoneId ZONE = ZoneId.of("Asia/Shanghai");
    private static final long NOW =
            LocalDateTime.of(2026, 3, 5, 12, 30).atZone(ZONE).toInstant().toEpochMilli();

    @TempDir
    private Path directory;

    private OldStore old;
    private final Map<String, String> settings = new HashMap<>();

    @BeforeEach
    void fill() throws IOException {
        old = OldStore.classic(directory, 0).configs();
        for (int i = 0; i < 60; i++) {
            old.add("T", i % 2, "m" + i + "-" + "x".repeat(200));
        }
        settings.put("storePathRootDir", directory.toString());
    }

    private RetentionForecast forecast(int usedPercent) throws IOException {
        Survey survey = new Surveyor(OriginLocations.of("n0", settings), -1).survey();
        return RetentionForecast.of(survey, NOW, ZONE, path -> new Disk.Space((100L - usedPercent) << 20, 100L << 20));
    }

    private static String text(RetentionForecast forecast) {
        StringWriter text = new StringWriter();
        forecast.print(new PrintWriter(text));
        return text.toString();
    }

    @Test
    void oldMessagesStayForThePeriodOfGraceAndThenUntilTheHour() throws Exception {
        RetentionForecast forecast = forecast(41);
        assertThat(text(forecast))
                .contains("n0: retention: started now, no file of the old log goes by its age before 2026-03-08 12:30")
                .contains(old.file(0) + " goes 2026-03-09 04:00 or later: its newest message is of 1970-01-01")
                .contains(old.file(old.end()) + " is the newest and always stays")
                .contains("the disk is 41 % full; above 85 %");
        JsonObject json = forecast.toJson();
        assertThat(json.getBoolean("forcedNow")).isFalse();
        assertThat(json.getJsonArray("files"))
                .hasSize((int) (old.end() / OldStore.FILE_BYTES))
                .allMatch(file -> ((JsonObject) file).getString("goes").equals("2026-03-09T04:00+08:00"));
    }

    @Test
    void aFullerDiskDoesNotWaitForTheHour() throws Exception {
        assertThat(text(forecast(80))).contains(old.file(0) + " goes 2026-03-08 12:30 or later");
    }

    @Test
    void aDiskAboveTheRatioOfForceIsNamed() throws Exception {
        assertThat(text(forecast(86)))
                .contains("! the disk is 86 % full, over 85 % (diskSpaceCleanForciblyRatio): old files would go");
        assertThat(forecast(86).toJson().getBoolean("forcedNow")).isTrue();
        settings.put("cleanFileForciblyEnable", "false");
        assertThat(text(forecast(86))).contains("not here: cleanFileForciblyEnable=false");
    }

    @Test
    void theConfigurationThatWasReadCounts() throws Exception {
        settings.putAll(
                Map.of("deleteWhen", "03;13", "vledgerOriginGraceHours", "0", "diskSpaceCleanForciblyRatio", "95"));
        assertThat(text(forecast(50)))
                .contains(old.file(0) + " goes 2026-03-05 13:00 or later")
                .contains("above 95 %");
        settings.put("deleteWhen", "at night");
        assertThat(text(forecast(50))).contains("retention: is unknown: deleteWhen=at night");
    }
}
