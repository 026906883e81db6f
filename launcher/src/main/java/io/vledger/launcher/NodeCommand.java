package io.vledger.launcher;

import io.vledger.launcher.exit.ExitCode;
import io.vledger.launcher.quickstart.Quickstart;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line of a node, in the spelling of its own and of RocketMQ's {@code mqbroker}. */
@Command(
        name = "launcher.jar",
        description = "Runs a Vledger node: a replicated broker for RocketMQ clients.",
        mixinStandardHelpOptions = true,
        versionProvider = NodeCommand.Version.class,
        subcommands = {QuickstartCommand.class, UpgradeCheckCommand.class, StatusCommand.class},
        sortOptions = false)
final class NodeCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = {"-conf", "--conf"},
            paramLabel = "FILE",
            description = "JSON configuration, for example conf/n0.json.")
    private @Nullable String json;

    @Option(
            names = {"-c", "--configFile"},
            paramLabel = "FILE",
            description = "RocketMQ's broker.conf.")
    private @Nullable String brokerConf;

    @Option(
            names = {"-n", "--namesrvAddr"},
            paramLabel = "HOST:PORT;…",
            description = "Name servers; wins over the namesrvAddr of -c.")
    private @Nullable String nameServers;

    @Option(
            names = "--enable-proxy",
            description = "Serve 5.x clients (gRPC), on port 8081 unless the configuration names another.")
    private boolean proxy;

    @Option(
            names = {"-p", "--printConfigItem"},
            description = "Print every key with the value in force, and end.")
    private boolean printAll;

    @Option(
            names = {"-m", "--printImportantConfig"},
            description = "Print the keys that most people set, and end.")
    private boolean printImportant;

    @Option(
            names = {"-v", "--verbose"},
            description = "Show details and stack traces on the terminal.")
    private boolean verbose;

    @Override
    public Integer call() throws Exception {
        CommandSpec known = spec;
        if (known == null) {
            throw new IllegalStateException("the command line has not been parsed");
        }
        if ((json == null) == (brokerConf == null)) {
            throw new ParameterException(
                    known.commandLine(), "name a configuration, either -conf FILE (JSON) or -c FILE (broker.conf)");
        }
        if (nameServers != null && brokerConf == null) {
            throw new ParameterException(known.commandLine(), "-n goes with -c; in JSON the key is nameServers");
        }
        if (verbose) {
            System.setProperty(LogSetup.VERBOSE, "true");
        }
        NodeRun.Print print =
                printAll ? NodeRun.Print.ALL : printImportant ? NodeRun.Print.IMPORTANT : NodeRun.Print.NONE;
        NodeRun.Source source = new NodeRun.Source(json, brokerConf, nameServers, proxy);
        return new NodeRun(source, print, known.commandLine().getOut()).run();
    }

    /** Says which version this is. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"vledger " + Build.version()};
        }
    }
}

/** {@code quickstart}: a group of three that loses its leader, in under a minute. */
@Command(
        name = "quickstart",
        description = "Starts three nodes, sends 20,000 messages, kills the leader half way, and counts what is left.",
        mixinStandardHelpOptions = true)
final class QuickstartCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        CommandSpec known = spec;
        if (known == null) {
            throw new IllegalStateException("the command line has not been parsed");
        }
        return new Quickstart(Build.location(), known.commandLine().getOut()).run() ? ExitCode.OK : ExitCode.FAILED;
    }
}
