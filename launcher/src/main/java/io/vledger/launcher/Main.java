package io.vledger.launcher;

import java.io.PrintWriter;
import picocli.CommandLine;

/** Entry point of the jar. */
public final class Main {
    /** Everything went well. */
    static final int OK = 0;
    /** Something is wrong; one line on standard error says what. */
    static final int WRONG = 1;

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
            say(e.getCommandLine().getErr(), e.getMessage() + "; --help lists what there is");
            return failure(e.getCommandLine());
        });
        line.setExecutionExceptionHandler((e, command, result) -> {
            Failures.tell(e, command.getErr());
            return failure(command);
        });
        return line;
    }

    /** Of a command whose other exit codes are answers, failure must not look like one. */
    private static int failure(CommandLine command) {
        return command.getCommand() instanceof StatusCommand ? StatusCommand.UNUSABLE : WRONG;
    }

    static void say(PrintWriter out, String line) {
        out.println("vledger: " + line.replaceAll("\\s*\\R\\s*", " "));
        out.flush();
    }
}
