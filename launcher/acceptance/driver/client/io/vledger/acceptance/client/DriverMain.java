package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import io.vledger.acceptance.line.LineWriter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Reads commands from the standard input until it ends and hands each to a thread of its own. */
public final class DriverMain {
    private final LineWriter wire;
    private final Shutdowns shutdowns = new Shutdowns();
    private final Map<String, Command> commands = new HashMap<>();

    private DriverMain(LineWriter wire, Clients clients) {
        this.wire = wire;
        new SendCommands(clients).addTo(commands);
        new LoadCommands(clients).addTo(commands);
        new FloodCommands(clients).addTo(commands);
        new ConsumeCommands(clients, wire).addTo(commands);
        new QueryCommands(clients).addTo(commands);
        new SelectCommands(clients).addTo(commands);
        new RecordCommands(clients).addTo(commands);
        new TransactionCommands(clients, wire).addTo(commands);
        new RequestReplyCommands(clients).addTo(commands);
        Release.commands(clients).forEach((name, command) -> {
            if (commands.put(name, command) != null) {
                throw new IllegalStateException("the command " + name + " of this release would hide one of both releases");
            }
        });
        new AdminTool(clients.nameServer(), shutdowns).addTo(commands);
        commands.put("ping", line -> Line.of(line.number(), Line.OK, "release", Release.NAME));
        commands.put("stop", line -> {
            clients.stop(line.text("name"));
            return Line.of(line.number(), Line.OK);
        });
    }

    /**
     * Runs until the standard input ends.
     *
     * @param arguments the name server address that clients use unless a command names another
     */
    public static void main(String[] arguments) throws IOException {
        PrintStream out = System.out;
        // What the client libraries print must not come between the lines of the protocol.
        System.setOut(System.err);
        Clients clients = new Clients(arguments[0]);
        DriverMain driver = new DriverMain(new LineWriter(out), clients);
        driver.serve();
        driver.shutdowns.enter();
        clients.stopAll();
        // Threads of the client libraries may still run; the test that closed the input waits for this process.
        Runtime.getRuntime().halt(0);
    }

    private void serve() throws IOException {
        ExecutorService threads = Executors.newCachedThreadPool();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String text = in.readLine(); text != null; text = in.readLine()) {
            Line line = Line.parse(text);
            threads.execute(() -> wire.write(answer(line)));
        }
    }

    /** The root of every command: whatever it throws becomes its answer. */
    private Line answer(Line line) {
        Command command = commands.get(line.verb());
        if (command == null) {
            return Line.of(line.number(), Line.ERROR, "message", "unknown command " + line.verb());
        }
        shutdowns.enter();
        try {
            return command.run(line);
        } catch (Exception failure) {
            return Line.of(
                    line.number(),
                    Line.ERROR,
                    "type",
                    failure.getClass().getSimpleName(),
                    "code",
                    Release.responseCode(failure),
                    "message",
                    words(failure));
        } finally {
            shutdowns.leave();
        }
    }

    /** The message of a failure and of what caused it, in which a broker's own words are. */
    private static String words(Throwable failure) {
        StringBuilder words = new StringBuilder(String.valueOf(failure.getMessage()));
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            words.append("; ").append(cause.getMessage());
        }
        return words.toString();
    }
}
