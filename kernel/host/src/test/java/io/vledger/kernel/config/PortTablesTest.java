package io.vledger.kernel.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the documents say of ports, and of the keys that protect: read beside the keys, and beside what the code listens at. */
class PortTablesTest {
    private static final Path ROOT = Path.of("../..");
    private static final Pattern NUMBER = Pattern.compile("\\b\\d{4,5}\\b");
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
    /** What looks like a key and not like a file, an option or a value. */
    private static final Pattern KEY =
            Pattern.compile("[a-z][A-Za-z]*(\\[\\])?(\\.[A-Za-z]+)+|[a-z]+\\.\\*|peerSecurity|proxyProtocolFrom|host");

    private static final Pattern LISTENS = Pattern.compile(
            "createNetServer\\(|createHttpServer\\(|new ServerBootstrap|new ServerSocket|ServerSocketChannel|rpc\\.listen\\(|network\\.setPort\\(");

    /** Which row of the reference's table is about what a class listens at. */
    private static final Map<String, List<String>> ROWS = Map.of(
            "GroupTransport", List.of("Raft"),
            "GrpcPlugin", List.of("5.x clients (gRPC)"),
            "GrpcListener", List.of("5.x clients (gRPC)"),
            "HttpPlugin", List.of("HTTP"),
            "MemberConfig", List.of("discovery"),
            // What every protocol of RocketMQ listens with; the next three say where.
            "RemotingServer", List.of("clients", "clients, \"VIP channel\"", "name service"),
            "BrokerPlugin", List.of("clients"),
            "VipChannel", List.of("clients, \"VIP channel\""),
            "NameServerAddress", List.of("name service"));
    /** Looks for free ports, for the nodes of the quick start. */
    private static final String PROBES = "NodeProcesses";

    /** The rows of the first table behind a heading, by their first cell. */
    private static Map<String, List<String>> table(String page, String heading) throws IOException {
        String text = Files.readString(ROOT.resolve(page));
        assertThat(text).as(page).contains(heading);
        Map<String, List<String>> rows = new TreeMap<>();
        List<String> lines = text.substring(text.indexOf(heading)).lines().toList();
        int at = 0;
        while (!lines.get(at).startsWith("|---")) {
            at++;
        }
        for (at++; at < lines.size() && lines.get(at).startsWith("|"); at++) {
            List<String> cells = Stream.of(lines.get(at).split("\\|"))
                    .skip(1)
                    .map(String::trim)
                    .toList();
            rows.put(cells.get(0), cells);
        }
        return rows;
    }

    private static Map<String, List<String>> reference() throws IOException {
        return table("conf/README.md", "## Ports");
    }

    private static List<String> quoted(String cell) {
        return QUOTED.matcher(cell).results().map(found -> found.group(1)).toList();
    }

    private static SortedSet<Integer> numbers(String cell) {
        TreeSet<Integer> numbers = new TreeSet<>();
        NUMBER.matcher(cell)
                .results()
                .map(MatchResult::group)
                .map(Integer::valueOf)
                .forEach(numbers::add);
        return numbers;
    }

