package io.vledger.launcher;

import io.vledger.api.origin.UpgradeChecker;
import io.vledger.kernel.config.ConfigFiles;
import io.vledger.kernel.plugin.UndeployedPlugin;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code upgrade-check}: whether the directories of old brokers can become a group. Reads only. */
@Command(
        name = "upgrade-check",
        description = {
            "Looks over the directories of stopped RocketMQ brokers and says whether they can become a group: what is there,"
                    + " where each log ends, whether the members agree. Never writes.",
            "Exit code 0: go; 2: no-go; 1: the check itself could not be made."
        },
        mixinStandardHelpOptions = true)
final class UpgradeCheckCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = {"-c", "--configFile"},
            paramLabel = "FILE",
            required = true,
            arity = "1..*",
            description = "Each member's broker.conf; their directories must be reachable from here.")
    private List<Path> configurations = List.of();

    @SuppressWarnings("unused") // Every check is deep; scripts may still ask for it.
    @Option(names = "--deep", hidden = true, description = "Every check is deep; kept for scripts that ask for it.")
    private boolean deep;

    @Option(names = "--json", description = "Answer in JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        CommandSpec known = spec;
        if (known == null) {
            throw new IllegalStateException("the command line has not been parsed");
        }
        for (Path file : configurations) {
            ConfigFiles.checkBrokerConf(file);
        }
        return new UndeployedPlugin(BundledPlugins.named("importer", Build.location()))
                .service(UpgradeChecker.class)
                .check(configurations, json, known.commandLine().getOut());
    }
}
