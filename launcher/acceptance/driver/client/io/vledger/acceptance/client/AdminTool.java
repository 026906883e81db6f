package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import org.apache.rocketmq.remoting.RPCHook;

/** Runs mqadmin commands within this process, one at a time, and answers with what they print. */
final class AdminTool implements Command {
    private final String nameServer;

    AdminTool(String nameServer) {
        this.nameServer = nameServer;
    }

    /** The tools are on the class path of one release only. */
    private static Method tool() throws ReflectiveOperationException {
        return Class.forName("org.apache.rocketmq.tools.command.MQAdminStartup")
                .getMethod("main0", String[].class, RPCHook.class);
    }

    @Override
    public synchronized Line run(Line line) throws Exception {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream out = System.out;
        PrintStream err = System.err;
        try (PrintStream capture = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
            System.setOut(capture);
            System.setErr(capture);
            String arguments = line.text("arguments");
            tool().invoke(null, (arguments + " -n " + nameServer).split(" "), null);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        return Line.of(line.number(), Line.OK, "printed", printed.toString(StandardCharsets.UTF_8));
    }
}