    @Test
    void everyPortOfTheReferenceHasItsKeysAndItsDefault() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (List<String> row : reference().values()) {
            List<String> names = quoted(row.get(2));
            if (names.get(0).startsWith("plugins.hazelcast.")) {
                String settings = Files.readString(
                        ROOT.resolve("plugins/hazelcast/src/main/java/io/vledger/hazelcast/Settings.java"));
                assertThat(settings)
                        .contains("DEFAULT_PORT = " + numbers(row.get(1)).first() + ";");
                continue;
            }
            ConfigKey key = ConfigKeys.find(names.get(0));
            if (key == null) {
                wrong.add(row + ": there is no key " + names.get(0));
            } else if (!names.get(1).equals(key.classic())) {
                wrong.add(row + ": its classic key is " + key.classic());
            } else if (!row.get(1).equals(expectedDefault(row, key))) {
                wrong.add(row + ": its default is " + expectedDefault(row, key));
            }
        }
        assertThat(wrong).isEmpty();
    }

    /** The cell as it is, if it agrees with the key; else what the key says. */
    private static String expectedDefault(List<String> row, ConfigKey key) {
        String cell = row.get(1);
        boolean fits =
                switch (key.path()) {
                    case "groups[].port" -> numbers(cell).equals(new TreeSet<>(List.of(clientPort())));
                    case "groups[].vipChannel" -> numbers(cell).equals(new TreeSet<>(List.of(clientPort() - 2)));
                    case "grpc.port" ->
                        cell.startsWith("none") && numbers(cell).equals(new TreeSet<>(List.of(NodeReader.GRPC_PORT)));
                    default ->
                        cell.startsWith("none")
                                && (key.fallback() == null || Long.valueOf(-1).equals(key.fallback()));
                };
        return fits ? cell : key.shownDefault();
    }

    private static int clientPort() {
        return ((Long) Objects.requireNonNull(ConfigKeys.at("groups[].port").fallback())).intValue();
    }

    @Test
    void theReadmeHasThePortsOfTheReferenceAndOfTheExamples() throws IOException {
        TreeSet<Integer> expected = new TreeSet<>();
        reference().values().forEach(row -> expected.addAll(numbers(row.get(1))));
        String example = Files.readString(ROOT.resolve("conf/n0.json"));
        SortedSet<Integer> ofExamples = numbers(example.substring(0, example.indexOf("40912")));
        expected.addAll(ofExamples);
        assertThat(ofExamples).contains(9876, clientPort(), clientPort() + 1, 40911);
        TreeSet<Integer> said = new TreeSet<>();
        Map<String, List<String>> rows = table("README.md", "## Ports");
        rows.values().forEach(row -> said.addAll(numbers(row.get(1))));
        assertThat(said).isEqualTo(expected);
        for (String port : reference().keySet()) {
            String name = port.replace(", \"VIP channel\"", "");
            assertThat(rows.keySet()).as("the row of %s", port).anyMatch(row -> row.contains(name));
        }
    }

    @Test
    void whatTheCodeListensAtIsInTheTable() throws IOException {
        TreeSet<String> open = new TreeSet<>();
        try (Stream<Path> files = Files.walk(ROOT)) {
            for (Path file : files.filter(PortTablesTest::isMain).toList()) {
                String name = file.getFileName().toString().replace(".java", "");
                if (LISTENS.matcher(Files.readString(file)).find() && !name.equals(PROBES)) {
                    open.add(name);
                }
            }
        }
        assertThat(open).as("classes that listen; a new one needs a row").isEqualTo(new TreeSet<>(ROWS.keySet()));
        TreeSet<String> rows = new TreeSet<>();
        ROWS.values().forEach(rows::addAll);
        assertThat(rows).isEqualTo(new TreeSet<>(reference().keySet()));
    }

    private static boolean isMain(Path file) {
        String path = ROOT.relativize(file).toString();
        return path.endsWith(".java")
                && path.contains("src/main/java/")
                && !path.contains("target/")
                && !path.startsWith("kernel/testkit/")
                && !path.startsWith("launcher/acceptance/");
    }

    @Test
    void theKeysThatProtectHaveTheDefaultsThatAreSaid() throws IOException {
        List<String> wrong = new ArrayList<>();
        Map<String, List<String>> rows = table(".github/SECURITY.md", "## What is off until it is set up");
        assertThat(rows).hasSizeGreaterThanOrEqualTo(8);
        for (List<String> row : rows.values()) {
            for (String path : quoted(row.get(0))) {
                ConfigKey key = ConfigKeys.find(path);
                if (key == null) {
                    wrong.add("there is no key " + path);
                } else if (!row.get(1).equals(key.shownDefault())) {
                    wrong.add(path + " is " + key.shownDefault() + " by default, not " + row.get(1));
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(ConfigKeys.at("http.host").fallback()).isEqualTo("127.0.0.1");
        assertThat(ConfigKeys.at("http.trustLoopback").fallback()).isEqualTo(false);
        assertThat(ConfigKeys.at("http.deployPlugins").fallback()).isEqualTo(false);
        assertThat(ConfigKeys.at("proxyProtocolFrom").fallback()).isEqualTo("");
    }

    @Test
    void keysThatThePagesNameExist() throws IOException {
        List<String> wrong = new ArrayList<>();
        String readme = Files.readString(ROOT.resolve("README.md"));
        int ports = readme.indexOf("## Ports");
        Map<String, String> texts = Map.of(
                "README.md",
                readme.substring(ports, readme.indexOf("\n## ", ports + 1)),
                ".github/SECURITY.md",
                Files.readString(ROOT.resolve(".github/SECURITY.md")));
        texts.forEach((page, text) -> {
            for (String name : quoted(text)) {
                if (KEY.matcher(name).matches() && unknown(name) != null) {
                    wrong.add(page + ": " + name);
                }
            }
        });
        assertThat(wrong).isEmpty();
    }

    private static @Nullable String unknown(String name) {
        String prefix = name.replace(".*", ".");
        boolean known = name.equals("plugins.hazelcast.secretFile")
                || ConfigKeys.all().stream()
                        .map(ConfigKey::path)
                        .anyMatch(path ->
                                path.equals(name) || path.startsWith(prefix) || path.startsWith("groups[]." + name));
        return known ? null : name;
    }
}
