package io.vledger.kernel.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.api.plugin.GroupConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Wrong and odd {@code broker.conf} files, as people have them: each is refused in one line that names file, line and remedy, or
 * read as RocketMQ reads it.
 */
class OddClassicFilesTest {
    private static final String GROUP =
            "enableDLegerCommitLog=true\ndLegerPeers=n0-h0:1;n1-h1:1;n2-h2:1\ndLegerSelfId=n0\nbrokerIP1=h0\n";
    private static final Map<String, String> ENVIRONMENT =
            Map.of("POD_IP", "10.0.0.7", "DATA", "/data", "EMPTY", " ", "NEST", "${DATA}");

    @TempDir
    Path directory;

    /** Lines of the file, with the escapes of Java; {@code GROUP} stands for the keys of a group of three. */
    @ParameterizedTest(name = "[{index}] {0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
            # keys that protect
            aclEnable = yes                              | aclEnable = "yes": must be true or false
            aclEnable:1                                  | aclEnable = "1": must be true or false
            aclEnable=true\\nauthenticationEnabled=true   | line 1: aclEnable = true: and authenticationEnabled are both
            authenticationEnabled=true                   | vledgerAccessKeyFile = (absent): access control needs a key
            authorizationEnabled=true                    | authorizationEnabled = true: needs authenticationEnabled=true
            migrateAuthFromV1Enabled=true                | vledgerAccessKeyFile = (absent): access control needs a key
            initAuthenticationUser=admin                 | initAuthenticationUser = (not shown): must be JSON with username
            authenticationWhitelist=34;35\\nvledgerAccessKeyFile=/k | authenticationWhitelist = 34;35: must be request codes
            authorizationProvider=com.acme.Mine          | authorizationProvider = com.acme.Mine: classes of RocketMQ's access
            aclenable=true                               | line 1: unknown key aclenable: did you mean aclEnable?
            authentificationEnabled=true                 | did you mean authenticationEnabled?
            tls.server.mode=enforcing                    | tls.server.mode = enforcing: needs tls.server.certPath
            tls.server.mode=ENFORCING                    | must be disabled or permissive or enforcing
            tls.enable=true                              | tls.enable = true: is not done here
            tls.server.need.client.auth=require          | tls.server.need.client.auth = require: needs tls.server.trustCertPath
            TLS.server.mode=ENFORCING                    | is not done here
            useTLS=true                                  | useTLS = true: is not done here
            vledgerPeerSecurity=required                 | vledgerPeerSecurity = required: needs vledgerPeerSecretFile
            vledgerPeerSecurity=off\\nvledgerPeerSecretFile=/s | vledgerPeerSecurity = off: contradicts vledgerPeerSecretFile
            brokerRole=SLAVE\\nbrokerId=1                | line 1: brokerRole = SLAVE: there are no slaves, and alone
            brokerRole=SYNC_MASTER                       | brokerRole = SYNC_MASTER: alone this node acknowledges what no other machine has
            brokerRole=MASTER                            | brokerRole = MASTER: must be ASYNC_MASTER, SYNC_MASTER or SLAVE
            brokerRole=slave                             | brokerRole = slave: must be ASYNC_MASTER, SYNC_MASTER or SLAVE
            brokerrole=SLAVE                             | unknown key brokerrole: did you mean brokerRole?
            GROUP brokerRole=SYNCMASTER                  | brokerRole = SYNCMASTER: must be
            enableControllerMode=true                    | enableControllerMode = true: the controller is not asked here
            GROUP enableControllerMode=true              | enableControllerMode = true: the controller is not asked here
            inSyncReplicas=2                             | inSyncReplicas = 2: a send is acknowledged when a majority has it, 1 of 1
            GROUP inSyncReplicas=3                       | line 5: inSyncReplicas = 3: a send is acknowledged when a majority has it, 2 of 3
            GROUP minInSyncReplicas=3                    | minInSyncReplicas = 3: a send is acknowledged when a majority
            GROUP inSyncReplicas=all                     | inSyncReplicas = all: must be a whole number
            GROUP allAckInSyncStateSet=true              | allAckInSyncStateSet = true: a send is acknowledged here when a majority
            rejectPullConsumerEnable=true                | rejectPullConsumerEnable = true: pull consumers cannot be kept out
            messageStorePlugIn=org.apache.rocketmq.tieredstore.TieredMessageStore | messageStorePlugIn = org.apache
            startAcceptSendRequestTimeStamp=99999999999999 | startAcceptSendRequestTimeStamp = 99999999999999: sends cannot be held back
            startAcceptSendRequestTimeStamp=noon         | startAcceptSendRequestTimeStamp = noon: sends cannot
            brokerConfigPaths=/a.conf:/b.conf            | brokerConfigPaths = /a.conf:/b.conf: a broker container is not run here
            # the switch of replication
            dLegerPeers=n0-h:1;n1-h:2                    | line 1: dLegerPeers = n0-h:1;n1-h:2: is there, but enableDLegerCommitLog is not true
            dLegerSelfId=n1                              | dLegerSelfId = n1: is there, but enableDLegerCommitLog is not true
            dLegerGroup=g                                | dLegerGroup = g: is there, but enableDLegerCommitLog is not true
            preferredLeaderId=n0                         | preferredLeaderId = n0: is there, but
            enableDLegerCommitLog=false\\ndLegerPeers=n0-h:1 | line 2: dLegerPeers = n0-h:1: is there, but
            enableDLedgerCommitLog=true                  | unknown key enableDLedgerCommitLog: did you mean enableDLegerCommitLog?
            enableDlegerCommitLog=true                   | did you mean enableDLegerCommitLog?
            enableDLegerCommitlog=true                   | did you mean enableDLegerCommitLog?
            enableDledgerCommitLog=true                  | did you mean enableDLegerCommitLog?
            enableDLegerCommitLogs=true                  | did you mean enableDLegerCommitLog?
            EnableDLegerCommitLog=true                   | did you mean enableDLegerCommitLog?
            enableDLegerCommitLog=1                      | enableDLegerCommitLog = 1: must be true or false
            enableDLegerCommitLog=on                     | enableDLegerCommitLog = on: must be true or false
            enableDLegerCommitLog=true # replicate       | enableDLegerCommitLog = true # replicate: must be true or false
            enableDLegerCommitLog="true"                 | enableDLegerCommitLog = "true": must be true or false
            dLedgerPeers=n0-h:1                          | unknown key dLedgerPeers: did you mean dLegerPeers?
            dlegerPeers=n0-h:1                           | unknown key dlegerPeers: did you mean dLegerPeers?
            dLegerSelfID=n0                              | unknown key dLegerSelfID: did you mean dLegerSelfId?
            dLedgerGroup=g                               | unknown key dLedgerGroup: did you mean dLegerGroup?
            enableDLegerCommitLog=true\\ndLegerPeers=n0-h:1,n1-h:2\\ndLegerSelfId=n0 | line 2: dLegerPeers = n0-h:1,n1-h:2: must be id-host:port
            enableDLegerCommitLog=true\\ndLegerPeers=n0-h;n1-h:2\\ndLegerSelfId=n0 | dLegerPeers = n0-h: must be id-host:port
            enableDLegerCommitLog=true\\ndLegerPeers=n0-h:-1\\ndLegerSelfId=n0 | dLegerPeers = n0-h:-1: must be id-host:port
            enableDLegerCommitLog=true\\ndLegerPeers=n0-h:65536\\ndLegerSelfId=n0 | dLegerPeers = n0-h:65536: must be
            enableDLegerCommitLog=true\\ndLegerPeers=n0-1.2.3.400:1\\ndLegerSelfId=n0 | dLegerPeers = n0-1.2.3.400:1: must be
            enableDLegerCommitLog=true\\ndLegerPeers=n 0-h:1\\ndLegerSelfId=n 0 | dLegerSelfId = "n 0": must be 1 to 100
            enableDLegerCommitLog=true\\ndLegerPeers=;;\\ndLegerSelfId=n0 | dLegerPeers = ;;: names nobody
            enableDLegerCommitLog=true\\ndLegerPeers=n0-http://h:1\\ndLegerSelfId=n0 | dLegerPeers = n0-http://h:1: must be id-host:port
            # misspelt keys
            listenPrt=1                                  | line 1: unknown key listenPrt: did you mean listenPort?
            brokerIp1=h                                  | unknown key brokerIp1: did you mean brokerIP1?
            brokerIP=h                                   | unknown key brokerIP: did you mean brokerIP1?
            nameSrvAddr=h:1                              | unknown key nameSrvAddr: did you mean namesrvAddr?
            nameserverAddr=h:1                           | unknown key nameserverAddr: did you mean namesrvAddr?
            fileReservedTimes=720                        | unknown key fileReservedTimes: did you mean fileReservedTime?
            fileReserveTime=720                          | unknown key fileReserveTime: did you mean fileReservedTime?
            flushDiskMode=SYNC_FLUSH\\nflushDiskTyp=SYNC_FLUSH | did you mean flushDiskType?
            storePathRootdir=/d                          | unknown key storePathRootdir: did you mean storePathRootDir?
            storePathRoot=/d                             | unknown key storePathRoot: did you mean storePathRootDir?
            vledgerHttpTocken=0123456789abcdef           | unknown key vledgerHttpTocken: did you mean vledgerHttpToken?
            vledgerSomething=1                           | unknown key vledgerSomething: did you mean
            autoCreateTopicEnabled=false                 | unknown key autoCreateTopicEnabled: did you mean autoCreateTopicEnable?
            autoCreateTopic=false\\nautocreatetopicenable=false | did you mean autoCreateTopicEnable?
            brokername=a                                 | unknown key brokername: did you mean brokerName?
            broker_name=a\\nlisten-port=1                | unknown key
            export listenPort=10911\\nbrokerName=a       | line 1: unknown key export, with listenPort behind it
            - listenPort: 10911\\nbrokerName=a           | unknown key -, with listenPort behind it
            listenPort\u00a0= 10911                      | did you mean listenPort?
            # values
            listenPort=10911.0                           | listenPort = "10911.0": must be a whole number from 1 to 65535
            listenPort=10_911                            | listenPort = "10_911": must be a whole number
            listenPort=10911L                            | listenPort = "10911L": must be a whole number
            listenPort=0x2A9F                            | listenPort = "0x2A9F": must be a whole number
            listenPort=1e4                               | listenPort = "1e4": must be a whole number
            listenPort=-1                                | line 1: listenPort = -1: must be a whole number
            listenPort=70000                             | listenPort = 70000: must be a whole number
            listenPort=99999999999999999999              | listenPort = "99999999999999999999": must be a whole number
            listenPort=10911 # clients                   | listenPort = "10911 # clients": must be a whole number
            listenPort="10911"                           | listenPort = ""10911"": must be a whole number
            listenPort=10911;                            | listenPort = "10911;": must be a whole number
            listenPort=10911\\\\\\nbrokerName=a            | listenPort = 10911brokerName=a: the line ends with a backslash
            storePathRootDir=/d\\\\\\nlistenPort=1         | storePathRootDir = /dlistenPort=1: the line ends with a backslash
            listenPort=10911brokerName=a                 | listenPort = "10911brokerName=a": must be a whole number
            fileReservedTime=3d                          | fileReservedTime = "3d": must be a whole number
            fileReservedTime=-1                          | fileReservedTime = -1: must be a whole number
            maxMessageSize=4MB                           | maxMessageSize = "4MB": must be a whole number
            mappedFileSizeCommitLog=1G                   | mappedFileSizeCommitLog = "1G": must be a whole number
            diskMaxUsedSpaceRatio=0.75                   | diskMaxUsedSpaceRatio = "0.75": must be a whole number
            flushDiskType=sync_flush                     | flushDiskType = sync_flush: must be SYNC_FLUSH or ASYNC_FLUSH
            flushDiskType=SYNC                           | flushDiskType = SYNC: must be SYNC_FLUSH or ASYNC_FLUSH
            flushDiskType="SYNC_FLUSH"                   | flushDiskType = "SYNC_FLUSH": must be SYNC_FLUSH
            autoCreateTopicEnable=0                      | autoCreateTopicEnable = "0": must be true or false
            autoCreateTopicEnable=flase                  | autoCreateTopicEnable = "flase": must be true or false
            brokerPermission=rw                          | brokerPermission = "rw": must be a whole number
            brokerPermission=5                           | brokerPermission = 5: must be 6, 4 or 2
            namesrvAddr=h:9876,g:9876                    | namesrvAddr = "h:9876,g:9876": must be host:port
            namesrvAddr=http://h:9876                    | namesrvAddr = "http://h:9876": must be host:port
            namesrvAddr=h:9876;h:9876                    | namesrvAddr = "h:9876": is there twice
            namesrvAddr=300.1.1.1:9876                   | namesrvAddr = "300.1.1.1:9876": must be host:port
            namesrvAddr=1.2.3:9876                       | namesrvAddr = "1.2.3:9876": must be host:port
            namesrvAddr=h:+9876                          | namesrvAddr = "h:+9876": must be host:port
            namesrvAddr=::1:9876                         | namesrvAddr = "::1:9876": must be host:port
            namesrvAddr=[::1:9876                        | namesrvAddr = "[::1:9876": must be host:port
            brokerIP1=1.2.3.4:10911                      | brokerIP1 = 1.2.3.4:10911: must be a host name or an address
            brokerIP1=1.2.3.4.5                          | brokerIP1 = 1.2.3.4.5: must be a host name or an address
            brokerIP1=0.0.0.0                            | brokerIP1 = 0.0.0.0: clients are given this address and cannot dial it; name the one that they reach, and bind bindAddress to 0.0.0.0
            vledgerRaftBindAdress=1.2.3.4                | unknown key vledgerRaftBindAdress: did you mean vledgerRaftBindAddress?
            vledgerRaftBindAddress=h:1                   | vledgerRaftBindAddress = h:1: must be a host name or an address
            vledgerNameServiceServes=h:1                 | vledgerNameServiceServes = h:1: is not among the name servers
            enableDLegerCommitLog=true\\ndLegerPeers=n0-h:1;n1-0.0.0.0:1\\ndLegerSelfId=n0 | dLegerPeers = n1: 0.0.0.0:1: the others cannot dial this
            brokerIP1=a b                                | brokerIP1 = a b: must be a host name or an address
            brokerIP1=http://h                           | brokerIP1 = http://h: must be a host name or an address
            bindAddress=eth0,eth1                        | bindAddress = eth0,eth1: must be a host name or an address
            brokerName=a/b                               | brokerName = "a/b": must be 1 to 100 characters
            brokerName=..                                | brokerName = "..": must be 1 to 100 characters
            brokerName="a"                               | brokerName = ""a"": must be 1 to 100 characters
            brokerName=\\\\u4e2d                           | must be 1 to 100 characters
            brokerName=\\\\u12                             | line 1: is not a properties file: Malformed
            brokerClusterName=a b                        | brokerClusterName = "a b": must be 1 to 100 characters
            storePathRootDir="/data/store"               | storePathRootDir = "/data/store": quotes are part of the value; remove them
            storePathRootDir='/data/store'               | quotes are part of the value; remove them
            storePathRootDir=/data/store # fast disk     | storePathRootDir = /data/store # fast disk: what follows the # is part of the value
            storePathRootDir=C:\\\\temp                    | storePathRootDir = "C:?emp": has a control character in it; write a backslash twice
            storePathRootDir=/a\\\\u0000b                  | has a control character in it
            vledgerPluginDirectory=/nowhere/plugins      | line 1: vledgerPluginDirectory = /nowhere/plugins: there is no such directory
            vledgerHttpToken=short                       | vledgerHttpToken = (not shown): must be 16 to 512
            messageDelayLevel=1S 5S                      | messageDelayLevel = 1S 5S: must be delays such as
            # placeholders
            brokerIP1=<your-ip>                          | line 1: brokerIP1 = <your-ip>: "<your-ip>" is left of a template
            brokerIP1=your_ip                            | brokerIP1 = your_ip: "your_ip" is left of a template
            brokerIP1=YOUR-HOST                          | "YOUR-HOST" is left of a template
            brokerIP1=xxx                                | brokerIP1 = xxx: "xxx" is left of a template
            brokerIP1=x.x.x.x                            | "x.x.x.x" is left of a template
            brokerIP1=xx.xx.xx.xx                        | "xx.xx.xx.xx" is left of a template
            brokerIP1=${BROKER_IP}                       | brokerIP1 = ${BROKER_IP}: the environment has no BROKER_IP; set it
            brokerIP1=${EMPTY}                           | brokerIP1 = ${EMPTY}: the environment has no EMPTY; set it
            brokerIP1=$POD_IP                            | brokerIP1 = $POD_IP: "$P" is left of a template
            brokerIP1=#{POD_IP}                          | "#{" is left of a template
            brokerIP1={{ .Values.ip }}                   | "{{" is left of a template
            brokerIP1=@BROKER_IP@                        | "@BROKER_IP@" is left of a template
            brokerIP1=$(hostname -i)                     | "$(" is left of a template
            brokerIP1=`hostname -i`                      | "`" is left of a template
            brokerName=changeme                          | brokerName = changeme: "changeme" is left of a template
            brokerName=${HOSTNAME:-broker}               | ${HOSTNAME:-broker} is no variable of the environment
            namesrvAddr=${NAMESRV}:9876                  | namesrvAddr = ${NAMESRV}:9876: the environment has no NAMESRV
            namesrvAddr=xxx:9876                         | "xxx" is left of a template
            namesrvAddr=<ns1>:9876;<ns2>:9876            | "<ns1>" is left of a template
            storePathRootDir=${ROCKETMQ_HOME}/store      | the environment has no ROCKETMQ_HOME; set it, or write the value itself
            storePathRootDir=${NEST}/x                   | "${" is left of a template
            storePathRootDir=/path/to/store              | "/path/to" is left of a template
            storePathRootDir=%STORE%/x                   | "%STORE%" is left of a template
            storePathCommitLog=${sys:store}/log          | ${sys:store} is no variable of the environment
            enableDLegerCommitLog=true\\ndLegerPeers=n0-<host0>:40911\\ndLegerSelfId=n0 | line 2: dLegerPeers = n0-<host0>:40911: "<host0>" is left
            enableDLegerCommitLog=true\\ndLegerPeers=n0-xxx:40911\\ndLegerSelfId=n0 | line 2: dLegerPeers = n0-xxx:40911: "xxx" is left
            vledgerHttpToken=${VLEDGER_TOKEN_OF_NODE}    | the environment has no VLEDGER_TOKEN_OF_NODE
            # no broker.conf at all
            {"node": "n0"}                               | is JSON, not a properties file; start with -conf
            \\n\\n  {"node": "n0"}                       | is JSON, not a properties file; start with -conf
            [broker]\\nlistenPort=1                      | is no properties file, it begins with "["
            <!DOCTYPE html><p>listenPort=1               | is HTML or XML, not a properties file
            <?xml version="1.0"?>                        | is HTML or XML, not a properties file
            ---\\nbrokerName: a                          | is YAML, not a properties file
            broker:\\n  name: a                          | line 1: has no key of a broker.conf, it begins with "broker"
            kvConfigPath=/x\\nclusterTest=false          | has no key of a broker.conf, it begins with "kvConfigPath"
            404 page not found                           | line 1: has no key of a broker.conf, it begins with "404"
            """)
    void isRefused(String lines, String problem) throws Exception {
        refuse(bytes(lines), problem);
    }

    static Stream<Arguments> bytesThatAreNoBrokerConf() {
        byte[] keys = "listenPort=1\nbrokerName=a\n".getBytes(StandardCharsets.US_ASCII);
        return Stream.of(
                Arguments.of("empty", new byte[0], "is empty; is this the broker.conf?"),
                Arguments.of("blank", bytes("\\n \\t\\r\\n"), "is empty; is this the broker.conf?"),
                Arguments.of("comments only", bytes("# listenPort=1\\n! brokerName=a\\n"), "has no key in it"),
                Arguments.of("a script", bytes("#!/bin/sh\\njava -jar x"), "line 2: has no key of a broker.conf"),
                Arguments.of("a zip", bytes("PK\\3\\4brokerName=a"), "line 1: has the control character 3 in it"),
                Arguments.of(
                        "a NUL", bytes("brokerName=a\\nlistenPort=\\0001\\n"), "line 2: has the control character 0"),
                Arguments.of("an ELF", bytes("\\177ELF\\2\\1"), "has the control character 127 in it"),
                Arguments.of("UTF-16", "listenPort=1".getBytes(StandardCharsets.UTF_16), "is written in UTF-16"),
                Arguments.of(
                        "UTF-16 without a mark",
                        "listenPort=1".getBytes(StandardCharsets.UTF_16LE),
                        "has the control character 0 in it"),
                Arguments.of(
                        "a wide equals sign",
                        "listenPort＝1\nbrokerName=a".getBytes(StandardCharsets.UTF_8),
                        "did you mean listenPort?"),
                Arguments.of("a key of 64 KiB", bytes("k".repeat(1 << 16) + "=1\\nvledger=2"), "unknown key vledger"),
                Arguments.of(
                        "a value of 64 KiB",
                        bytes("brokerName=" + "v".repeat(1 << 16)),
                        "must be 1 to 100 characters of a-z"),
                Arguments.of("20,000 keys", manyKeys(), "has more than 10000 keys"),
                Arguments.of("a group name of 101 letters", bytes("brokerName=" + "v".repeat(101)), "must be 1 to 100"),
                Arguments.of("a file with a mark and JSON", withMark("{}"), "is JSON, not a properties file"),
                Arguments.of("keys behind a NUL", join(new byte[1], keys), "line 1: has the control character 0"));
    }

    @ParameterizedTest(name = "[{index}] {0}")
    @MethodSource("bytesThatAreNoBrokerConf")
    void isRefusedAsAWhole(String what, byte[] bytes, String problem) {
        refuse(bytes, problem);
    }

    /** The file, a key as {@code -p} prints it, and the value in force. */
    @ParameterizedTest(name = "[{index}] {0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
            listenPort=7\\r\\nbrokerName=b\\r\\n          | listenPort    | 7
            listenPort=7\\rbrokerName=b\\r               | brokerName    | b
            listenPort = 7                               | listenPort    | 7
            listenPort:7                                 | listenPort    | 7
            listenPort 7                                 | listenPort    | 7
            listenPort\\t=\\t7\\t                          | listenPort    | 7
            \\t  listenPort=7                            | listenPort    | 7
            listenPort=0007                              | listenPort    | 7
            listenPort=\\\\\\n   7                         | listenPort    | 7
            listen\\\\u0050ort=7                           | listenPort    | 7
            listenPort=\\nbrokerName=b                   | listenPort    | 10911
            listenPort=7\\nlistenPort=8                  | listenPort    | 8
            ! a comment\\\\\\nlistenPort=7                 | listenPort    | 7
            # brokerName=x\\\\\\nlistenPort=7              | listenPort    | 7
            brokerName=b\\nautoCreateTopicEnable=False   | autoCreateTopicEnable | false
            autoCreateTopicEnable = TRUE                 | autoCreateTopicEnable | true
            flushDiskType=ASYNC_FLUSH                    | flushDiskType | async
            brokerId=0\\nlistenPort=7                    | listenPort    | 7
            brokerId=1\\nlistenPort=7                    | listenPort    | 7
            brokerId=-1\\nlistenPort=7                   | listenPort    | 7
            brokerRole=ASYNC_MASTER\\nlistenPort=7       | listenPort    | 7
            GROUP brokerRole=SLAVE\\nbrokerId=1          | dLegerSelfId  | n0
            GROUP brokerRole=SYNC_MASTER\\ninSyncReplicas=2\\nminInSyncReplicas=1 | dLegerSelfId | n0
            GROUP totalReplicas=3\\nenableAutoInSyncReplicas=true | dLegerSelfId | n0
            inSyncReplicas=1\\nlistenPort=7              | listenPort    | 7
            aclEnable=false\\nauthenticationEnabled=false\\nuseTLS=false\\nlistenPort=7 | listenPort | 7
            tls.server.mode=permissive\\ntls.enable=false\\nlistenPort=7 | listenPort | 7
            tls.server.mode=disabled\\nlistenPort=7      | listenPort    | 7
            allAckInSyncStateSet=false\\nenableControllerMode=false\\nlistenPort=7 | listenPort | 7
            transientStorePoolEnable=true\\nrejectTransactionMessage=true\\nlistenPort=7 | listenPort | 7
            startAcceptSendRequestTimeStamp=0\\nlistenPort=7 | listenPort | 7
            storePathConsumeQueue=/a\\nstorePathIndex=/b\\nstoreCheckpoint=/c\\nabortFile=/d\\nlistenPort=7 | listenPort | 7
            mapedFileSizeCommitLog=1073741824\\nmapedFileSizeConsumeQueue=300000\\nlistenPort=7 | listenPort | 7
            enableDLegerCommitLog=False\\nlistenPort=7   | listenPort    | 7
            enableDLegerCommitLog=\\nlistenPort=7        | listenPort    | 7
            enableDLegerCommitLog = True \\ndLegerPeers = n0-h:1 ; n1-h:2;\\ndLegerSelfId = n0 \\n | dLegerSelfId | n0
            enableDLegerCommitLog=true\\ndLegerPeers=n0-[::1]:1;n1-[fe80::2]:1\\ndLegerSelfId=n1 | dLegerSelfId | n1
            diskMaxUsedSpaceRatio=88                     | diskMaxUsedSpaceRatio | 88
            namesrvAddr=h:9876;g:9876;                   | namesrvAddr   | h:9876;g:9876
            namesrvAddr=h_1:9876; g-2.example.org:9876   | namesrvAddr   | h_1:9876;g-2.example.org:9876
            brokerIP1=${POD_IP}                          | brokerIP1     | 10.0.0.7
            brokerIP1=${POD_IP}\\nbrokerIP2=${NOWHERE}   | brokerIP1     | 10.0.0.7
            vledgerRaftBindAddress=10.0.0.1\\nlistenPort=7 | vledgerRaftBindAddress | 10.0.0.1
            namesrvAddr=h:1\\nvledgerNameServiceServes=h:1 | vledgerNameServiceServes | h:1
            namesrvAddr=h:1\\nvledgerNameServiceBindAddress=10.0.0.1 | vledgerNameServiceBindAddress | 10.0.0.1
            bindAddress=10.0.0.1\\nlistenPort=7           | bindAddress | 10.0.0.1
            brokerIP1=127.0.0.1\\nlistenPort=7            | bindAddress | 0.0.0.0
            enableDLegerCommitLog=true\\ndLegerPeers=n0-h:1;n1-g:1\\ndLegerSelfId=n0 | vledgerRaftBindAddress | 0.0.0.0
            enableDLegerCommitLog=true\\ndLegerPeers=n0-127.0.0.1:1;n1-g:1\\ndLegerSelfId=n0 | vledgerRaftBindAddress | 127.0.0.1
            enableDLegerCommitLog=true\\ndLegerPeers=n0-0.0.0.0:1;n1-g:1\\ndLegerSelfId=n0 | vledgerRaftBindAddress | 0.0.0.0
            namesrvAddr=${POD_IP}:9876                   | namesrvAddr   | 10.0.0.7:9876
            storePathRootDir=${DATA}/store               | storePathRootDir | /data/store
            brokerName=broker-xx                         | brokerName    | broker-xx
            brokerName=my-broker                         | brokerName    | my-broker
            storePathRootDir=/data/xxl/store             | storePathRootDir | /data/xxl/store
            unknownKeyOfSomebody=1\\nlistenPort=7        | listenPort    | 7
            """)
    void isReadAsRocketmqReadsIt(String lines, String key, String value) {
        assertThat(read(bytes(lines)).effective()).containsEntry(key, value);
    }

    /** RocketMQ reads with {@link Properties}; so must this, line ends, escapes and comments included. */
    @Test
    void everyTextIsReadAsPropertiesReadIt() throws IOException {
        long seed = Long.getLong("vledger.seed", System.nanoTime());
        Random random = new Random(seed);
        String alphabet = "ab =:#!\\\\\\\t\f\r\n\n u0041\u00e4";
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder("first=1\n");
            for (int i = random.nextInt(40); i > 0; i--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            byte[] bytes = text.toString().getBytes(StandardCharsets.ISO_8859_1);
            Properties expected = new Properties();
            try {
                expected.load(new ByteArrayInputStream(bytes));
            } catch (IllegalArgumentException malformed) {
                assertThatThrownBy(() -> ClassicFile.parse("f", bytes)).isInstanceOf(ConfigException.class);
                continue;
            }
            expected.remove("");
            Map<String, String> read = ClassicFile.parse("f", bytes).values();
            assertThat(read)
                    .as("-Dvledger.seed=%d, round %d: %s", seed, round, text)
                    .isEqualTo(expected);
        }
    }

    @Test
    void aMarkInFrontCostsTheFirstKeyNothing() {
        NodeConfig config = read(withMark("listenPort=7\nbrokerName=b\n"));
        assertThat(config.node().groups().get(0).port()).isEqualTo(7);
        assertThat(config.warnings())
                .anyMatch(
                        line -> line.contains("byte order mark, for which RocketMQ ignores the first key, listenPort"));
    }

    @Test
    void namesOfDirectoriesAreTheOnesThatRocketmqMadeOfTheirBytes() {
        String path = directory + "/données";
        byte[] utf8 = ("brokerName=b\nstorePathRootDir=" + path).getBytes(StandardCharsets.UTF_8);
        String asRocketmq = new String(path.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        assertThat(read(utf8).node().dataDirectory()).isEqualTo(Path.of(asRocketmq));
        byte[] latin = ("brokerName=b\nstorePathRootDir=" + path).getBytes(StandardCharsets.ISO_8859_1);
        assertThat(read(latin).node().dataDirectory()).isEqualTo(Path.of(path));
    }

    @Test
    void theLastOfTwoEqualKeysCountsAndBothLinesAreNamed() {
        assertThat(read(bytes("listenPort=7\\nbrokerName=b\\nlistenPort=8\\nbrokerName=b"))
                        .warnings())
                .containsExactly(
                        "b.conf: listenPort is there twice, in line 1 and line 3; the last counts, as in RocketMQ");
    }

    @Test
    void keysWithoutAUseAreNotedAndUnknownOnesWarnedOf() {
        NodeConfig config = read(
                bytes("listenPort=7\\nsendMessageThreadPoolNums=4\\nbrokerId=0\\nmyOwnThing=1\\ntls.enable=false"));
        assertThat(config.notes())
                .contains(
                        "b.conf: keys of RocketMQ without a use here: sendMessageThreadPoolNums, brokerId, tls.enable");
        assertThat(config.warnings())
                .singleElement()
                .asString()
                .contains("unknown keys, ignored: myOwnThing (did you mean");
    }

    @Test
    void aDirectoryThatRocketmqMadeOfAPlaceholderIsNotPassedOver() throws Exception {
        Path made = Files.createDirectories(directory.resolve("${DATA}/store"));
        refuse(
                bytes("brokerName=b\\nstorePathRootDir=" + made),
                "line 2: storePathRootDir = " + made
                        + ": RocketMQ does not expand this and made a directory of that very name");
    }

    @Test
    void quotesAndNumberSignsInThePathOfADirectoryThatIsThereAreItsName() throws Exception {
        Path made = Files.createDirectories(directory.resolve("a #1"));
        assertThat(read(bytes("brokerName=b\\nstorePathRootDir=" + made)).node().dataDirectory())
                .isEqualTo(made);
    }

    @Test
    void theCopyForTheImporterHasTheEnvironmentInItAndNoSecrets() {
        GroupConfig.OriginSettings old = read(bytes(
                        "brokerName=b\\nstorePathRootDir=${DATA}/s\\nstorePathCommitLog=${DATA}/log\\n"
                                + "brokerId=1\\nvledgerAccessKeyFile=/k\\ninitAuthenticationUser={\"username\":\"u\",\"password\":\"p\"}"
                                + "\\nobjectStoreSecretKey=k\\nmapedFileSizeConsumeQueue=6000"))
                .node()
                .groups()
                .get(0)
                .origin();
        assertThat(old.settings())
                .containsEntry("storePathCommitLog", "/data/log")
                .containsEntry("brokerId", "1")
                .containsEntry("mapedFileSizeConsumeQueue", "6000")
                .doesNotContainKeys("initAuthenticationUser", "objectStoreSecretKey");
    }

    private static void refuse(byte[] bytes, String problem) {
        assertThatThrownBy(() -> read(bytes))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("b.conf: ")
                .hasMessageContaining(problem)
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(700).doesNotContainPattern("\\p{Cc}"));
    }

    private static NodeConfig read(byte[] bytes) {
        ClassicFile content = ClassicFile.parse("b.conf", bytes);
        return NodeReader.readClassic(
                "b.conf",
                new BrokerConf("b.conf", content, Map.of(), new FixedHost(), Placeholders.of(ENVIRONMENT)),
                "1");
    }

    private static byte[] bytes(String lines) {
        return lines.replace("GROUP ", GROUP).translateEscapes().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] withMark(String text) {
        return ("\uFEFF" + text).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] joined = java.util.Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }

    private static byte[] manyKeys() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            text.append("somebodysKey").append(i).append("=1\n");
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static final class FixedHost implements BrokerConf.HostAddresses {
        @Override
        public String external() {
            return "10.1.1.1";
        }

        @Override
        public String name() {
            return "host";
        }

        @Override
        public @Nullable String nameServers() {
            return "10.1.1.2:9876";
        }
    }
}
