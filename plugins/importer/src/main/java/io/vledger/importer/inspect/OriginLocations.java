package io.vledger.importer.inspect;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Where an old broker kept its data, by its own configuration.
 *
 * @param name how to call it in a report
 * @param broker {@code brokerName}; empty if it is not set
 * @param node {@code dLegerSelfId}; empty if it is not set
 * @param root {@code storePathRootDir}
 * @param commitLog {@code storePathCommitLog}
 * @param dledgerData where the entries of the DLedger group are; does not exist for a classic broker
 * @param settings every key of the file
 */
public record OriginLocations(
        String name,
        String broker,
        String node,
        Path root,
        Path commitLog,
        Path dledgerData,
        Map<String, String> settings) {
    /**
     * Reads a broker's properties file.
     *
     * @param name how to call it in a report
     * @throws IOException if the file cannot be read
     */
    public static OriginLocations read(Path file, String name) throws IOException {
        Properties properties = new Properties();
        // ISO-8859-1, as RocketMQ and the node read it: a path in other letters is the one that
        // the old broker made of its bytes.
        try (InputStream in = Files.newInputStream(file)) {
            properties.load(in);
        }
        Map<String, String> settings = new TreeMap<>();
        properties
                .stringPropertyNames()
                .forEach(key -> settings.put(key, properties.getProperty(key).trim()));
        return of(name, settings);
    }

    /** The places that these settings name, with RocketMQ's defaults. */
    public static OriginLocations of(String name, Map<String, String> settings) {
        Path home = Path.of(System.getProperty("user.home"));
        Path root = path(settings.getOrDefault("storePathRootDir", ""), home.resolve("store"));
        String node = settings.getOrDefault("dLegerSelfId", "");
        Path dledger = path(
                settings.getOrDefault("storePathDLedgerCommitLog", ""),
                root.resolve("dledger-" + node).resolve("data"));
        return new OriginLocations(
                name,
                settings.getOrDefault("brokerName", settings.getOrDefault("dLegerGroup", "")),
                node,
                root,
                path(settings.getOrDefault("storePathCommitLog", ""), root.resolve("commitlog")),
                dledger,
                Map.copyOf(settings));
    }

    private static Path path(String text, Path otherwise) {
        if (text.isEmpty()) {
            return otherwise;
        }
        String home = System.getProperty("user.home");
        return Path.of(text.replace("${user.home}", home)
                .replaceFirst("^~(?=/|$)", java.util.regex.Matcher.quoteReplacement(home)));
    }

    /** Words of {@code legacyAccept}: features that may be left behind. */
    List<String> accepted() {
        return Stream.of(settings.getOrDefault("legacyAccept", "").split("[,;\\s]+"))
                .filter(word -> !word.isEmpty())
                .map(word -> word.toLowerCase(Locale.ROOT))
                .toList();
    }

    /** Whether somebody wrote that what belongs to a feature may be left behind. */
    boolean accepts(UnsupportedFeatures.Accepted feature) {
        return accepted().contains(feature.word());
    }

    /** Whether light queues are taken over: the broker could fill them, or there are any, and nobody left them behind. */
    public boolean takesOverLightQueues() {
        return !accepts(UnsupportedFeatures.Accepted.LMQ) && (dispatches() || ConsumeQueueDirectories.anyLight(root()));
    }

    /** Whether the broker put messages into light queues when it stopped. */
    boolean dispatches() {
        return lightQueues() && Boolean.parseBoolean(settings.getOrDefault("enableMultiDispatch", "false"));
    }

    /** The broker's {@code messageDelayLevel}; empty for RocketMQ's own. */
    public String delayLevels() {
        return settings.getOrDefault("messageDelayLevel", "");
    }

    /** Whether the broker had light queues: then all its consumer offsets are in another file. */
    public boolean lightQueues() {
        return Boolean.parseBoolean(settings.getOrDefault("enableLmq", "false"));
    }

    /** Why these settings alone forbid taking the store over; empty if they do not. */
    public List<String> refusals() {
        List<String> refusals = new java.util.ArrayList<>();
        if (!settings.getOrDefault("storeType", "default").equalsIgnoreCase("default")) {
            refusals.add("storeType=" + settings.get("storeType")
                    + ": its queue index lives in RocksDB, which is not read here;"
                    + " set storeType=default in the old broker, let it build its consume queues, and come back");
        }
        if (settings.getOrDefault("configManagerVersion", "v1").equalsIgnoreCase("v2")) {
            refusals.add(
                    "configManagerVersion=v2: its topics and offsets live in RocksDB, which is not read here; let the old"
                            + " broker export them to JSON (mqadmin rocksDBConfigToJson) and set v1");
        }
        for (String key : List.of("storePathCommitLog", "storePathDLedgerCommitLog")) {
            if (settings.getOrDefault(key, "").contains(",")) {
                refusals.add(key + " names several directories; bring all segments together in one");
            }
        }
        if (!settings.getOrDefault("readOnlyCommitLogStorePaths", "").isEmpty()) {
            refusals.add("readOnlyCommitLogStorePaths is set; bring all segments together in storePathCommitLog");
        }
        for (String key : List.of("timerRocksDBEnable", "transRocksDBEnable")) {
            if (settings.getOrDefault(key, "false").equalsIgnoreCase("true")) {
                refusals.add(key
                        + "=true: what is pending there lives in RocksDB, which is not read here; switch it off in the"
                        + " old broker and let it finish what is pending");
            }
        }
        return refusals;
    }
}
