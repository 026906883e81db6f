package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.PosixParser;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.srvutil.ServerUtil;
import org.apache.rocketmq.tools.command.MQAdminStartup;
import org.apache.rocketmq.tools.command.SubCommand;

/**
 * Runs mqadmin commands within this process as {@code MQAdminStartup} does, several at once, and answers with what they print. A
 * command that runs for ever is interrupted after {@code limitMs}.
 */
@SuppressWarnings("deprecation") // The parser that 4.9 has.
final class AdminTool {
    private static final int INTERRUPTS = 20;
    private static final int INTERRUPT_PAUSE_MS = 100;

    private final String nameServer;
    private final Shutdowns shutdowns;
    private final Map<String, SubCommand> commands = new TreeMap<>();
    private long lastStartedMs;
    private final Printed printed = new Printed(System.err);

    AdminTool(String nameServer, Shutdowns shutdowns) {
        this.nameServer = nameServer;
        this.shutdowns = shutdowns;
    }

    void addTo(Map<String, Command> verbs) {
        verbs.put("mqadmin", this::run);
        verbs.put("mqadminCommands", line -> {
            start();
            return Line.of(line.number(), Line.OK, "names", String.join(" ", commands.keySet()));
        });
    }

    private synchronized void start() throws ReflectiveOperationException {
        if (!commands.isEmpty()) {
            return;
        }
        System.setProperty(MixAll.NAMESRV_ADDR_PROPERTY, nameServer);
        PrintStream all = new PrintStream(printed, true, StandardCharsets.UTF_8);
        System.setOut(all);
        System.setErr(all);
        MQAdminStartup.initCommand();
        for (SubCommand command : known()) {
            commands.put(command.commandName(), command);
        }
    }

    /** The list has another name in each release. */
    private static List<SubCommand> known() throws ReflectiveOperationException {
        List<SubCommand> known = new ArrayList<>();
        for (Field field : MQAdminStartup.class.getDeclaredFields()) {
            if (List.class.isAssignableFrom(field.getType())) {
                field.setAccessible(true);
                for (Object each : (List<?>) field.get(null)) {
                    known.add((SubCommand) each);
                }
            }
        }
        return known;
    }

    private Line run(Line line) throws Exception {
        start();
        String[] words = (line.text("arguments") + " -n " + nameServer).split(" ");
        SubCommand known = commands.get(words[0]);
        if (known == null) {
            throw new IllegalArgumentException("no command " + words[0]);
        }
        // Some keep their clients, which they shut down at their end.
        SubCommand command = known.getClass().getDeclaredConstructor().newInstance();
        String[] arguments = new String[words.length - 1];
        System.arraycopy(words, 1, arguments, 0, arguments.length);
        awaitNextMillisecond();
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        Thread runner = new Thread(() -> {
            printed.to(output);
            shutdowns.enter();
            try {
                execute(command, arguments);
            } finally {
                shutdowns.leave();
            }
        });
        runner.setDaemon(true);
        runner.start();
        runner.join(line.number("limitMs", 0));
        for (int i = 0; runner.isAlive() && i < INTERRUPTS; i++) {
            runner.interrupt(); // a client that it waits for may swallow one
            runner.join(INTERRUPT_PAUSE_MS);
        }
        return Line.of(line.number(), Line.OK, "printed", output.toString(StandardCharsets.UTF_8));
    }

    /** Commands name their clients by the time, and two clients of one name are refused. */
    private synchronized void awaitNextMillisecond() {
        while (System.currentTimeMillis() <= lastStartedMs) {
            Thread.onSpinWait();
        }
        lastStartedMs = System.currentTimeMillis();
    }

    private static void execute(SubCommand command, String[] arguments) {
        Options options = ServerUtil.buildCommandlineOptions(new Options());
        try {
            CommandLine parsed = new PosixParser().parse(command.buildCommandlineOptions(options), arguments);
            command.execute(parsed, options, Clients.hook());
        } catch (ParseException wrong) {
            System.out.println("wrong arguments: " + wrong.getMessage());
        } catch (Exception failure) {
            System.out.println(stackTrace(failure));
        }
    }

    private static String stackTrace(Exception failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    /** What a thread prints, and the threads that it starts; what others print goes where it went before. */
    private static final class Printed extends OutputStream {
        private final OutputStream before;
        private static final InheritableThreadLocal<OutputStream> CURRENT = new InheritableThreadLocal<>();

        Printed(OutputStream before) {
            this.before = before;
        }

        void to(OutputStream output) {
            CURRENT.set(output);
        }

        @Override
        public void write(int b) throws IOException {
            OutputStream output = CURRENT.get();
            (output == null ? before : output).write(b);
        }

        @Override
        public void write(byte[] bytes, int start, int length) throws IOException {
            OutputStream output = CURRENT.get();
            (output == null ? before : output).write(bytes, start, length);
        }
    }
}
