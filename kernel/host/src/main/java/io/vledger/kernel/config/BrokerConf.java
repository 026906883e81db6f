package io.vledger.kernel.config;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Translates the keys of a classic {@code broker.conf} into the configuration tree.
 *
 * <p>Where RocketMQ silently ignores what it does not understand, this says so: a key that only RocketMQ has a use for is
 * listed in a note, an unknown one in a note with the nearest known key, and a value that cannot be is refused.
 */
final class BrokerConf {
    private static final Set<String> HANDLED_HERE = Set.of("enableDLegerCommitLog", "dLegerGroup", "flushDiskType");

    private final String file;
    private final Map<String, String> properties;
    private final HostAddresses hosts;
    private final List<String> notes = new ArrayList<>();

    BrokerConf(String file, Map<String, String> properties, HostAddresses hosts) {
        this.file = file;
        this.properties = new TreeMap<>(properties);
        this.hosts = hosts;
    }

    /** Facts of the machine that RocketMQ's defaults depend on. */
    interface HostAddresses {
        /** First address that is not loopback, or 127.0.0.1. */
        String external();

        /** Name of the machine. */
        String name();

        /** The name servers of the environment ({@code NAMESRV_ADDR}), or null. */
        @Nullable
        String nameServers();
    }

    /** What a person should know about the file; complete after {@link #toTree}. */
    List<String> notes() {
        return notes;
    }

    /** The same configuration as a tree. */
    JsonObject toTree() {
        noteUnusedKeys();
        boolean replicated = flag("enableDLegerCommitLog");
        String node = value("dLegerSelfId");
        JsonObject peers = replicated ? peers() : null;
        if (replicated) {
            node = requireMember(node, peers);
        } else {
            node = node == null ? "n0" : node;
            notes.add("enableDLegerCommitLog is not true: this node is a group of its own, without replication");
        }
        String name = value("brokerName");
        if (name == null) {
            name = replicated ? value("dLegerGroup") : null;
        }
        if (name == null) {
            name = hosts.name().replaceAll("[^a-zA-Z0-9_-]", "-");
        }
        String ownRaftHost = ownHost(peers, node);

        JsonObject tree = new JsonObject();
        put(tree, "node", node);
        put(tree, "cluster", valueOr("brokerClusterName", "DefaultCluster"));
        put(tree, "dataDir", valueOr("storePathRootDir", "~/store"));
        putNameServers(tree);
        tree.put("http", http());
        put(tree, "shutdownSeconds", value("shutdownWaitTimeSeconds"));
        JsonObject plugins = new JsonObject();
        put(plugins, "directory", value("vledgerPluginDirectory"));
        put(plugins, "startSeconds", value("vledgerPluginStartSeconds"));
        put(plugins, "pollMs", value("vledgerPluginPollMs"));
        tree.put("plugins", plugins);

        JsonObject section = new JsonObject();
        put(section, "name", name);
        put(section, "host", valueOr("brokerIP1", ownRaftHost));
        put(section, "bindHost", valueOr("bindAddress", "0.0.0.0"));
        put(section, "port", value("listenPort"));
        if (peers != null) {
            section.put("peers", peers);
        }
        put(section, "durability", durability());
        JsonObject store = section("segmentBytes", "mappedFileSizeCommitLog");
        put(store, "type", value("vledgerStoreType"));
        put(section, "store", store);
        put(section, "raft", section("preferredLeader", "preferredLeaderId"));
        put(section, "retention", retention());
        put(section, "broker", broker());
        section.put("legacy", legacy());
        put(section, "forwarding", value("vledgerForwarding"));
        put(section, "standbyRoute", value("vledgerStandbyRoute"));
        tree.put("groups", new JsonArray().add(section));
        return tree;
    }

    private JsonObject http() {
        JsonObject http = new JsonObject();
        put(http, "host", value("vledgerHttpHost"));
        String port = value("vledgerHttpPort");
        if (port == null) {
            // RocketMQ's HA port, which every plan of ports already sets aside for this broker and which nothing here
            // uses.
            String listen = valueOr("listenPort", "10911");
            if (listen.matches("\\d{1,5}") && Integer.parseInt(listen) < 65535) {
                port = String.valueOf(Integer.parseInt(listen) + 1);
            }
        }
        put(http, "port", port);
        put(http, "token", value("vledgerHttpToken"));
        put(http, "tokenFile", value("vledgerHttpTokenFile"));
        return http;
    }

    private JsonObject retention() {
        JsonObject retention = section("hours", "fileReservedTime");
        put(retention, "deleteWhen", value("deleteWhen"));
        put(retention, "diskMaxUsedPercent", value("diskMaxUsedSpaceRatio"));
        put(retention, "diskForcePercent", value("diskSpaceCleanForciblyRatio"));
        put(retention, "forced", value("cleanFileForciblyEnable"));
        put(retention, "diskFullPercent", value("diskSpaceWarningLevelRatio"));
        put(retention, "originGraceHours", value("vledgerOriginGraceHours"));
        return retention;
    }

    private JsonObject broker() {
        JsonObject broker = new JsonObject();
        for (String key : List.of(
                "autoCreateTopicEnable",
                "autoCreateSubscriptionGroup",
                "defaultTopicQueueNums",
                "maxMessageSize",
                "messageDelayLevel",
                "brokerPermission")) {
            put(broker, key, value(key));
        }
        return broker;
    }

