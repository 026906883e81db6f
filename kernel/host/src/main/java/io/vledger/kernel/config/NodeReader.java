package io.vledger.kernel.config;

import io.vertx.core.json.JsonObject;
import io.vledger.api.net.HostPort;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.store.Durability;
import io.vledger.api.store.LogRecord;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Turns the configuration tree into typed records and checks what only shows when several keys are seen together.
 *
 * <p>Stateless; any thread.
 */
final class NodeReader {
    private static final int LEAST_FORCE_PERCENT = 30;
    /** Pending proposals and the cache of entries take so small a part of memory each. */
    private static final int PENDING_SHARE = 16;

    private static final int CACHE_SHARE = 64;
    /** Where RocketMQ's proxy serves 5.x clients. */
    static final int GRPC_PORT = 8081;

    private static final long LEAST_CACHE_BYTES = 64 << 10;
    /** Room that a stored message needs beside its body. */
    private static final long MESSAGE_OVERHEAD_BYTES = 64 << 10;

    private static final Pattern DELAY_LEVELS = Pattern.compile("[1-9]\\d{0,8}[smhd]( +[1-9]\\d{0,8}[smhd]){0,63}");

    private final Section.Source source;
    private final String version;

    private NodeReader(Section.Source source, String version) {
        this.source = source;
        this.version = version;
    }

    /**
     * Reads a JSON configuration; refuses unknown keys.
     *
     * @param lines the lines of keys, as far as they are known
     */
    static NodeConfig readJson(
            String file, JsonObject tree, Map<String, Integer> lines, Placeholders placeholders, String version) {
        Section.Source source = new Section.Source(file, false, new TreeMap<>(), lines, placeholders);
        UnknownKeys.refuse(source, tree);
        return new NodeReader(source, version).read(tree, List.of(), List.of());
    }

    /** Reads the tree that {@link BrokerConf} made of a classic file; messages use the classic keys. */
    static NodeConfig readClassic(String file, BrokerConf conf, String version) {
        JsonObject tree = conf.toTree();
        // What the environment stands for has been put in already; what looks like a variable now is none.
        Section.Source source =
                new Section.Source(file, true, new TreeMap<>(), conf.lines(), Placeholders.of(Map.of()));
        return new NodeReader(source, version).read(tree, conf.notes(), conf.warnings());
    }

    private NodeConfig read(JsonObject tree, List<String> notes, List<String> warnings) {
        Section root = new Section(source, "", "", tree);
        String id = root.text("node");
        String cluster = root.text("cluster");
        Path data = path(root, "dataDir", root.text("dataDir", "data/" + id));
        if (Files.exists(data) && !Files.isDirectory(data)) {
            throw root.wrong("dataDir", data, "is a file; name a directory");
        }
        List<String> nameServers = root.addresses("nameServers");
        Section http = root.child("http");
        String httpHost = host(http, "host", http.text("host"));
        int httpPort = http.integer("port");
        if (httpPort == 0) {
            throw http.wrong("port", httpPort, "must be -1, or a port from 1 to 65535");
        }
        JsonObject access = SecurityReader.access(http, root.child("tls"));
        int shutdownSeconds = root.integer("shutdownSeconds");

        List<GroupConfig> groups = new ArrayList<>();
        Map<String, HostPort> listeners = new LinkedHashMap<>();
        if (httpPort > 0) {
            claim(http, "port", httpPort, new HostPort(httpHost, httpPort), listeners);
        }
        for (Section section : root.children("groups")) {
            GroupConfig group = group(section, id, data, root.child("tls"));
            if (groups.stream().anyMatch(other -> other.name().equals(group.name()))) {
                throw section.wrong("name", group.name(), "another group has this name; give each its own");
            }
            claim(section, "port", group.port(), new HostPort(group.bindHost(), group.port()), listeners);
            OriginReader.refuseOverlap(section.child("legacy"), group, groups);
            groups.add(group);
        }
        claimRaftPorts(root, groups, id, listeners);
        claimNameServerPorts(root, nameServers, groups, listeners);
        NodeInfo.NameService nameService = nameService(root.child("nameService"), nameServers);

        JsonObject accessControl = SecurityReader.accessControl(root.child("access"), source.file(), groups);
        NodeConfig.Plugins plugins = PluginsReader.read(
                root.child("plugins"),
                tree,
                new PluginsReader.PluginExtras(
                        data,
                        access,
                        SecurityReader.clients(root),
                        SecurityReader.peerCertificates(root.child("tls"), groups),
                        accessControl,
                        grpc(root, groups.get(0), listeners)));
        NodeInfo node = new NodeInfo(
                id, cluster, data, nameServers, List.copyOf(groups), httpHost, httpPort, version, nameService);
        return new NodeConfig(
                node,
                source.file(),
                plugins,
                shutdownSeconds,
                List.copyOf(notes),
                List.copyOf(warnings),
                SecurityReader.audit(root.child("audit"), data),
                source.effective());
    }

