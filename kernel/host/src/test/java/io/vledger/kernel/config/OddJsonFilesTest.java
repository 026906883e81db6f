package io.vledger.kernel.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong and odd JSON files: each is refused in one line that names file, line and remedy, or read. */
class OddJsonFilesTest {
    private static final Map<String, String> ENVIRONMENT =
            Map.of("POD_IP", "10.0.0.7", "HOSTNAME", "broker-0", "DATA", "/data", "TOKEN", "0123456789abcdef");

    /** Members of the group's object, behind {@code "name":"a"}; lines are counted with it on the second. */
    @ParameterizedTest(name = "[{index}] {0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
            "name":"b"                                   | Duplicate field 'name' (line 2
            "port":1,"port":1                            | Duplicate field 'port'
            "port":"10911"                               | line 2: groups[0].port = "10911": must be a whole number from 1 to 65535
            "port":10911.0                               | groups[0].port = 10911.0: must be a whole number
            "port":-1                                    | groups[0].port = -1: must be a whole number
            "port":65536                                 | groups[0].port = 65536: must be a whole number
            "port":1e3                                   | groups[0].port = 1000.0: must be a whole number
            "port":1e999                                 | groups[0].port = Infinity: must be a whole number
            "port":99999999999999999999                  | groups[0].port = 99999999999999999999: must be a whole number
            "port":true                                  | groups[0].port = true: must be a whole number
            "port":[10911]                               | groups[0].port = [10911]: must be a whole number
            "port":{}                                    | groups[0].port = {}: must be a whole number
            "port":010911                                | Leading zeroes not allowed
            "port":0x2A9F                                | n0.json: is not a JSON object: Unexpected character ('x'
            "port":+1                                    | n0.json: is not a JSON object: Unexpected character ('+'
            "port":NaN                                   | n0.json: is not a JSON object: Non-standard token 'NaN'
            "port":1,                                    | n0.json: is not a JSON object: Unexpected character ('}'
            "port":1 // clients                          | n0.json: is not a JSON object: Unexpected character ('/'
            "port":1 /* clients */                       | n0.json: is not a JSON object: Unexpected character ('/'
            "port":1 # clients                           | n0.json: is not a JSON object: Unexpected character ('#'
            'port':1                                     | n0.json: is not a JSON object: Unexpected character (''
            port:1                                       | n0.json: is not a JSON object: Unexpected character ('p'
            "port";1                                     | n0.json: is not a JSON object: Unexpected character (';'
            "port":1 "host":"h"                          | n0.json: is not a JSON object: Unexpected character ('"'
            "host":"a\\\\qb"                             | n0.json: is not a JSON object: Unrecognized character escape 'q'
            "host":"a                                    | n0.json: is not a JSON object: Illegal unquoted character
            "host":"h:1"                                 | groups[0].host = h:1: must be a host name or an address, without a port
            "host":"h/1"                                 | groups[0].host = h/1: must be a host name
            "host":"1.2.3.256"                           | groups[0].host = 1.2.3.256: must be a host name or an address
            "host":""                                    | groups[0].host = "": must be a text that is not empty
            "host":null,"port":"x"                       | groups[0].port = "x": must be
            "host":5                                     | groups[0].host = 5: must be a text
            "host":"a b"                                 | groups[0].host = a b: must be a host name
            "host":"a\\\\u0000b"                         | groups[0].host = "a?b": has a control character in it
            "host":"höst"                                | must be a host name or an address
            "host":"-h"                                  | groups[0].host = -h: must be a host name
            "host":"a..b"                                | groups[0].host = a..b: must be a host name
            "host":"::g"                                 | groups[0].host = ::g: must be a host name
            "host":"<your-ip>"                           | line 2: groups[0].host = "<your-ip>": "<your-ip>" is left of a template
            "host":"xxx"                                 | groups[0].host = "xxx": "xxx" is left of a template
            "host":"${NOWHERE}"                          | groups[0].host = "${NOWHERE}": the environment has no NOWHERE; set it
            "host":"#{host}"                             | "#{" is left of a template
            "host":"{{ ip }}"                            | "{{" is left of a template
            "host":"0.0.0.0"                             | groups[0].host = 0.0.0.0: clients are given this address and cannot dial it
            "host":"::"                                  | groups[0].host = ::: clients are given this address
            "bindHost":"h:1"                             | groups[0].bindHost = h:1: must be a host name or an address
            "raft":{"bindHost":"1.2.3.4.5"}              | groups[0].raft.bindHost = 1.2.3.4.5: must be a host name
            "raft":{"bindAddress":"h"}                   | unknown key groups[0].raft.bindAddress
            "peers":{"n0":"0.0.0.0:1"}                   | groups[0].peers = n0: 0.0.0.0:1: the others cannot dial this
            "bindHost":"0.0.0.0","raft":{"bindHost":"0.0.0.0"},"peers":{"n0":"h:10911"} | peers.n0 = h:10911: the same address is used by groups[0].port
            "bindHost":"your-ip"                         | groups[0].bindHost = "your-ip": "your-ip" is left of a template
            "peers":[]                                   | groups[0].peers = []: must be an object of node ids with host:port
            "peers":{}                                   | groups[0].peers = {}: must be an object of node ids
            "peers":"n0-h:1"                             | groups[0].peers = n0-h:1: must be an object of node ids
            "peers":{"n0":"h:1","n0":"h:2"}              | Duplicate field 'n0'
            "peers":{"n0":"h:1","n1":"h:1"}              | groups[0].peers = n1: h:1: another member has this address
            "peers":{"n0":"h"}                           | groups[0].peers = n0: h: must be a node id with host:port
            "peers":{"n0":"h:0"}                         | groups[0].peers = n0: h:0: must be a node id with host:port
            "peers":{"n0":"h:-1"}                        | groups[0].peers = n0: h:-1: must be a node id with host:port
            "peers":{"n0":"h:65536"}                     | groups[0].peers = n0: h:65536: must be a node id
            "peers":{"n0":5}                             | groups[0].peers = n0: 5: must be a node id with host:port
            "peers":{"n0":null}                          | groups[0].peers = n0: null: must be a node id
            "peers":{"n0":"::1:5"}                       | groups[0].peers = n0: ::1:5: must be a node id with host:port
            "peers":{"n0 ":"h:1"}                        | groups[0].peers = n0 : h:1: must be a node id
            "peers":{"n1":"h:1"}                         | line 2: groups[0].peers = {n1=h:1}: does not name this node, n0; add it
            "peers":{"N0":"h:1"}                         | does not name this node, n0
            "peers":{"n0":"<host0>:1"}                   | "<host0>" is left of a template
            "peers":{"n0":"${H0}:1"}                     | the environment has no H0; set it
            "peers":{"n0":"127.0.0.1:10911"}             | the same address is used by groups[0].port
            "durability":"Sync"                          | groups[0].durability = "Sync": must be sync or async
            "durability":true                            | groups[0].durability = true: must be sync or async
            "durabilty":"sync"                           | line 2: unknown key groups[0].durabilty: did you mean groups[].durability?
            "bindAddress":"h"                            | unknown key groups[0].bindAddress: did you mean groups[].
            "brokerRole":"SLAVE"                         | unknown key groups[0].brokerRole
            "aclEnable":true                             | unknown key groups[0].aclEnable
            "tls":{"mode":"enforcing"}                   | unknown key groups[0].tls
            "store":"mmap"                               | groups[0].store = mmap: must be an object
            "store":{"type":""}                          | groups[0].store.type = "": must be 1 to 100 characters
            "store":{"segmentBytes":"1G"}                | groups[0].store.segmentBytes = "1G": must be a whole number
            "store":{"segmentBytes":268435455}           | groups[0].store.segmentBytes = 268435455: must be a multiple of 8
            "store":{"settings":[]}                      | groups[0].store.settings = []: must be an object
            "raft":{"heartbeatMs":0}                     | groups[0].raft.heartbeatMs = 0: must be a whole number from 10
            "raft":{"electionTimeoutMs":100}             | groups[0].raft.electionTimeoutMs = 100: must be at least twice heartbeatMs
            "raft":{"preferredLeader":"n1"}              | groups[0].raft.preferredLeader = n1: is not a member
            "raft":[{"heartbeatMs":75}]                  | groups[0].raft = [{"heartbeatMs":75}]: must be an object
            "retention":{"hours":0.5}                    | groups[0].retention.hours = 0.5: must be a whole number
            "broker":{"brokerPermission":7}              | groups[0].broker.brokerPermission = 7: must be a whole number
            "broker":{"messageDelayLevel":"1s,5s"}       | groups[0].broker.messageDelayLevel = 1s,5s: must be delays
            "forwarding":"no"                            | groups[0].forwarding = "no": must be true or false
            "standbyRoute":"half"                        | groups[0].standbyRoute = half: must be full, off or a number
            "vipChannel":"yes"                           | groups[0].vipChannel = yes: must be auto, on or off
            "legacy":{"dryRun":true}                     | groups[0].legacy.storePathRootDir = (absent): must say where
            "legacy":{"storePathRootDir":"/path/to/store"} | "/path/to" is left of a template
            "legacy":{"storePathRootDir":"data/n0/vledger-a"} | vledger-a/commitlog: is this group's own directory
            "legacy":{"storePathRootDir":"/old"}},{"name":"b","port":1,"legacy":{"storePathRootDir":"/old/"} | groups[1].legacy.storePathRootDir = /old/commitlog: group a takes this log over
            "legacy":{"storePathRootDir":"'/store'"}     | quotes are part of the value; remove them
            "deep":[[[[]]]]                              | unknown key groups[0].deep
            """)
    void isRefusedForItsGroup(String members, String problem) {
        refuse(group(members.translateEscapes()).getBytes(StandardCharsets.UTF_8), problem);
    }

    static Stream<Arguments> wholeFiles() {
        String good = group("\"port\":1");
        return Stream.of(
                file("", "n0.json: is empty; a node needs at least a node id and a group"),
                file(" \n\t ", "n0.json: is empty"),
                file("{}", "node = (absent): must be 1 to 100 characters"),
                file("[]", "n0.json: is not a JSON object: must begin with {"),
                file("null", "n0.json: is not a JSON object: must begin with {"),
                file("\"n0\"", "n0.json: is not a JSON object: must begin with {"),
                file("[" + good + "]", "n0.json: is not a JSON object: must begin with {"),
                file(good + good, "n0.json: is not a JSON object: goes on behind the closing } (line 3"),
                file(good + "}", "n0.json: is not a JSON object: Unexpected close marker '}'"),
                file(good + "x", "n0.json: is not a JSON object: Unrecognized token 'x'"),
                file(good.substring(0, good.length() - 1), "n0.json: is not a JSON object: Unexpected end-of-input"),
                file("{\"node\":\"n0\",\"x\":" + "[".repeat(200), "is nested more than 100 deep (line 1"),
                file("{\"a\":".repeat(100_000), "is nested more than 100 deep"),
                file("{\"node\":" + "9".repeat(100_000) + "}", "n0.json: is not a JSON object: Number value length"),
                file("listenPort=10911\nbrokerName=a\n", "looks like a broker.conf, which goes with -c: "),
                file("# comment\nbrokerName = a", "looks like a broker.conf, which goes with -c: "),
                file("node: n0\ngroups:\n  - name: a\n", "n0.json: is not a JSON object: Unrecognized token 'node'"),
                file("<html></html>", "n0.json: is not a JSON object: Unexpected character ('<'"),
                file("PK\u0003\u0004", "n0.json: is not a JSON object: Unrecognized token 'PK"),
                file("\u0000", "n0.json: is not a JSON object: "),
                file("{\"node\":\"n0\u0000\"}", "n0.json: is not a JSON object: Illegal unquoted character"),
                file("{\"node\":\"n0\",\"node\":\"n1\"}", "Duplicate field 'node' (line 1"),
                file("{\"node\":\"\"}", "line 1: node = \"\": must be 1 to 100 characters"),
                file("{\"node\":\" \"}", "node = \" \": must be 1 to 100 characters"),
                file("{\"node\":\"" + "n".repeat(101) + "\"}", "must be 1 to 100 characters"),
                file("{\"node\":\"n\u00e4\"}", "must be 1 to 100 characters"),
                file("{\"node\":\"../n\"}", "must be 1 to 100 characters"),
                file("{\"node\":\"${NOWHERE}\"}", "the environment has no NOWHERE; set it"),
                file("{\"node\":\"n0\",\"groups\":[]}", "groups = []: must be a list of at least one object"),
                file("{\"node\":\"n0\",\"groups\":[null]}", "groups[0] = null: must be an object"),
                file("{\"node\":\"n0\",\"groups\":{\"name\":\"a\"}}", "must be a list of at least one object"),
                file("{\"node\":\"n0\",\"group\":[{\"name\":\"a\"}]}", "unknown key group: did you mean groups?"),
                Arguments.of("latin-1", bytes("{\"node\":\"n\u00e4\"}", StandardCharsets.ISO_8859_1), "Invalid UTF-8"),
                Arguments.of("a zip", new byte[] {'P', 'K', 3, 4, (byte) 0x80, 0}, "n0.json: is not a JSON object: "));
    }

    static Stream<Arguments> filesWithOneKey() {
        return Stream.of(
                file(with("\"cluster\":\"a b\""), "cluster = \"a b\": must be 1 to 100 characters"),
                file(with("\"dataDir\":\"\""), "dataDir = \"\": must be a text that is not empty"),
                file(with("\"dataDir\":\"/etc/passwd\""), "dataDir = /etc/passwd: is a file; name a directory"),
                file(with("\"dataDir\":7"), "dataDir = 7: must be a text that is not empty"),
                file(with("\"dataDir\":\"<dir>\""), "\"<dir>\" is left of a template"),
                file(with("\"dataDir\":\"$HOME/x\""), "\"$H\" is left of a template"),
                file(with("\"nameServers\":\"h:1\""), "nameServers = \"h:1\": must be a list of host:port"),
                file(with("\"nameServers\":[\"h:1;g:1\"]"), "nameServers = \"h:1;g:1\": must be host:port"),
                file(with("\"nameServers\":[9876]"), "nameServers = 9876: must be host:port"),
                file(with("\"nameServers\":[\"xxx:9876\"]"), "\"xxx\" is left of a template"),
                file(
                        with("\"nameService\":{\"serves\":\"h:1\"}"),
                        "nameService.serves = h:1: is not among the name servers"),
                file(with("\"nameService\":{\"bindHost\":\"h:1\"}"), "nameService.bindHost = h:1: must be a host name"),
                file(
                        with("\"nameService\":{\"serve\":\"h:1\"}"),
                        "unknown key nameService.serve: did you mean nameService.serves?"),
                file(with("\"http\":8080"), "http = 8080: must be an object"),
                file(with("\"http\":{\"port\":0}"), "http.port = 0: must be -1, or a port from 1 to 65535"),
                file(with("\"http\":{\"port\":-2}"), "http.port = -2: must be a whole number from -1 to 65535"),
                file(with("\"http\":{\"prot\":8080}"), "unknown key http.prot: did you mean http.port?"),
                file(with("\"http\":{\"port\":10911}"), "the same address is used by http.port"),
                file(
                        with("\"http\":{\"token\":\"${NOWHERE}-123456789\"}"),
                        "http.token = (not shown): the environment has no NOWHERE"),
                file(with("\"http\":{\"tokenFile\":\"<file>\"}"), "\"<file>\" is left of a template"),
                file(with("\"shutdownSeconds\":\"10\""), "shutdownSeconds = \"10\": must be a whole number"),
                file(with("\"plugins\":[]"), "plugins = []: must be an object"),
                file(with("\"plugins\":{\"x\":1}"), "plugins.x = 1: must be an object"),
                file(
                        with("\"plugins\":{\"directory\":\"/nowhere/p\"}"),
                        "plugins.directory = /nowhere/p: there is no such directory"),
                file(
                        with("\"plugins\":{\"directory\":\"/etc/passwd\"}"),
                        "plugins.directory = /etc/passwd: is not a directory"),
                file(with("\"aclEnable\":true"), "unknown key aclEnable"));
    }

    @ParameterizedTest(name = "[{index}] {0}")
    @MethodSource({"wholeFiles", "filesWithOneKey"})
    void isRefusedAsAWhole(String what, byte[] bytes, String problem) {
        refuse(bytes, problem);
    }

    /** Members of the file, a key as {@code -p} prints it, and the value in force. */
    @ParameterizedTest(name = "[{index}] {0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
            "cluster":null                               | cluster                  | VledgerCluster
            "nameServers":["[::1]:9876"]                 | nameServers              | [::1]:9876
            "nameServers":["${POD_IP}:9876"]             | nameServers              | 10.0.0.7:9876
            "cluster":"${HOSTNAME}"                      | cluster                  | broker-0
            "dataDir":"${DATA}/n0"                       | dataDir                  | /data/n0
            "http":{"host":"::","port":1}                | http.port                | 1
            "http":{"token":"${TOKEN}"}                  | http.token               | (not shown)
            """)
    void isRead(String member, String key, String value) {
        byte[] file = with(member.translateEscapes()).getBytes(StandardCharsets.UTF_8);
        assertThat(read(file).effective()).containsEntry(key, value);
    }

    @Test
    void theEnvironmentIsPutIntoTheTokenToo() {
        byte[] file = with("\"http\":{\"token\":\"${TOKEN}\"}").getBytes(StandardCharsets.UTF_8);
        assertThat(read(file).plugins().sections().getJsonObject("http").getString("token"))
                .isEqualTo("0123456789abcdef");
    }

    @Test
    void marksLineEndsAndUnicodeAreReadAsTheyAre() {
        String text = with("\"dataDir\":\"/d\u00e4ta\"").replace("\n", "\r\n");
        assertThat(read(bytes("\uFEFF" + text, StandardCharsets.UTF_8)).node().dataDirectory())
                .isEqualTo(Path.of("/d\u00e4ta"));
        assertThat(read(bytes(text.replace("\u00e4", "\\u00e4"), StandardCharsets.US_ASCII))
                        .node()
                        .dataDirectory())
                .isEqualTo(Path.of("/d\u00e4ta"));
    }

    private static Arguments file(String text, String problem) {
        String shown = text.length() < 60 ? text : text.substring(0, 60) + "…";
        return Arguments.of(shown.replaceAll("\\p{Cc}", "?"), bytes(text, StandardCharsets.UTF_8), problem);
    }

    private static String group(String members) {
        return "{\"node\":\"n0\",\"groups\":[{\n\"name\":\"a\"," + members + "}\n]}";
    }

    private static String with(String member) {
        return "{\"node\":\"n0\",\n" + member + ",\n\"groups\":[{\"name\":\"a\"}]}";
    }

    private static byte[] bytes(String text, Charset charset) {
        return text.getBytes(charset);
    }

    private static void refuse(byte[] bytes, String problem) {
        assertThatThrownBy(() -> read(bytes))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("n0.json: ")
                .hasMessageContaining(problem)
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(700).doesNotContainPattern("\\p{Cc}"));
    }

    private static NodeConfig read(byte[] bytes) {
        StrictJson json = StrictJson.parse("n0.json", bytes);
        return NodeReader.readJson("n0.json", json.tree(), json.lines(), Placeholders.of(ENVIRONMENT), "1");
    }
}
