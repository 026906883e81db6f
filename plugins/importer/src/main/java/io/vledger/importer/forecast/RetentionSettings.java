package io.vledger.importer.forecast;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The keys of a {@code broker.conf} that retention reads, with their defaults, which are RocketMQ's. A start refuses what cannot be
 * read here.
 */
record RetentionSettings(
        long hours,
        List<Integer> deleteWhen,
        int diskMaxUsedPercent,
        int diskForcePercent,
        boolean forced,
        int diskFullPercent,
        long graceHours) {

    /** @throws IllegalArgumentException with the key and the value that cannot be */
    static RetentionSettings of(Map<String, String> settings) {
        return new RetentionSettings(
                number(settings, "fileReservedTime", 72),
                hours(settings.getOrDefault("deleteWhen", "04")),
                (int) number(settings, "diskMaxUsedSpaceRatio", 75),
                Math.max(30, (int) number(settings, "diskSpaceCleanForciblyRatio", 85)),
                Boolean.parseBoolean(settings.getOrDefault("cleanFileForciblyEnable", "true")),
                (int) number(settings, "diskSpaceWarningLevelRatio", 90),
                number(settings, "vledgerOriginGraceHours", 72));
    }

    private static long number(Map<String, String> settings, String key, long otherwise) {
        String text = settings.getOrDefault(key, Long.toString(otherwise)).trim();
        if (!text.matches("\\d{1,6}")) {
            throw new IllegalArgumentException(key + "=" + text + " is no number that a start accepts");
        }
        return Long.parseLong(text);
    }

    private static List<Integer> hours(String text) {
        List<Integer> hours = new ArrayList<>();
        for (String part : text.split(";", -1)) {
            String hour = part.trim();
            if (!hour.matches("\\d{1,2}") || Integer.parseInt(hour) > 23) {
                throw new IllegalArgumentException(
                        "deleteWhen=" + text + " is not hours from 0 to 23, `;` between two");
            }
            hours.add(Integer.parseInt(hour));
        }
        return hours;
    }
}