    /** The section of the plugin that serves 5.x clients; empty if none does. Who says anything of it wants it. */
    private JsonObject grpc(Section root, GroupConfig first, Map<String, HostPort> listeners) {
        Section section = root.child("grpc");
        Section plugin = root.child("plugins").child("grpc");
        for (String key : List.of("host", "port", "invisibleMs", "tls")) {
            if (plugin.has(key)) {
                throw plugin.wrong(key, "(given)", "is read in the sections grpc and tls of the file, not here");
            }
        }
        boolean wanted = section.has("host")
                || root.child("plugins").has("grpc")
                || (root.has("grpc") && !source.classic()); // of a classic file, there is always a section
        int port = wanted && !section.has("port")
                ? Math.toIntExact(section.raised("port", GRPC_PORT))
                : section.integer("port");
        if (port == 0) {
            throw section.wrong("port", port, "must be -1, or a port from 1 to 65535");
        }
        if (port < 0) {
            return new JsonObject();
        }
        String bound = section.text("host", "");
        String host = bound.isEmpty() ? first.bindHost() : host(section, "host", bound);
        claim(section, "port", port, new HostPort(host, port), listeners);
        JsonObject tls = SecurityReader.tls(root.child("tls"), false);
        JsonObject grpc =
                new JsonObject().put("host", host).put("port", port).put("invisibleMs", section.number("invisibleMs"));
        return tls.isEmpty() ? grpc : grpc.put("tls", tls);
    }

    private static NodeInfo.NameService nameService(Section section, List<String> nameServers) {
        String serves = section.text("serves", "");
        if (!serves.isEmpty() && !nameServers.contains(serves)) {
            throw section.wrong("serves", serves, "is not among the name servers, which are " + nameServers);
        }
        String bindHost = section.text("bindHost", serves.isEmpty() ? "" : "0.0.0.0");
        return new NodeInfo.NameService(bindHost.isEmpty() ? "" : host(section, "bindHost", bindHost), serves);
    }

    private GroupConfig group(Section section, String node, Path data, Section tls) {
        String name = section.text("name");
        String host = host(section, "host", section.text("host"));
        int port = section.integer("port");
        HostPort advertised = new HostPort(host, port);
        if (advertised.isAnyAddress()) {
            throw section.wrong(
                    "host",
                    host,
                    "clients are given this address and cannot dial it; name the one that they reach, and bind "
                            + section.shown("bindHost") + " to " + host);
        }
        String bindHost = host(section, "bindHost", section.text("bindHost", advertised.defaultBindHost()));
        Map<String, String> peers = section.peers("peers");
        refuseAnyAddress(section, peers, node);
        if (peers.isEmpty()) {
            peers.put(node, new HostPort(host, 0).toString());
        } else if (!peers.containsKey(node)) {
            throw section.wrong(
                    "peers", peers, "does not name this node, " + node + "; add it, or correct the node's id");
        }
        String durability = section.text("durability");
        Section store = section.child("store");
        String storeType = store.text("type");
        long segmentBytes = store.number("segmentBytes");
        GroupConfig.BrokerSettings broker = broker(section.child("broker"), section, peers.size());
        GroupConfig.RaftTiming raft = raft(section.child("raft"), broker, peers, node);
        long largestRecord = raft.maxEntryBytes() + LogRecord.HEADER_BYTES + 8L;
        if (segmentBytes < largestRecord || segmentBytes % 8 != 0) {
            throw store.wrong(
                    "segmentBytes",
                    segmentBytes,
                    "must be a multiple of 8 and hold the largest entry, " + largestRecord
                            + " bytes here; raise it, or lower maxMessageSize");
        }
        return GroupConfig.builder(name, data.resolve("vledger-" + name))
                .host(host)
                .bindHost(bindHost)
                .port(port)
                .peers(peers)
                .durability(Durability.valueOf(durability.toUpperCase(Locale.ROOT)))
                .storeType(storeType)
                .segmentBytes(segmentBytes)
                .raft(raft)
                .retention(retention(section.child("retention")))
                .broker(broker)
                .store(store.free("settings"))
                .origin(OriginReader.read(section.child("legacy"), name, node, data, peers, source.classic()))
                .inSync(inSync(section.child("ready")))
                .peerSecurity(SecurityReader.peers(section.child("peerSecurity"), tls))
                .build();
    }

