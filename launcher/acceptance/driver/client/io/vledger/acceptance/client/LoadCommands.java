package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import java.nio.file.Path;
import java.util.Map;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/** Starts, watches and ends steady loads. */
final class LoadCommands {
    private final Clients clients;

    LoadCommands(Clients clients) {
        this.clients = clients;
    }

    void addTo(Map<String, Command> commands) {
        commands.put("load", this::start);
        commands.put("loadStatus", line -> status(line, load(line)));
        commands.put("unload", this::end);
    }

    private Line start(Line line) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer("load_" + line.text("name"), Clients.hook());
        producer.setSendMsgTimeout((int) line.number("timeoutMs", 3000));
        clients.addProducer("load_" + line.text("name"), producer);
        Load load = new Load(
                producer,
                line.text("name"),
                line.text("topic"),
                (int) line.number("threads", 4),
                " ".repeat((int) line.number("padding", 0)));
        clients.add(line.text("name"), load);
        load.start(line.number("rate", 500));
        return Line.of(line.number(), Line.OK);
    }

    private Line end(Line line) throws Exception {
        Load load = load(line);
        load.close();
        load.writeAcks(Path.of(line.text("file")));
        return status(line, load);
    }

    private Load load(Line line) {
        return clients.other(line.text("name"), Load.class);
    }

    private Line status(Line line, Load load) {
        return Line.of(
                line.number(),
                Line.OK,
                "attempted",
                load.attempted(),
                "acked",
                load.acked(),
                "longestGapMs",
                line.number("takeGap", 0) == 1 ? load.takeLongestGapMs() : load.longestGapMs(),
                "failures",
                load.failures());
    }
}
