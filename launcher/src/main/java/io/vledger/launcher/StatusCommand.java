package io.vledger.launcher;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.kernel.Transports;
import io.vledger.kernel.config.ConfigFiles;
import io.vledger.kernel.config.NodeConfig;
import io.vledger.launcher.exit.LauncherException;
import io.vledger.launcher.status.ClusterSurvey;
import io.vledger.launcher.status.GroupState;
import io.vledger.launcher.status.KnownMembers;
import io.vledger.launcher.status.NodeAccess;
import io.vledger.launcher.status.StatusTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code status}: what the groups of a cluster are like, also when some nodes cannot say it themselves. */
@Command(
        name = "status",
        description = {
            "Shows every group that the named nodes know: members, roles, lag, store, disk, health.",
            "One reachable node is enough: it names the others.",
            "Exit code: 0 all is well, 1 something is not, 2 a group takes no writes, or nobody answers, 3 wrong usage."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class StatusCommand implements Callable<Integer> {
    private static final long CONFIG_SECONDS = 30;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = {"-conf", "--conf"},
            paramLabel = "FILE",
            description = "JSON configuration of a node to ask; may be repeated.")
    private List<String> json = new ArrayList<>();

    @Option(
            names = {"-c", "--configFile"},
            paramLabel = "FILE",
            description = "RocketMQ's broker.conf of a node to ask; may be repeated.")
    private List<String> brokerConf = new ArrayList<>();

    @Option(names = "--http", paramLabel = "HOST:PORT", description = "A node to ask; may be repeated.", arity = "1..*")
    private List<String> http = new ArrayList<>();

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "File with the token that reading needs; by default what the configuration names.")
    private String tokenFile = "";

    @Option(
            names = "--trust",
            paramLabel = "FILE",
            description = "Certificates in PEM that verify nodes which serve HTTP with TLS; by default tls.trust of the"
                    + " configuration, or its certificate.")
    private String trust = "";

    @Option(names = "--json", description = "Print JSON instead of a table.")
    private boolean asJson;

    @Option(names = "--watch", paramLabel = "SECONDS", description = "Ask again and again, until stopped.")
    private int watchSeconds;

    /**
     * Where to ask, and what for.
     *
     * @param expected the members of each group as configured
     * @param access how nodes are asked
     */
    private record Question(Set<String> addresses, Map<String, Map<String, String>> expected, NodeAccess access) {}

    @Override
    public Integer call() throws InterruptedException, TimeoutException {
        CommandSpec known = spec;
        if (known == null) {
            throw new IllegalStateException("the command line has not been parsed");
        }
        if (json.isEmpty() && brokerConf.isEmpty() && http.isEmpty()) {
            throw new ParameterException(
                    known.commandLine(), "name a node: -conf FILE (JSON), -c FILE (broker.conf), or --http HOST:PORT");
        }
        for (String address : http) {
            if (!address.matches("[^/\\s]+:\\d{1,5}")) {
                throw new ParameterException(known.commandLine(), "--http " + address + ": must be HOST:PORT");
            }
        }
        if (watchSeconds < 0) {
            throw new ParameterException(known.commandLine(), "--watch " + watchSeconds + ": must not be negative");
        }
        Question question = question();
        PrintWriter out = known.commandLine().getOut();
        int exit = show(question, out);
        while (watchSeconds > 0) {
            TimeUnit.SECONDS.sleep(watchSeconds);
            out.println("\n" + LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS));
            exit = show(question, out);
        }
        return exit;
    }

    private Question question() throws TimeoutException {
        Set<String> addresses = new TreeSet<>(http);
        Map<String, Map<String, String>> expected = new TreeMap<>();
        if (json.isEmpty() && brokerConf.isEmpty()) {
            return new Question(addresses, expected, access(tokenFile, trust));
        }
        String named = tokenFile;
        String verifying = trust;
        Vertx vertx = Transports.createVertx();
        try {
            ConfigFiles files = new ConfigFiles(vertx, Build.version());
            for (String file : json) {
                NodeConfig config = files.readJson(file).await(CONFIG_SECONDS, TimeUnit.SECONDS);
                named = named.isEmpty() ? readTokenFile(config) : named;
                verifying = verifying.isEmpty() ? trustOf(config) : verifying;
                take(config, addresses, expected);
            }
            for (String file : brokerConf) {
                NodeConfig config = files.readBrokerConf(file, Map.of()).await(CONFIG_SECONDS, TimeUnit.SECONDS);
                named = named.isEmpty() ? readTokenFile(config) : named;
                verifying = verifying.isEmpty() ? trustOf(config) : verifying;
                take(config, addresses, expected);
            }
        } finally {
            vertx.close().await(CONFIG_SECONDS, TimeUnit.SECONDS);
        }
        if (addresses.isEmpty()) {
            throw new LauncherException(
                    "the configuration has no http.port, so the node answers nothing; set it, or name"
                            + " another node with --http HOST:PORT");
        }
        return new Question(addresses, expected, access(named, verifying));
    }

    private static NodeAccess access(String tokenFile, String trustFile) {
        String token = token(tokenFile);
        if (trustFile.isEmpty()) {
            return new NodeAccess(token, null);
        }
        try {
            return NodeAccess.encrypted(token, Path.of(trustFile));
        } catch (IOException | GeneralSecurityException e) {
            throw new LauncherException(trustFile + ": certificates in PEM cannot be read from it (" + e.getMessage()
                    + "); name another file with --trust");
        }
    }

    /** By what nodes of this configuration are verified; empty if they serve HTTP without TLS. */
    private static String trustOf(NodeConfig config) {
        JsonObject http = config.plugins().sections().getJsonObject("http", new JsonObject());
        JsonObject tls = http.getJsonObject("tls", new JsonObject());
        return tls.getString("trust", tls.getString("certificate", ""));
    }

    private static String readTokenFile(NodeConfig config) {
        JsonObject http = config.plugins().sections().getJsonObject("http", new JsonObject());
        return http.getString("readTokenFile", "");
    }

    private static String token(String file) {
        try {
            return file.isEmpty() ? "" : Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
            throw new LauncherException(
                    file + ": the token for reading cannot be read (" + e.getMessage() + "); ask as a user who may");
        }
    }

    private static void take(NodeConfig config, Set<String> addresses, Map<String, Map<String, String>> expected) {
        Map<String, String> known = KnownMembers.read(config.node().dataDirectory());
        String own = config.node().httpAddress("127.0.0.1");
        if (!own.isEmpty()) {
            known.put(config.node().id(), own);
        }
        addresses.addAll(known.values());
        for (GroupConfig group : config.node().groups()) {
            Map<String, String> members = expected.computeIfAbsent(group.name(), name -> new TreeMap<>());
            group.peers()
                    .keySet()
                    .forEach(member ->
                            members.merge(member, known.getOrDefault(member, ""), (a, b) -> a.isEmpty() ? b : a));
        }
    }

    private int show(Question question, PrintWriter out) {
        ClusterSurvey survey = ClusterSurvey.from(question.addresses(), question.access());
        Set<String> names = new TreeSet<>(survey.groupNames());
        names.addAll(question.expected().keySet());
        List<GroupState> groups = new ArrayList<>();
        for (String name : names) {
            groups.add(new GroupState(name, survey, question.expected().getOrDefault(name, Map.of())));
        }
        int exit = groups.stream()
                .mapToInt(group -> group.verdict().exitCode())
                .max()
                .orElse(GroupState.Verdict.NO_QUORUM.exitCode());
        if (asJson) {
            JsonArray list = new JsonArray();
            groups.forEach(group -> list.add(group.toJson()));
            JsonObject silent = new JsonObject();
            survey.silent().forEach(silent::put);
            out.println(new JsonObject()
                    .put("exitCode", exit)
                    .put("groups", list)
                    .put("silent", silent)
                    .encodePrettily());
        } else {
            if (survey.answers().isEmpty()) {
                survey.silent()
                        .forEach((address, why) -> out.println(question.access().url(address) + " " + why));
                out.println("no node answers; name others that may, with -conf, -c or --http");
            }
            groups.forEach(group -> StatusTable.lines(group).forEach(out::println));
        }
        out.flush();
        return exit;
    }
}