    private static GroupConfig.InSync inSync(Section section) {
        return new GroupConfig.InSync(section.number("lagBytes"), section.integer("lagMs"));
    }

    /** RocketMQ lets a member call itself 0.0.0.0 in its own list; nobody can dial another one by that. */
    private void refuseAnyAddress(Section section, Map<String, String> peers, String node) {
        peers.forEach((id, text) -> {
            HostPort address = HostPort.parse(text);
            if (address != null && address.isAnyAddress() && !(source.classic() && id.equals(node))) {
                throw section.wrong(
                        "peers",
                        id + ": " + text,
                        "the others cannot dial this; name the address at which they reach it");
            }
        });
    }

    private static GroupConfig.RaftTiming raft(
            Section section, GroupConfig.BrokerSettings broker, Map<String, String> peers, String node) {
        HostPort own = HostPort.parse(peers.getOrDefault(node, ""));
        // A group of one has nobody to listen for.
        String bindHost =
                host(section, "bindHost", section.text("bindHost", own == null ? "127.0.0.1" : own.defaultBindHost()));
        int heartbeatMs = section.integer("heartbeatMs");
        int electionTimeoutMs = section.integer("electionTimeoutMs");
        if (electionTimeoutMs < 2L * heartbeatMs) {
            throw section.wrong(
                    "electionTimeoutMs",
                    electionTimeoutMs,
                    "must be at least twice heartbeatMs, which is " + heartbeatMs);
        }
        long largestMessage = broker.maxMessageSize() + MESSAGE_OVERHEAD_BYTES;
        int maxEntryBytes = atLeast(section, "maxEntryBytes", largestMessage, "the largest message");
        int maxInflightBytes = atLeast(section, "maxInflightBytes", maxEntryBytes, "an entry");
        int maxPendingBytes = section.has("maxPendingBytes")
                ? atLeast(section, "maxPendingBytes", maxEntryBytes, "an entry")
                : (int) share(section, "maxPendingBytes", PENDING_SHARE, maxEntryBytes);
        String preferred = section.text("preferredLeader", "");
        if (!preferred.isEmpty() && !peers.containsKey(preferred)) {
            throw section.wrong("preferredLeader", preferred, "is not a member; the members are " + peers.keySet());
        }
        return GroupConfig.RaftTiming.builder()
                .heartbeatMs(heartbeatMs)
                .electionTimeoutMs(electionTimeoutMs)
                .maxEntryBytes(maxEntryBytes)
                .maxInflightBytes(maxInflightBytes)
                .maxPendingBytes(maxPendingBytes)
                .checkpointBytes(section.number("checkpointBytes"))
                .checkpointIntervalMs(section.integer("checkpointIntervalMs"))
                .preferredLeader(preferred)
                .bindHost(bindHost)
                .cacheBytes(
                        section.has("cacheBytes")
                                ? section.number("cacheBytes")
                                : share(section, "cacheBytes", CACHE_SHARE, LEAST_CACHE_BYTES))
                .build();
    }

    /** The default of a bound of memory, or a part of the heap's bound if that is less; direct memory has the same bound. */
    private static long share(Section section, String key, int part, long least) {
        long usual = section.number(key);
        long value = Math.max(least, Math.min(usual, Runtime.getRuntime().maxMemory() / part));
        return value == usual ? usual : section.raised(key, value);
    }

