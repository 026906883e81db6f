package io.vledger.kernel.config;

import io.vledger.api.plugin.GroupConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads where an old broker left its data, for the importer. */
final class OriginReader {
    private static final int MAX_OLD_SETTINGS = 1_000;
    private static final int MAX_OLD_SETTING_CHARS = 10_000;

    private OriginReader() {}

    /**
     * Reads the section {@code legacy} of a group.
     *
     * @param data the node's data directory; in a classic file also the old broker's
     * @param classic whether the section was made of a classic file
     */
    static GroupConfig.OriginSettings read(
            Section section, String group, String node, Path data, Map<String, String> members, boolean classic) {
        Map<String, String> settings = new TreeMap<>();
        for (Map.Entry<String, Object> setting : section.free("settings")) {
            String value = String.valueOf(setting.getValue());
            if (value.length() > MAX_OLD_SETTING_CHARS || settings.size() >= MAX_OLD_SETTINGS) {
                throw section.wrong(
                        "settings." + setting.getKey(),
                        value.length() + " characters",
                        "is too long, or there are more than " + MAX_OLD_SETTINGS + " keys; leave out what the old"
                                + " broker does not need to find its data");
            }
            settings.put(setting.getKey(), value);
        }
        for (String key : List.of("storePathRootDir", "storePathCommitLog", "storePathDLedgerCommitLog")) {
            String text = section.text(key, "");
            // Several directories in one value are for the importer to refuse.
            if (!text.isEmpty()) {
                settings.put(
                        key,
                        text.contains(",")
                                ? text
                                : NodeReader.path(section, key, text).toString());
            }
        }
        String accepted = section.text("accept", "");
        if (!accepted.isEmpty()) {
            settings.put("legacyAccept", accepted);
        }
        String from = section.text("source", "");
        boolean dryRun = section.flag("dryRun");
        long acceptDamage = section.number("acceptDamage");
        if (!from.isEmpty() && !members.containsKey(from)) {
            throw section.wrong("source", from, "is not a member; the members are " + members.keySet());
        }
        if (classic) {
            settings.put("storePathRootDir", data.toString());
        } else if (!settings.containsKey("storePathRootDir")) {
            if (!settings.isEmpty() || !from.isEmpty() || dryRun || acceptDamage >= 0) {
                throw section.wrong(
                        "storePathRootDir",
                        "(absent)",
                        "must say where the old broker kept its data, or leave out legacy");
            }
            return GroupConfig.OriginSettings.NONE;
        }
        settings.putIfAbsent("dLegerSelfId", node);
        settings.putIfAbsent("brokerName", group);
        return new GroupConfig.OriginSettings(settings, from, dryRun, acceptDamage);
    }

    /** Two groups that take over one log would each have all its messages, and no log is older than the group in it. */
    static void refuseOverlap(Section section, GroupConfig group, List<GroupConfig> others) {
        if (group.origin().settings().isEmpty()) {
            return;
        }
        Path log = log(group);
        if (log.startsWith(group.directory())) {
            throw section.wrong("storePathRootDir", log, "is this group's own directory; name the old broker's");
        }
        for (GroupConfig other : others) {
            if (!other.origin().settings().isEmpty() && log(other).equals(log)) {
                throw section.wrong(
                        "storePathRootDir", log, "group " + other.name() + " takes this log over; only one can");
            }
        }
    }

    private static Path log(GroupConfig group) {
        Map<String, String> settings = group.origin().settings();
        String written = settings.getOrDefault("storePathCommitLog", "");
        return written.isEmpty() || written.contains(",")
                ? Path.of(settings.getOrDefault("storePathRootDir", "")).resolve("commitlog")
                : Path.of(written);
    }
}
