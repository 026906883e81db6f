package io.vledger.launcher;

import io.vledger.launcher.exit.ExitCode;
import io.vledger.launcher.exit.FailureMessage;
import picocli.CommandLine;

/** Entry point of the jar. */
public final class Main {
    private Main() {}

    /** Runs the command line and ends the process with its exit code. */
    public static void main(String[] args) {
        ProcessDefaults.apply();
        System.exit(run(args));
    }

    /** Runs the command line; returns the exit code. */
    static int run(String... args) {
        return commandLine().execute(args);
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new NodeCommand());
        line.setPosixClusteredShortOptionsAllowed(false);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((e, arguments) -> {
            FailureMessage.print(
                    e.getMessage() + "; --help lists what there is",
                    e.getCommandLine().getErr());
            return failure(e.getCommandLine());
        });
        line.setExecutionExceptionHandler((e, command, result) -> {
            FailureMessage.print(e, command.getErr());
            return failure(command);
        });
        return line;
    }

    /** Of a command whose other exit codes are answers, failure must not look like one. */
    private static int failure(CommandLine command) {
        return command.getCommand() instanceof StatusCommand ? ExitCode.STATUS_UNUSABLE : ExitCode.FAILED;
    }
}
