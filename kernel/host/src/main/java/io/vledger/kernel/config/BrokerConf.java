package io.vledger.kernel.config;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.net.HostPort;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Translates the keys of a classic {@code broker.conf} into the configuration tree.
 *
 * <p>Where RocketMQ silently ignores what it does not understand, this says so: a key that only RocketMQ has a use for is
 * listed in a note, an unknown one in a warning; one that is nearly a known key, one that protects and cannot be honoured, and a
 * value that cannot be are refused.
 */
final class BrokerConf {
    /** Keys whose values are shown nowhere. */
    private static final Set<String> SECRETS = Set.of(
            "vledgerHttpToken",
            "tls.server.keyPassword",
            "initAuthenticationUser",
            "innerClientAuthenticationCredentials");

    /** Keys that only mean something in a group of several members. */
    private static final List<String> MEMBERSHIP =
            List.of("dLegerPeers", "dLegerSelfId", "dLegerGroup", "preferredLeaderId");

    private final String file;
    private final Map<String, String> properties;
    private final ClassicFile content;
    private final Map<String, ClassicFile.Entry> entries;
    private final HostAddresses hosts;
    private final List<String> notes = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    /**
     * A translation.
     *
     * @param overrides keys given on the command line, which win over the file's
     * @throws ConfigException if a value has a placeholder in it that nothing stands for
     */
    BrokerConf(
            String file,
            ClassicFile content,
            Map<String, String> overrides,
            HostAddresses hosts,
            Placeholders placeholders) {
        this.file = file;
        this.properties = new TreeMap<>(content.values());
        properties.putAll(overrides);
        this.content = content;
        this.entries = content.entries();
        this.hosts = hosts;
        warnings.addAll(content.warnings());
        expandAll(placeholders);
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

    /** What a person should look at in the file; complete after {@link #toTree}. */
    List<String> warnings() {
        return warnings;
    }

    /** Lines of the keys. */
    Map<String, Integer> lines() {
        Map<String, Integer> lines = new HashMap<>();
        entries.forEach((key, entry) -> lines.put(key, entry.line()));
        return lines;
    }

    /** The same configuration as a tree. */
    JsonObject toTree() {
        ClassicKeys.review(file, entries, notes, warnings);
        content.requireKnownKey(file);
        boolean replicated = flag("enableDLegerCommitLog");
        String node = "n0";
        JsonObject peers = null;
        if (replicated) {
            peers = peers();
            node = requireMember(value("dLegerSelfId"), peers);
        } else {
            refuseMembershipWithoutSwitch();
            notes.add("enableDLegerCommitLog is not true: this node is a group of its own, without replication");
        }
        ProtectiveKeys.refuse(this, peers == null ? 1 : peers.size(), System.currentTimeMillis());
        JsonObject tree = new JsonObject();
        put(tree, "node", node);
        put(tree, "cluster", valueOr("brokerClusterName", "DefaultCluster"));
        put(tree, "dataDir", valueOr("storePathRootDir", "~/store"));
        putNameServers(tree);
        JsonObject nameService = section("serves", "vledgerNameServiceServes");
        put(nameService, "bindHost", value("vledgerNameServiceBindAddress"));
        tree.put("nameService", nameService);
        tree.put("http", http());
        tree.put("tls", tls());
        tree.put("audit", audit());
        tree.put("access", access());
        put(tree, "proxyProtocolFrom", value("vledgerProxyProtocolFrom"));
        JsonObject grpc = section("port", "grpcServerPort");
        put(grpc, "host", value("vledgerGrpcHost"));
        put(grpc, "invisibleMs", value("defaultInvisibleTimeMills"));
        tree.put("grpc", grpc);
        put(tree, "shutdownSeconds", value("shutdownWaitTimeSeconds"));
        JsonObject plugins = new JsonObject();
        put(plugins, "directory", value("vledgerPluginDirectory"));
        put(plugins, "startSeconds", value("vledgerPluginStartSeconds"));
        put(plugins, "pollMs", value("vledgerPluginPollMs"));
        tree.put("plugins", plugins);

        tree.put("groups", new JsonArray().add(group(node, peers)));
        return tree;
    }

    private String groupName(boolean replicated) {
        String name = value("brokerName");
        if (name == null) {
            name = replicated ? value("dLegerGroup") : null;
        }
        return name == null ? hosts.name().replaceAll("[^a-zA-Z0-9_-]", "-") : name;
    }

    private JsonObject group(String node, @Nullable JsonObject peers) {
        JsonObject section = new JsonObject();
        put(section, "name", groupName(peers != null));
        put(section, "host", valueOr("brokerIP1", ownHost(peers, node)));
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
        JsonObject ready = section("lagBytes", "vledgerReadyLagBytes");
        put(ready, "lagMs", value("vledgerReadyLagMs"));
        put(section, "ready", ready);
        JsonObject peerSecurity = section("secretFile", "vledgerPeerSecretFile");
        put(peerSecurity, "mode", value("vledgerPeerSecurity"));
        put(peerSecurity, "tls", value("vledgerPeerTls"));
        put(section, "peerSecurity", peerSecurity);
        put(section.getJsonObject("raft"), "bindHost", value("vledgerRaftBindAddress"));
        put(section, "retention", retention());
        put(section, "broker", broker());
        section.put("legacy", legacy());
        put(section, "forwarding", value("vledgerForwarding"));
        put(section, "standbyRoute", value("vledgerStandbyRoute"));
        put(section, "vipChannel", value("vledgerVipChannel"));
        return section;
    }

    private JsonObject http() {
        JsonObject http = new JsonObject();
        put(http, "host", value("vledgerHttpHost"));
        String port = value("vledgerHttpPort");
        if (port == null) {
            // RocketMQ's HA port: every plan of ports sets it aside for this broker, and nothing here uses it.
            String listen = valueOr("listenPort", "10911");
            if (listen.matches("\\d{1,5}") && Integer.parseInt(listen) < 65535) {
                port = String.valueOf(Integer.parseInt(listen) + 1);
            }
        }
        put(http, "port", port);
        put(http, "token", value("vledgerHttpToken"));
        put(http, "tokenFile", value("vledgerHttpTokenFile"));
        put(http, "trustLoopback", value("vledgerHttpTrustLoopback"));
        put(http, "deployPlugins", value("vledgerHttpDeployPlugins"));
        put(http, "tls", value("vledgerHttpTls"));
        put(http, "readTokenFile", value("vledgerHttpReadTokenFile"));
        put(http, "administerTokenFile", value("vledgerHttpAdministerTokenFile"));
        put(http, "hostNames", value("vledgerHttpHostNames"));
        put(http, "deployPluginsSignedBy", value("vledgerHttpDeployPluginsSignedBy"));
        return http;
    }

    private JsonObject audit() {
        JsonObject audit = section("file", "vledgerAuditFile");
        put(audit, "maxFileBytes", value("vledgerAuditMaxFileBytes"));
        put(audit, "files", value("vledgerAuditFiles"));
        put(audit, "refusalsPerSecond", value("vledgerAuditRefusalsPerSecond"));
        return audit;
    }

    private JsonObject tls() {
        JsonObject tls = new JsonObject();
        String mode = value("tls.server.mode");
        // RocketMQ is permissive by default, with a certificate made up for a test, by which nobody can recognise it.
        if (mode != null && !(mode.equals("permissive") && value("tls.server.certPath") == null)) {
            put(tls, "mode", mode);
        }
        put(tls, "certificate", value("tls.server.certPath"));
        put(tls, "key", value("tls.server.keyPath"));
        put(tls, "keyPassword", value("tls.server.keyPassword"));
        put(tls, "trust", value("tls.server.trustCertPath"));
        put(tls, "clientAuth", value("tls.server.need.client.auth"));
        put(tls, "members", value("vledgerTlsMembers"));
        return tls;
    }

    private JsonObject access() {
        JsonObject access = new JsonObject();
        for (ConfigKey key : AccessControlKeys.ALL) {
            put(access, key.path().substring(key.path().indexOf('.') + 1), value(key.classic()));
        }
        return access;
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
                "brokerPermission",
                "rejectTransactionMessage",
                "transactionTimeOut",
                "transactionCheckMax",
                "transactionCheckInterval",
                "timerWheelEnable",
                "timerMaxDelaySec",
                "timerPrecisionMs",
                "timerCongestNumEachSlot",
                "recallMessageEnable",
                "storeReplyMessageEnable",
                "enablePropertyFilter",
                "enableLmq",
                "enableMultiDispatch",
                "maxLmqConsumeQueueNum",
                "enableMixedMessageType",
                "enableRetryTopicV2",
                "defaultMessageRequestMode",
                "defaultPopShareQueueNum",
                "enablePopMessageThreshold",
                "popInflightMessageThreshold")) {
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
        put(legacy, "acceptDamage", value("legacyAcceptDamage"));
        put(legacy, "accept", value("legacyAccept"));
        JsonObject settings = new JsonObject();
        Set<String> known = ClassicKeys.rocketmq();
        properties.forEach((key, value) -> {
            if (known.contains(key)
                    && !value.isBlank()
                    && !key.matches("(?i).*(secret|credential|authenticationUser).*")) {
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
            default -> throw wrong("flushDiskType", type, "must be SYNC_FLUSH or ASYNC_FLUSH");
        };
    }

    private JsonObject peers() {
        String text = value("dLegerPeers");
        if (text == null) {
            throw wrong(
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
                throw wrong(
                        "dLegerPeers",
                        peer,
                        "must be id-host:port, for example n0-127.0.0.1:40911, with ; between two");
            }
            String left = Placeholders.left(address.host());
            if (left != null) {
                throw wrong("dLegerPeers", peer, "\"" + left + "\" is left of a template; write the value itself");
            }
            if (peers.containsKey(peer.substring(0, dash))) {
                throw wrong("dLegerPeers", peer, "this id is there twice; give each member its own");
            }
            peers.put(peer.substring(0, dash), address.toString());
        }
        if (peers.isEmpty()) {
            throw wrong("dLegerPeers", text, "names nobody; write the members, for example n0-127.0.0.1:40911");
        }
        return peers;
    }

    private String requireMember(@Nullable String node, JsonObject peers) {
        if (node == null) {
            throw wrong(
                    "dLegerSelfId", "(absent)", "enableDLegerCommitLog=true needs this node's id among dLegerPeers");
        }
        if (!peers.containsKey(node)) {
            throw wrong("dLegerSelfId", node, "is not among dLegerPeers, which has " + peers.fieldNames());
        }
        return node;
    }

    private String ownHost(@Nullable JsonObject peers, String node) {
        HostPort own = peers == null ? null : HostPort.parse(peers.getString(node, ""));
        return own != null && !own.isAnyAddress() ? own.host() : hosts.external();
    }

    /** RocketMQ would run as a master without copies, and say nothing. */
    private void refuseMembershipWithoutSwitch() {
        for (String key : MEMBERSHIP) {
            String value = value(key);
            if (value != null) {
                throw wrong(
                        key,
                        value,
                        "is there, but enableDLegerCommitLog is not true, so nothing would be replicated; set it to true, or"
                                + " remove " + key);
            }
        }
    }

    private void expandAll(Placeholders placeholders) {
        for (ConfigKey key : ConfigKeys.all()) {
            String text = key.classic().isEmpty() ? null : value(key.classic());
            if (text != null) {
                properties.put(key.classic(), expanded(key.classic(), text, placeholders));
            }
        }
        for (String key : List.of("dLegerGroup", "enableDLegerCommitLog")) {
            String text = value(key);
            if (text != null) {
                properties.put(key, expanded(key, text, placeholders));
            }
        }
    }

    private String expanded(String key, String text, Placeholders placeholders) {
        boolean secret = SECRETS.contains(key);
        String expanded;
        try {
            expanded = placeholders.expand(text);
        } catch (Placeholders.Unresolved e) {
            throw wrong(key, secret ? "(not shown)" : text, String.valueOf(e.getMessage()));
        }
        String left = secret ? null : Placeholders.left(expanded);
        if (left != null) {
            throw wrong(key, text, "\"" + left + "\" is left of a template; write the value itself");
        }
        if (key.startsWith("storePath") && !expanded.equals(text) && exists(text)) {
            throw wrong(
                    key,
                    text,
                    "RocketMQ does not expand this and made a directory of that very name; write its path, or move it to "
                            + expanded + " and write that");
        }
        refuseNextKeyInValue(key, expanded);
        return expanded;
    }

    private static boolean exists(String text) {
        try {
            return Files.exists(Path.of(text));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /** A backslash at the end of a line makes the next line, with its key, part of the value. */
    private void refuseNextKeyInValue(String key, String value) {
        ClassicFile.Entry entry = entries.get(key);
        if (entry == null || !entry.continued()) {
            return;
        }
        for (ConfigKey other : ConfigKeys.all()) {
            if (!other.classic().isEmpty() && value.contains(other.classic() + "=")) {
                throw wrong(
                        key,
                        value,
                        "the line ends with a backslash, so that " + other.classic()
                                + " in the next one is part of the value; remove the backslash");
            }
        }
    }

    private boolean flag(String key) {
        String value = valueOr(key, "false");
        if (!value.equalsIgnoreCase("true") && !value.equalsIgnoreCase("false")) {
            throw wrong(key, value, "must be true or false");
        }
        return value.equalsIgnoreCase("true");
    }

    /** The names of all keys of the file. */
    Set<String> keys() {
        return properties.keySet();
    }

    /** Says that the value of a key is wrong. */
    ConfigException wrong(String key, Object value, String remedy) {
        ClassicFile.Entry entry = entries.get(key);
        return new ConfigException(file, entry == null ? 0 : entry.line(), key, value, remedy);
    }

    /** The trimmed value of a key, or null if it is absent or blank. */
    @Nullable
    String value(String key) {
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
