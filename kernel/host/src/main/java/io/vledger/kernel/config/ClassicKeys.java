package io.vledger.kernel.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which keys of a {@code broker.conf} mean something here, which only to RocketMQ, and which to nobody. RocketMQ ignores a
 * misspelt key in silence; here one that is nearly a key that counts stops the start.
 */
final class ClassicKeys {
    /** Keys that {@link BrokerConf} reads without a counterpart in {@link ConfigKeys}. */
    private static final Set<String> SWITCHES = Set.of("enableDLegerCommitLog", "dLegerGroup");

    private static final int SHORT_KEY = 6;
    private static final int LONG_KEY = 10;

    private ClassicKeys() {}

    /**
     * Looks over the keys of a file.
     *
     * @param notes receives a line with the keys of RocketMQ that have no use here
     * @param warnings receives a line with the keys that nobody knows
     * @throws ConfigException if a key is nearly one that counts
     */
    static void review(String file, Map<String, ClassicFile.Entry> entries, List<String> notes, List<String> warnings) {
        Set<String> rocketmq = rocketmq();
        Set<String> used = used();
        Set<String> counting = new TreeSet<>(used);
        counting.addAll(ProtectiveKeys.names());
        Set<String> candidates = new TreeSet<>(rocketmq);
        candidates.addAll(counting);
        List<String> unused = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        entries.forEach((key, entry) -> {
            if (used.contains(key)) {
                return;
            }
            if (rocketmq.contains(key) || ProtectiveKeys.isKnown(key)) {
                unused.add(key);
                return;
            }
            String nearest = counting.stream()
                    .filter(name -> plain(name).equals(plain(key)))
                    .findFirst()
                    .orElseGet(() -> NearestKey.of(key, candidates));
            if ((counting.contains(nearest) && isNearly(key, nearest)) || isOurs(key)) {
                throw new ConfigException(
                        file, entry.line(), "unknown key " + shortened(key) + ": did you mean " + nearest + "?");
            }
            refuseHiddenKey(file, key, entry, counting);
            unknown.add(shortened(key) + " (did you mean " + nearest + "?)");
        });
        if (!unused.isEmpty()) {
            notes.add(file + ": keys of RocketMQ without a use here: " + String.join(", ", unused));
        }
        if (!unknown.isEmpty()) {
            warnings.add(file + ": unknown keys, ignored: " + String.join(", ", unknown));
        }
    }

    /** Every key that RocketMQ or this broker knows. */
    static Set<String> known() {
        Set<String> known = rocketmq();
        known.addAll(used());
        known.addAll(ProtectiveKeys.names());
        return known;
    }

    /** The names of all keys that RocketMQ reads. */
    static Set<String> rocketmq() {
        try (InputStream in = ClassicKeys.class.getResourceAsStream("rocketmq-keys.txt")) {
            if (in == null) {
                throw new IllegalStateException("rocketmq-keys.txt is not on the class path");
            }
            Set<String> keys = new HashSet<>();
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .forEach(keys::add);
            return keys;
        } catch (IOException e) {
            throw new UncheckedIOException("rocketmq-keys.txt on the class path", e);
        }
    }

    private static Set<String> used() {
        Set<String> used = new HashSet<>(SWITCHES);
        ConfigKeys.all().stream()
                .map(ConfigKey::classic)
                .filter(key -> !key.isEmpty())
                .forEach(used::add);
        return used;
    }

    /** RocketMQ has no key that begins like this, so nobody but us could have been meant. */
    private static boolean isOurs(String key) {
        return key.toLowerCase(Locale.ROOT).startsWith("vledger");
    }

    /** A few letters off, another case, DLedger for DLeger, or with something behind the name that only looks like a separator. */
    private static boolean isNearly(String key, String known) {
        String given = plain(key);
        String meant = plain(known);
        if (given.equals(meant)) {
            return true;
        }
        int allowed = known.length() < SHORT_KEY ? 1 : known.length() < LONG_KEY ? 2 : 3;
        return Math.abs(given.length() - meant.length()) <= allowed && NearestKey.distance(given, meant) <= allowed;
    }

    private static String plain(String key) {
        String bounded = key.substring(0, Math.min(key.length(), 120)).toLowerCase(Locale.ROOT);
        return bounded.replaceAll("[_.-]", "").replace("dledger", "dleger").replaceAll("(?s)[^a-z0-9].*", "");
    }

    /** A line such as {@code export listenPort=10911}, or a bullet of a list. */
    private static void refuseHiddenKey(String file, String key, ClassicFile.Entry entry, Set<String> counting) {
        for (String name : counting) {
            if (entry.value().startsWith(name)
                    && entry.value().substring(name.length()).stripLeading().matches("(?s)[=:].*")) {
                throw new ConfigException(
                        file,
                        entry.line(),
                        "unknown key " + shortened(key) + ", with " + name + " behind it; begin the line with " + name);
            }
        }
    }

    private static String shortened(String key) {
        return key.length() <= 60 ? key : key.substring(0, 60) + "…";
    }
}