    /** A bound that must not be below {@code least}: raised silently if it is the default, refused if it was written. */
    private static int atLeast(Section section, String key, long least, String what) {
        long value = section.number(key);
        if (value >= least) {
            return Math.toIntExact(value);
        }
        if (section.has(key)) {
            throw section.wrong(
                    key, value, "must hold " + what + ", " + least + " bytes here; raise it or leave it out");
        }
        return Math.toIntExact(section.raised(key, least));
    }

    private static GroupConfig.Retention retention(Section section) {
        return new GroupConfig.Retention(
                section.integer("hours"),
                section.number("maxBytes"),
                hoursOfDay(section),
                section.integer("diskMaxUsedPercent"),
                // RocketMQ raises what is less, too.
                Math.max(LEAST_FORCE_PERCENT, section.integer("diskForcePercent")),
                section.flag("forced"),
                section.integer("diskFullPercent"),
                section.integer("originGraceHours"));
    }

    private static List<Integer> hoursOfDay(Section section) {
        String text = section.text("deleteWhen");
        List<Integer> hours = new ArrayList<>();
        for (String part : text.split(";", -1)) {
            String hour = part.trim();
            if (!hour.matches("\\d{1,2}") || Integer.parseInt(hour) > 23) {
                throw section.wrong(
                        "deleteWhen",
                        text,
                        "must be hours of the day from 0 to 23, `;` between two, such as 04 or 04;16");
            }
            hours.add(Integer.parseInt(hour));
        }
        return hours;
    }

    private static GroupConfig.BrokerSettings broker(Section section, Section group, int members) {
        String levels = section.text("messageDelayLevel");
        if (levels.length() > 1000 || !DELAY_LEVELS.matcher(levels).matches()) {
            throw section.wrong(
                    "messageDelayLevel",
                    levels,
                    "must be delays such as 1s 5s 10m 2h, at most 64, one blank between two");
        }
        int permission = section.integer("brokerPermission");
        if (permission % 2 != 0) {
            throw section.wrong("brokerPermission", permission, "must be 6, 4 or 2");
        }
        return GroupConfig.BrokerSettings.builder()
                .autoCreateTopicEnable(section.flag("autoCreateTopicEnable"))
                .autoCreateSubscriptionGroup(section.flag("autoCreateSubscriptionGroup"))
                .defaultTopicQueueNums(section.integer("defaultTopicQueueNums"))
                .maxMessageSize(section.integer("maxMessageSize"))
                .messageDelayLevel(levels)
                .brokerPermission(permission)
                .forwarding(group.flag("forwarding"))
                .standbyQueues(standbyQueues(group, members))
                .vipChannel(vipChannel(group))
                .transactions(new GroupConfig.Transactions(
                        section.flag("rejectTransactionMessage"),
                        section.integer("transactionTimeOut"),
                        section.integer("transactionCheckMax"),
                        section.integer("transactionCheckInterval")))
                .features(new GroupConfig.Features(
                        section.flag("enablePropertyFilter"),
                        section.flag("enableLmq"),
                        section.flag("enableMultiDispatch"),
                        section.integer("maxLmqConsumeQueueNum"),
                        section.flag("enableMixedMessageType")))
                .pop(pop(section))
                .timers(new GroupConfig.Timers(
                        section.flag("timerWheelEnable"),
                        section.integer("timerMaxDelaySec"),
                        section.integer("timerPrecisionMs"),
                        section.integer("timerCongestNumEachSlot"),
                        section.flag("recallMessageEnable")))
                .storeReplyMessageEnable(section.flag("storeReplyMessageEnable"))
                .build();
    }

    private static GroupConfig.Pop pop(Section section) {
        return new GroupConfig.Pop(
                section.flag("enableRetryTopicV2"),
                section.text("defaultMessageRequestMode").equals("POP"),
                section.integer("defaultPopShareQueueNum"),
                section.flag("enablePopMessageThreshold"),
                section.integer("popInflightMessageThreshold"));
    }