    /** What the importer needs to find what the old broker left: the file that the old broker was started with. */
    private JsonObject legacy() {
        JsonObject legacy = section("storePathCommitLog", "storePathCommitLog");
        put(legacy, "storePathDLedgerCommitLog", value("storePathDLedgerCommitLog"));
        put(legacy, "source", value("legacySource"));
        put(legacy, "dryRun", value("legacyDryRun"));
        JsonObject settings = new JsonObject();
        Set<String> known = rocketmqKeys();
        properties.forEach((key, value) -> {
            if (known.contains(key) && !value.isBlank()) {
                settings.put(key, value.trim());
            }
        });
        return legacy.put("settings", settings);
    }

    private JsonObject section(String key, String classic) {
        JsonObject section = new JsonObject();
        put(section, key, value(classic));
        return section;
    }

    private void putNameServers(JsonObject tree) {
        String text = value("namesrvAddr");
        if (text == null) {
            text = hosts.nameServers();
        }
        if (text == null || text.isBlank()) {
            notes.add(
                    "namesrvAddr is absent: clients can only find this node where they are given its route otherwise");
            return;
        }
        JsonArray list = new JsonArray();
        for (String part : text.split(";")) {
            if (!part.isBlank()) {
                list.add(part.trim());
            }
        }
        tree.put("nameServers", list);
    }

    private String durability() {
        String type = valueOr("flushDiskType", "SYNC_FLUSH");
        return switch (type) {
            case "SYNC_FLUSH" -> "sync";
            case "ASYNC_FLUSH" -> "async";
            default -> throw new ConfigException(file, "flushDiskType", type, "must be SYNC_FLUSH or ASYNC_FLUSH");
        };
    }

    private JsonObject peers() {
        String text = value("dLegerPeers");
        if (text == null) {
            throw new ConfigException(
                    file,
                    "dLegerPeers",
                    "(absent)",
                    "enableDLegerCommitLog=true needs the members, for example n0-127.0.0.1:40911;n1-127.0.0.1:40912");
        }
        JsonObject peers = new JsonObject();
        for (String part : text.split(";")) {
            String peer = part.trim();
            if (peer.isEmpty()) {
                continue;
            }
            int dash = peer.indexOf('-');
            HostPort address = dash <= 0 ? null : HostPort.parse(peer.substring(dash + 1));
            if (address == null) {
                throw new ConfigException(
                        file,
                        "dLegerPeers",
                        peer,
                        "must be id-host:port, for example n0-127.0.0.1:40911, with ; between two");
            }
            if (peers.containsKey(peer.substring(0, dash))) {
                throw new ConfigException(
                        file, "dLegerPeers", peer, "this id is there twice; give each member its own");
            }
            peers.put(peer.substring(0, dash), address.toString());
        }
        return peers;
    }

    private String requireMember(@Nullable String node, @Nullable JsonObject peers) {
        if (node == null) {
            throw new ConfigException(
                    file,
                    "dLegerSelfId",
                    "(absent)",
                    "enableDLegerCommitLog=true needs this node's id among dLegerPeers");
        }
        if (peers == null || !peers.containsKey(node)) {
            throw new ConfigException(
                    file,
                    "dLegerSelfId",
                    node,
                    "is not among dLegerPeers, which has " + (peers == null ? "none" : peers.fieldNames()));
        }
        return node;
    }

    private String ownHost(@Nullable JsonObject peers, String node) {
        HostPort own = peers == null ? null : HostPort.parse(peers.getString(node, ""));
        boolean usable =
                own != null && !own.host().equals("0.0.0.0") && !own.host().equals("::");
        return usable ? own.host() : hosts.external();
    }

    private void noteUnusedKeys() {
        Set<String> used = new HashSet<>(HANDLED_HERE);
        ConfigKeys.all().forEach(key -> used.add(key.classic()));
        Set<String> known = rocketmqKeys();
        List<String> candidates = new ArrayList<>(new TreeSet<>(known));
        used.stream()
                .filter(key -> !key.isEmpty() && !known.contains(key))
                .sorted()
                .forEach(candidates::add);
        List<String> unused = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        for (String key : properties.keySet()) {
            if (used.contains(key)) {
                continue;
            }
            if (known.contains(key)) {
                unused.add(key);
            } else {
                unknown.add(key + " (did you mean " + NearestKey.of(key, candidates) + "?)");
            }
        }
        if (!unused.isEmpty()) {
            notes.add(file + ": keys of RocketMQ without a use here: " + String.join(", ", unused));
        }
        if (!unknown.isEmpty()) {
            notes.add(file + ": unknown keys, ignored: " + String.join(", ", unknown));
        }
    }

    private static Set<String> rocketmqKeys() {
        try (InputStream in = BrokerConf.class.getResourceAsStream("rocketmq-keys.txt")) {
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

    private boolean flag(String key) {
        String value = valueOr(key, "false");
        if (!value.equalsIgnoreCase("true") && !value.equalsIgnoreCase("false")) {
            throw new ConfigException(file, key, value, "must be true or false");
        }
        return value.equalsIgnoreCase("true");
    }

    private @Nullable String value(String key) {
        String value = properties.get(key);
        return value == null || value.isBlank() ? null : value.trim();
    }

    private String valueOr(String key, String otherwise) {
        String value = value(key);
        return value == null ? otherwise : value;
    }

    private static void put(JsonObject target, String key, @Nullable Object value) {
        if (value != null) {
            target.put(key, value);
        }
    }
}
