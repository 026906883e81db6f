package io.vledger.kernel.config;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.store.Durability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTest {
    private static final Path CONF = Path.of("../../conf");

    @TempDir
    Path directory;

    private Vertx vertx;

    @BeforeEach
    void open() {
        vertx = Vertx.vertx();
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
            {"nodes":"n0"}                                 | unknown key nodes: did you mean node?
            {"node":"n0","groups":[{"nam":"a"}]}           | unknown key groups[0].nam: did you mean groups[].name?
            {"node":"n0","groups":[{"raft":{"heartbeat":1}}]} | unknown key groups[0].raft.heartbeat: did you mean groups[].raft.heartbeatMs?
            {"node":"n0","heartbeatms":5}                  | unknown key heartbeatms: did you mean groups[].raft.heartbeatMs?
            {}                                             | node = (absent): must be 1 to 100 characters
            {"node":7}                                     | node = 7: must be 1 to 100 characters
            {"node":"a/b"}                                 | node = "a/b": must be 1 to 100 characters
            {"node":"n0"}                                  | groups = (absent): must be a list of at least one object
            {"node":"n0","groups":[]}                      | groups = []: must be a list of at least one object
            {"node":"n0","groups":{}}                      | groups = {}: must be a list of at least one object
            {"node":"n0","groups":[5]}                     | groups[0] = 5: must be an object
            {"node":"n0","groups":[{"port":1}]}            | groups[0].name = (absent): must be
            {"node":"n0","http":5,"groups":[{"name":"a"}]} | http = 5: must be an object
            {"node":"n0","nameServers":"x","groups":[{"name":"a"}]} | nameServers = "x": must be a list of host:port
            {"node":"n0","nameServers":["x"],"groups":[{"name":"a"}]} | nameServers = "x": must be host:port
            {"node":"n0","nameServers":["x:1","x:1"],"groups":[{"name":"a"}]} | nameServers = "x:1": is there twice
            {"node":"n0","groups":[{"name":"a","port":"x"}]} | groups[0].port = "x": must be a whole number from 1 to 65535
            {"node":"n0","groups":[{"name":"a","port":70000}]} | groups[0].port = 70000: must be a whole number from 1 to 65535
            {"node":"n0","groups":[{"name":"a","port":1.5}]} | groups[0].port = 1.5: must be a whole number
            {"node":"n0","groups":[{"name":"a","host":"x:1"}]} | groups[0].host = x:1: must be a host name or an address
            {"node":"n0","groups":[{"name":"a","durability":"fast"}]} | groups[0].durability = "fast": must be sync or async
            {"node":"n0","groups":[{"name":"a","peers":{"n1":"h:1"}}]} | groups[0].peers = {n1=h:1}: does not name this node, n0
            {"node":"n0","groups":[{"name":"a","peers":{"n0":"h:1","n1":"h:1"}}]} | groups[0].peers = n1: h:1: another member has this address
            {"node":"n0","groups":[{"name":"a","peers":{"n0":"h:0"}}]} | groups[0].peers = n0: h:0: must be a node id with host:port
            {"node":"n0","groups":[{"name":"a","peers":{"n0":"127.0.0.1:10911"}}]} | peers.n0 = 127.0.0.1:10911: the same address is used by groups[0].port
            {"node":"n0","http":{"port":10911},"groups":[{"name":"a"}]} | groups[0].port = 10911: the same address is used by http.port
            {"node":"n0","nameServers":["127.0.0.1:10911"],"groups":[{"name":"a"}]} | nameServers = 127.0.0.1:10911: the same address is used by groups[0].port
            {"node":"n0","groups":[{"name":"a"},{"name":"a","port":2}]} | groups[1].name = a: another group has this name
            {"node":"n0","groups":[{"name":"a","raft":{"heartbeatMs":400}}]} | groups[0].raft.electionTimeoutMs = 600: must be at least twice heartbeatMs
            {"node":"n0","groups":[{"name":"a","raft":{"maxEntryBytes":65536}}]} | groups[0].raft.maxEntryBytes = 65536: must hold the largest message, 4259840 bytes
            {"node":"n0","groups":[{"name":"a","raft":{"preferredLeader":"n9"}}]} | groups[0].raft.preferredLeader = n9: is not a member; the members are [n0]
            {"node":"n0","groups":[{"name":"a","store":{"segmentBytes":1048576}}]} | groups[0].store.segmentBytes = 1048576: must be a multiple of 8 and hold the largest entry
            {"node":"n0","groups":[{"name":"a","retention":{"deleteWhen":"4;24"}}]} | groups[0].retention.deleteWhen = 4;24: must be hours of the day from 0 to 23
            {"node":"n0","groups":[{"name":"a","broker":{"messageDelayLevel":"1x"}}]} | groups[0].broker.messageDelayLevel = 1x: must be delays such as
            {"node":"n0","groups":[{"name":"a","broker":{"brokerPermission":3}}]} | groups[0].broker.brokerPermission = 3: must be 6, 4 or 2
            {"node":"n0","groups":[{"name":"a","broker":{"autoCreateTopicEnable":"yes"}}]} | groups[0].broker.autoCreateTopicEnable = "yes": must be true or false
            {"node":"n0","plugins":{"x":5},"groups":[{"name":"a"}]} | plugins.x = 5: must be an object with the plugin's settings
            {"node":                                       | n0.json: is not a JSON object: Unexpected end-of-input
            []                                             | n0.json: is not a JSON object:
            """)
    void aWrongJsonFileIsRefusedInOneLine(String json, String problem) throws IOException {
        Path file = Files.writeString(directory.resolve("n0.json"), json);
        assertThatThrownBy(() -> readJson(file))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(problem)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            listenPort=abc                          | listenPort = "abc": must be a whole number from 1 to 65535
            listenPort=0                            | listenPort = 0: must be a whole number
            flushDiskType=FAST                      | flushDiskType = FAST: must be SYNC_FLUSH or ASYNC_FLUSH
            enableDLegerCommitLog=yes               | enableDLegerCommitLog = yes: must be true or false
            enableDLegerCommitLog=true              | dLegerPeers = (absent): enableDLegerCommitLog=true needs the members
            enableDLegerCommitLog=true\\ndLegerPeers=n0-h:1 | dLegerSelfId = (absent): enableDLegerCommitLog=true needs this node's id
            enableDLegerCommitLog=true\\ndLegerPeers=n0-h:1\\ndLegerSelfId=n3 | dLegerSelfId = n3: is not among dLegerPeers
            enableDLegerCommitLog=true\\ndLegerPeers=n0:h:1\\ndLegerSelfId=n0 | dLegerPeers = n0:h:1: must be id-host:port
            enableDLegerCommitLog=true\\ndLegerPeers=n0-h:1;n0-h:2\\ndLegerSelfId=n0 | dLegerPeers = n0-h:2: this id is there twice
            enableDLegerCommitLog=true\\ndLegerPeers=n0-h:1;n1-h:1\\ndLegerSelfId=n0 | another member has this address
            maxMessageSize=12g                      | maxMessageSize = "12g": must be a whole number
            namesrvAddr=localhost                   | namesrvAddr = "localhost": must be host:port
            deleteWhen=4am                          | deleteWhen = 4am: must be hours of the day from 0 to 23
            autoCreateTopicEnable=maybe             | autoCreateTopicEnable = "maybe": must be true or false
            brokerName=a b                          | brokerName = "a b": must be 1 to 100 characters
            mappedFileSizeCommitLog=1048577         | mappedFileSizeCommitLog = 1048577: must be a multiple of 8
            """)
    void aWrongClassicFileIsRefusedInOneLineWithItsOwnKeys(String lines, String problem) throws IOException {
        Path file = Files.writeString(
                directory.resolve("broker.conf"),
                "storePathRootDir=" + directory + "\n" + lines.replace("\\n", "\n") + "\n");
        assertThatThrownBy(() -> readClassic(file))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(problem);
    }

    @Test
    void aMissingFileAndADirectoryAreNamed() {
        assertThatThrownBy(() -> readJson(directory.resolve("none.json")))
                .hasMessageContaining("there is no such file");
        assertThatThrownBy(() -> readJson(directory)).hasMessageContaining("is a directory");
    }

    @Test
    void theSampleOfTheUpgradeGuideIsReadAsItIs() throws Exception {
        NodeConfig config = readClassic(CONF.resolve("dledger/broker-n1.conf"));
        assertThat(config.node().id()).isEqualTo("n1");
        assertThat(config.node().cluster()).isEqualTo("RaftCluster");
        assertThat(config.node().dataDirectory()).isEqualTo(Path.of("/tmp/rmqstore/node01"));
        assertThat(config.node().nameServers()).containsExactly("127.0.0.1:9876");
        assertThat(config.node().httpPort()).isEqualTo(30922);
        GroupConfig group = config.node().groups().get(0);
        assertThat(group.name()).isEqualTo("RaftNode00");
        assertThat(group.clientAddress()).isEqualTo("127.0.0.1:30921");
        assertThat(group.bindHost()).isEqualTo("0.0.0.0");
        assertThat(group.directory()).isEqualTo(Path.of("/tmp/rmqstore/node01/vledger-RaftNode00"));
        assertThat(group.peers())
                .containsExactly(
                        Map.entry("n0", "127.0.0.1:40911"),
                        Map.entry("n1", "127.0.0.1:40912"),
                        Map.entry("n2", "127.0.0.1:40913"));
        assertThat(group.durability()).isEqualTo(Durability.SYNC);
        assertThat(config.notes())
                .singleElement()
                .asString()
                .endsWith("keys of RocketMQ without a use here: sendMessageThreadPoolNums");
    }

    @Test
    void unknownClassicKeysAreNotedWithTheNearestOne() throws Exception {
        Path file = Files.writeString(
                directory.resolve("b.conf"),
                "brokerName=a\nstorePathRootDir=" + directory
                        + "\nmyListenPort=1\nflushDiskType=ASYNC_FLUSH\nnamesrvAddr=h:1\n");
        NodeConfig config = readClassic(file);
        assertThat(config.warnings())
                .anyMatch(note -> note.contains("unknown keys, ignored: myListenPort (did you mean "));
        assertThat(config.notes()).anyMatch(note -> note.contains("a group of its own"));
        assertThat(config.node().groups().get(0).durability()).isEqualTo(Durability.ASYNC);
    }

    @Test
    void overridesWinOverTheFile() throws Exception {
        NodeConfig config = new ConfigFiles(vertx, "1")
                .readBrokerConf(
                        CONF.resolve("dledger/broker-n0.conf").toString(),
                        Map.of("namesrvAddr", "10.0.0.1:9876;10.0.0.2:9876"))
                .await(10, TimeUnit.SECONDS);
        assertThat(config.node().nameServers()).containsExactly("10.0.0.1:9876", "10.0.0.2:9876");
    }

    @Test
    void aClassicFileSaysWhereItsBrokerKeptItsData() throws Exception {
        Path root = directory.resolve("store");
        Path file = Files.writeString(
                directory.resolve("b.conf"),
                "brokerName=a\nenableDLegerCommitLog=true\ndLegerSelfId=n0\ndLegerPeers=n0-h:1;n1-h:2\nnamesrvAddr=h:3\n"
                        + "storePathRootDir=" + root + "\nstorePathCommitLog=/old/log\nstoreType=defaultRocksDB\n"
                        + "mappedFileSizeConsumeQueue=6000\nvledgerHttpToken=0123456789abcdef\nlegacySource=n1\n"
                        + "legacyDryRun=true\nlegacyAcceptDamage=4711\n");
        GroupConfig.OriginSettings old =
                readClassic(file).node().groups().get(0).origin();
        assertThat(old.settings())
                .containsEntry("storePathRootDir", root.toString())
                .containsEntry("storePathCommitLog", "/old/log")
                .containsEntry("storeType", "defaultRocksDB")
                .containsEntry("mappedFileSizeConsumeQueue", "6000")
                .containsEntry("dLegerSelfId", "n0")
                .containsEntry("brokerName", "a")
                .doesNotContainKey("vledgerHttpToken");
        assertThat(old.source()).isEqualTo("n1");
        assertThat(old.dryRun()).isTrue();
        assertThat(old.acceptDamage()).isEqualTo(4711);
    }

    @Test
    void theSourceOfOldDataMustBeAMember() throws Exception {
        Path file = Files.writeString(
                directory.resolve("b.conf"),
                "brokerName=a\nnamesrvAddr=h:1\nstorePathRootDir=" + directory + "\nlegacySource=n7\n");
        assertThatThrownBy(() -> readClassic(file))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("legacySource")
                .hasMessageContaining("n7")
                .hasMessageContaining("[n0]");
    }

    @Test
    void aJsonFileLooksForOldDataOnlyWhereItSaysSo() {
        String group = "{\"node\":\"n0\",\"groups\":[{\"name\":\"a\"%s}]}";
        JsonObject without = new JsonObject(group.formatted(""));
        assertThat(fromTree(without).node().groups().get(0).origin()).isEqualTo(GroupConfig.OriginSettings.NONE);
        JsonObject lacking = new JsonObject(group.formatted(",\"legacy\":{\"dryRun\":true}"));
        assertThatThrownBy(() -> fromTree(lacking))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("legacy.storePathRootDir");
    }

    @ParameterizedTest
    @ValueSource(strings = {"n0.json", "n1.json", "n2.json", "single.json"})
    void theSampleFilesAreGood(String name) throws Exception {
        NodeConfig config = readJson(CONF.resolve(name));
        assertThat(config.notes()).isEmpty();
        GroupConfig group = config.node().groups().get(0);
        assertThat(group.raft().maxEntryBytes()).isEqualTo((4 << 20) + (64 << 10));
        assertThat(group.segmentBytes()).isEqualTo(256L << 20);
        assertThat(group.bindHost()).isEqualTo("127.0.0.1");
        assertThat(config.effective()).containsEntry("groups[0].raft.heartbeatMs", "75");
    }

    @Test
    void theBuildersDefaultsAreThoseOfTheKeys() throws Exception {
        GroupConfig read = fromTree(new JsonObject("{\"node\":\"n0\",\"groups\":[{\"name\":\"g\"}]}"))
                .node()
                .groups()
                .get(0);
        GroupConfig built = GroupConfig.builder("g", read.directory())
                .peers(read.peers())
                .origin(read.origin())
                // What the reader derives from the heap, the largest message and the peers.
                .raft(GroupConfig.RaftTiming.builder()
                        .maxEntryBytes(read.raft().maxEntryBytes())
                        .maxPendingBytes(read.raft().maxPendingBytes())
                        .cacheBytes(read.raft().cacheBytes())
                        .bindHost(read.raft().bindHost())
                        .build())
                .broker(GroupConfig.BrokerSettings.builder()
                        .standbyQueues(read.broker().standbyQueues())
                        .build())
                .build();
        assertThat(read).isEqualTo(built);
    }

    private static GroupConfig groupWithEveryKey() {
        return GroupConfig.builder("g", Path.of("/d/vledger-g"))
                .host("h1")
                .bindHost("0.0.0.0")
                .port(2)
                .peers(Map.of("n0", "h0:3", "n1", "h1:3"))
                .durability(Durability.ASYNC)
                .storeType("rocks")
                .segmentBytes(8_388_608)
                .raft(GroupConfig.RaftTiming.builder()
                        .heartbeatMs(10)
                        .electionTimeoutMs(60)
                        .maxEntryBytes(131072)
                        .maxInflightBytes(131072)
                        .maxPendingBytes(131080)
                        .checkpointBytes(65536)
                        .checkpointIntervalMs(100)
                        .preferredLeader("n0")
                        .bindHost("10.0.0.2")
                        .cacheBytes(65537)
                        .build())
                .retention(new GroupConfig.Retention(1, 2, List.of(3, 15), 10, 31, false, 11, 5))
                .broker(GroupConfig.BrokerSettings.builder()
                        .autoCreateTopicEnable(false)
                        .autoCreateSubscriptionGroup(false)
                        .defaultTopicQueueNums(2)
                        .maxMessageSize(1024)
                        .messageDelayLevel("1s 2h")
                        .brokerPermission(4)
                        .forwarding(false)
                        .standbyQueues(0)
                        .vipChannel(GroupConfig.VipChannel.ON)
                        .build())
                .store(new JsonObject().put("a", 1))
                .origin(new GroupConfig.OriginSettings(
                        Map.of(
                                "storePathRootDir", "/old",
                                "storePathCommitLog", "/old/l",
                                "storePathDLedgerCommitLog", "/old/d",
                                "storeType", "default",
                                "dLegerSelfId", "n1",
                                "brokerName", "g"),
                        "n0",
                        true,
                        8))
                .build();
    }

    @Test
    void everyKeyCanBeSet() {
        JsonObject tree = new JsonObject(
                """
                {"node":"n1","cluster":"C","dataDir":"/d","nameServers":["h:9876"],"nameService":{"serves":"h:9876","bindHost":"10.0.0.1"},"http":{"host":"::1","port":1,"token":"0123456789abcdef"},
                 "shutdownSeconds":3,
                 "groups":[{"name":"g","host":"h1","bindHost":"0.0.0.0","port":2,"peers":{"n0":"h0:3","n1":"h1:3"},
                  "durability":"async","store":{"type":"rocks","segmentBytes":8388608,"settings":{"a":1}},
                  "raft":{"heartbeatMs":10,"electionTimeoutMs":60,"maxEntryBytes":131072,"maxInflightBytes":131072,
                   "maxPendingBytes":131080,"checkpointBytes":65536,"checkpointIntervalMs":100,"preferredLeader":"n0","bindHost":"10.0.0.2","cacheBytes":65537},
                  "retention":{"hours":1,"maxBytes":2,"deleteWhen":"03;15","diskMaxUsedPercent":10,"diskForcePercent":31,
                   "forced":false,"diskFullPercent":11,"originGraceHours":5},
                  "broker":{"autoCreateTopicEnable":false,"autoCreateSubscriptionGroup":false,
                   "defaultTopicQueueNums":2,"maxMessageSize":1024,"messageDelayLevel":"1s 2h","brokerPermission":4},
                  "legacy":{"storePathRootDir":"/old","storePathCommitLog":"/old/l","storePathDLedgerCommitLog":"/old/d",
                   "source":"n0","dryRun":true,"acceptDamage":8,"settings":{"storeType":"default"}},
                  "forwarding":false,"standbyRoute":"3","vipChannel":"on"}],
                 "plugins":{"directory":"%s","later":["x"],"x":{"y":1},"http":{"maxSeries":5}}}"""
                        .formatted(directory));
        NodeConfig config = fromTree(tree);
        assertThat(config.node().groups()).containsExactly(groupWithEveryKey());
        assertThat(config.plugins().sections())
                .isEqualTo(
                        new JsonObject(
                                """
                        {"x":{"y":1},"http":{"maxSeries":5,"token":"0123456789abcdef"}}"""));
        assertThat(config.plugins().directory()).isEqualTo(directory);
        assertThat(config.plugins().later()).containsExactly("x");
        assertThat(config.shutdownSeconds()).isEqualTo(3);
        assertThat(config.node().httpHost()).isEqualTo("::1");
        assertThat(config.node().nameService()).isEqualTo(new NodeInfo.NameService("10.0.0.1", "h:9876"));
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1:1, 127.0.0.1, 127.0.0.1",
        "localhost, localhost:1, localhost, localhost",
        "::1, [::1]:1, ::1, ::1",
        "10.1.1.1, 10.1.1.1:1, 0.0.0.0, 0.0.0.0",
        "broker-0.example.org, 203.0.113.7:1, 0.0.0.0, 0.0.0.0",
        "2001:db8::1, [2001:db8::1]:1, ::, ::",
        "10.1.1.1, 127.0.0.1:1, 0.0.0.0, 127.0.0.1"
    })
    void portsAreBoundToEveryAddressUnlessOthersDialLoopback(String host, String peer, String client, String raft) {
        JsonObject group = new JsonObject()
                .put("name", "g")
                .put("host", host)
                .put("peers", new JsonObject().put("n0", peer).put("n1", "10.9.9.9:1"));
        JsonObject tree = new JsonObject().put("node", "n0").put("groups", new JsonArray().add(group));
        GroupConfig config = fromTree(tree).node().groups().get(0);
        assertThat(config.bindHost()).isEqualTo(client);
        assertThat(config.raft().bindHost()).isEqualTo(raft);
        assertThat(config.raft().bindHost(requireNonNull(config.peers().get("n0"))))
                .isEqualTo(raft);
    }

    @Test
    void anIpv6AddressMayBeWrittenInBracketsWhereverAHostIsNamed() {
        JsonObject tree = new JsonObject(
                """
                {"node":"n0","nameServers":["[::1]:9876"],"http":{"host":"[::1]","port":1},"nameService":{"serves":"[::1]:9876","bindHost":"[::]"},
                 "groups":[{"name":"a","host":"[2001:db8::1]","bindHost":"[2001:db8::2]","raft":{"bindHost":"[fe80::3%eth0]"}}]}
                """);
        NodeInfo node = fromTree(tree).node();
        assertThat(node.httpHost()).isEqualTo("::1");
        assertThat(node.nameService().bindHost()).isEqualTo("::");
        GroupConfig group = node.groups().get(0);
        assertThat(group.host()).isEqualTo("2001:db8::1");
        assertThat(group.bindHost()).isEqualTo("2001:db8::2");
        assertThat(group.raft().bindHost()).isEqualTo("fe80::3%eth0");
        assertThat(group.peers()).containsEntry("n0", "[2001:db8::1]:0");
    }

    @Test
    void aGroupOfOneListensForNobodyOutside() {
        JsonObject tree = new JsonObject("{\"node\":\"n0\",\"groups\":[{\"name\":\"a\",\"host\":\"10.1.1.1\"}]}");
        assertThat(fromTree(tree).node().groups().get(0).raft().bindHost()).isEqualTo("127.0.0.1");
    }

    @Test
    void pluginsLieInTheDataDirectoryAndNotWhereverTheProcessWasStarted() {
        JsonObject tree =
                new JsonObject("{\"node\":\"n0\",\"groups\":[{\"name\":\"a\"}]}").put("dataDir", directory.toString());
        assertThat(fromTree(tree).plugins().directory()).isEqualTo(directory.resolve("plugins"));
    }

    @Test
    void aSignatureThatNothingChecksStopsTheStart() throws IOException {
        Path file = Files.writeString(directory.resolve("signer.pem"), "x");
        JsonObject http = new JsonObject().put("deployPluginsSignedBy", file.toString());
        JsonObject tree = new JsonObject("{\"node\":\"n0\",\"groups\":[{\"name\":\"a\"}]}").put("http", http);
        assertThatThrownBy(() -> fromTree(tree))
                .hasMessageContaining("http.deployPluginsSignedBy")
                .hasMessageContaining("needs http.deployPlugins = true");
        http.put("deployPlugins", true);
        assertThat(fromTree(tree).plugins().sections().getJsonObject("http").getString("deployPluginsSignedBy"))
                .isEqualTo(file.toString());
    }

    @Test
    void membersThatUseTlsNeedCertificatesAndGetThem() throws IOException {
        Path file = Files.writeString(directory.resolve("some.pem"), "x");
        JsonObject tree = new JsonObject(
                "{\"node\":\"n0\",\"groups\":[{\"name\":\"a\",\"peerSecurity\":{\"tls\":\"required\"}}]}");
        assertThatThrownBy(() -> fromTree(tree))
                .hasMessageContaining("groups[0].peerSecurity.tls = required")
                .hasMessageContaining("needs tls.certificate");
        JsonObject tls = new JsonObject()
                .put("mode", "disabled")
                .put("certificate", file.toString())
                .put("key", file.toString());
        tree.put("tls", tls);
        assertThatThrownBy(() -> fromTree(tree)).hasMessageContaining("needs tls.trust");
        tls.put("trust", file.toString());
        JsonObject given = fromTree(tree).plugins().sections();
        assertThat(given.getJsonObject("raft").getJsonObject("tls").getString("clientAuth"))
                .isEqualTo("require");
        assertThat(given.containsKey("remoting"))
                .as("clients are not concerned")
                .isFalse();
        tls.remove("mode");
        JsonObject clients =
                fromTree(tree).plugins().sections().getJsonObject("remoting").getJsonObject("tls");
        assertThat(clients.getBoolean("members"))
                .as("what members relay is encrypted too")
                .isTrue();
        assertThat(clients.getString("mode")).isEqualTo("permissive");
    }

    @Test
    void theTokenIsGivenToTheHttpPluginAndShownNowhere() throws IOException {
        String secret = "s3cret-of-the-node";
        JsonObject tree = new JsonObject("{\"node\":\"n0\",\"groups\":[{\"name\":\"a\"}]}");
        NodeConfig config = fromTree(tree.copy().put("http", new JsonObject().put("token", secret)));
        assertThat(config.plugins().sections().getJsonObject("http").getString("token"))
                .isEqualTo(secret);
        assertThat(config.effective().toString())
                .contains("http.token=(not shown)")
                .doesNotContain(secret);
        assertThat(config.node().toString()).doesNotContain(secret);

        Path file = Files.writeString(directory.resolve("token"), "x");
        JsonObject both = new JsonObject().put("token", secret).put("tokenFile", file.toString());
        assertThatThrownBy(() -> fromTree(tree.copy().put("http", both)))
                .hasMessageContaining("http.tokenFile")
                .hasMessageContaining("keep one")
                .message()
                .doesNotContain(secret);
        for (Object wrong : List.of("s3cret", secret + " ", secret.repeat(40), 1234567890123456L)) {
            assertThatThrownBy(() -> fromTree(tree.copy().put("http", new JsonObject().put("token", wrong))))
                    .hasMessageContaining("http.token = (not shown): must be 16 to 512")
                    .message()
                    .doesNotContain(wrong.toString());
        }
    }

    @Test
    void theTableOfKeysInTheReferenceIsCurrent() throws IOException {
        String page = Files.readString(CONF.resolve("README.md"));
        String table = ConfigKeys.asMarkdown();
        if (Boolean.getBoolean("vledger.reference.write")) {
            int from = page.indexOf(table.substring(0, table.indexOf('\n')));
            int to = page.indexOf("\n\n", from) + 1;
            page = page.substring(0, from) + table.stripTrailing() + "\n" + page.substring(to);
            Files.writeString(CONF.resolve("README.md"), page);
        }
        assertThat(page).contains(table);
    }

    private static NodeConfig fromTree(JsonObject tree) {
        return NodeReader.readJson("f", tree, Map.of(), Placeholders.of(Map.of()), "v");
    }

    private NodeConfig readJson(Path file) throws Exception {
        return new ConfigFiles(vertx, "1").readJson(file.toString()).await(10, TimeUnit.SECONDS);
    }

    private NodeConfig readClassic(Path file) throws Exception {
        return new ConfigFiles(vertx, "1")
                .readBrokerConf(file.toString(), Map.of())
                .await(10, TimeUnit.SECONDS);
    }
}
