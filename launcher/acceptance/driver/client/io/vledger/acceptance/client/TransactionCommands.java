package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import java.util.Map;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.client.producer.TransactionSendResult;

/** Producers of transactions; a message that they are asked about is reported as an event of their name. */
final class TransactionCommands {
    private final Clients clients;
    private final Wire wire;

    TransactionCommands(Clients clients, Wire wire) {
        this.clients = clients;
        this.wire = wire;
    }

    void addTo(Map<String, Command> commands) {
        commands.put("transactor", this::start);
        commands.put("transact", this::send);
        commands.put("transactLoad", line -> {
            of(line).load(line.text("topic"));
            return Line.of(line.number(), Line.OK);
        });
        commands.put(
                "transacted",
                line -> Line.of(line.number(), Line.OK, "count", of(line).ackedSoFar()));
        commands.put("transactEnd", line -> {
            Transactor transactor = of(line);
            return Line.of(line.number(), Line.OK, "seen", transactor.end(true), "unseen", transactor.end(false));
        });
    }

    private Transactor of(Line line) {
        return clients.other(line.text("name"), Transactor.class);
    }

    private Line start(Line line) throws Exception {
        String name = line.text("name");
        TransactionMQProducer producer = clients.configure(new TransactionMQProducer(line.text("group")), name);
        clients.add(name, new Transactor(name, producer, wire));
        return Line.of(line.number(), Line.OK);
    }

    private Line send(Line line) throws Exception {
        TransactionSendResult result =
                of(line).send(line.text("topic"), line.text("body"), line.text("outcome"), line.text("check", "UNKNOW"));
        return Line.of(line.number(), Line.OK, "id", result.getMsgId(), "queueOffset", result.getQueueOffset());
    }
}