    private static GroupConfig.VipChannel vipChannel(Section group) {
        String text = group.text("vipChannel");
        return switch (text) {
            case "auto" -> GroupConfig.VipChannel.AUTO;
            case "on" -> GroupConfig.VipChannel.ON;
            case "off" -> GroupConfig.VipChannel.OFF;
            default -> throw group.wrong("vipChannel", text, "must be auto, on or off");
        };
    }

    /** Without forwarding, or without a member that could take over, a second name would only cost. */
    private static int standbyQueues(Section group, int members) {
        String text = group.text("standbyRoute");
        int queues;
        if (text.equals("full")) {
            queues = GroupConfig.BrokerSettings.ALL_QUEUES;
        } else if (text.equals("off")) {
            queues = 0;
        } else if (text.matches("[1-9]\\d{0,3}")) {
            queues = Integer.parseInt(text);
        } else {
            throw group.wrong("standbyRoute", text, "must be full, off or a number of queues from 1 to 9999");
        }
        return group.flag("forwarding") && members > 2 ? queues : 0;
    }

    /** A host as it is used; an IPv6 address may be written in brackets. */
    private static String host(Section section, String key, String text) {
        String host = HostPort.parseHost(text);
        if (host == null) {
            throw section.wrong(key, text, "must be a host name or an address, without a port");
        }
        return host;
    }

    private void claimRaftPorts(Section root, List<GroupConfig> groups, String id, Map<String, HostPort> listeners) {
        for (GroupConfig group : groups) {
            HostPort own = HostPort.parse(group.peers().getOrDefault(id, ""));
            if (own != null) {
                HostPort bound = new HostPort(group.raft().bindHost(), own.port());
                String key = source.classic() ? "dLegerPeers" : "peers." + id;
                listeners.forEach((shown, taken) -> refuseClash(bound, taken, key, own.toString(), shown));
                listeners.put(source.classic() ? key : "groups " + group.name() + " " + key, bound);
            }
            for (Map.Entry<String, String> peer : group.peers().entrySet()) {
                HostPort address = HostPort.parse(peer.getValue());
                HostPort client = new HostPort(group.host(), group.port());
                if (address != null && address.equals(client)) {
                    throw root.wrong("groups", peer, "is this node's client port; Raft needs a port of its own");
                }
            }
        }
    }

    private void claimNameServerPorts(
            Section root, List<String> nameServers, List<GroupConfig> groups, Map<String, HostPort> listeners) {
        for (String text : nameServers) {
            HostPort address = HostPort.parse(text);
            if (address == null) {
                continue;
            }
            listeners.forEach((shown, taken) -> {
                boolean ours = groups.stream().anyMatch(group -> group.host().equals(address.host()))
                        || taken.host().equals(address.host());
                if (ours) {
                    refuseClash(address, taken, root.shown("nameServers"), text, shown);
                }
            });
        }
    }

    private void claim(Section section, String key, int port, HostPort listener, Map<String, HostPort> listeners) {
        listeners.forEach((shown, taken) -> refuseClash(listener, taken, section.shown(key), port, shown));
        listeners.put(section.shown(key), listener);
    }

    private void refuseClash(HostPort listener, HostPort taken, String key, Object value, String takenBy) {
        if (listener.clashesWith(taken)) {
            throw source.wrong(key, value, "the same address is used by " + takenBy + "; give each its own port");
        }
    }

    /** A path as it is written, from the user's home if it begins with {@code ~}, absolute. */
    static Path path(Section section, String key, String text) {
        String home = System.getProperty("user.home", ".");
        String expanded = text.equals("~") || text.startsWith("~/") ? home + text.substring(1) : text;
        Path path;
        try {
            path = Path.of(expanded);
        } catch (InvalidPathException e) {
            throw section.wrong(key, text, "is not a path: " + e.getReason());
        }
        if (!Files.exists(path)) {
            boolean quoted = text.length() > 1 && text.matches("(['\"]).*\\1");
            if (quoted || text.contains(" #")) {
                throw section.wrong(
                        key,
                        text,
                        (quoted ? "quotes are" : "what follows the # is") + " part of the value; remove "
                                + (quoted ? "them" : "it"));
            }
        }
        return path.toAbsolutePath().normalize();
    }
}
