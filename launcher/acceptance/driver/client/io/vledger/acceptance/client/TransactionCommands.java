package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import io.vledger.acceptance.line.LineWriter;
import java.util.Map;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.client.producer.TransactionSendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Producers of transactions; a message that they are asked about is reported as an event of their name. */
final class TransactionCommands {
    private final Clients clients;
    private final LineWriter wire;

    TransactionCommands(Clients clients, LineWriter wire) {
        this.clients = clients;
        this.wire = wire;
    }

    void addTo(Map<String, Command> commands) {
        commands.put("transactor", this::start);
        commands.put("transact", this::send);
        commands.put("decide", this::decide);
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

    /** Decides about a half message as its client remembers it: as if its local transaction had taken until now. */
    @SuppressWarnings("deprecation") // what the producer itself calls
    private Line decide(Line line) throws Exception {
        TransactionMQProducer producer = clients.configure(new TransactionMQProducer(line.text("group")), "decide");
        producer.setTransactionListener(new Undecided());
        producer.start();
        try {
            String topic = line.text("topic");
            // So that it learns where the broker is.
            producer.sendMessageInTransaction(new Message(topic, new byte[1]), null);
            SendResult half = new SendResult();
            half.setSendStatus(SendStatus.SEND_OK);
            half.setMsgId(line.text("id"));
            half.setTransactionId(line.text("id"));
            half.setOffsetMsgId(line.text("offsetId"));
            half.setQueueOffset(line.number("queueOffset"));
            half.setMessageQueue(new MessageQueue(topic, line.text("broker"), 0));
            producer.getDefaultMQProducerImpl()
                    .endTransaction(
                            new Message(topic, new byte[0]),
                            half,
                            LocalTransactionState.valueOf(line.text("outcome")),
                            null);
            return Line.of(line.number(), Line.OK);
        } finally {
            producer.shutdown();
        }
    }

    /** Takes what is sent now back, and knows nothing of what it is asked about. */
    private static final class Undecided implements TransactionListener {
        @Override
        public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
            return LocalTransactionState.ROLLBACK_MESSAGE;
        }

        @Override
        public LocalTransactionState checkLocalTransaction(MessageExt message) {
            return LocalTransactionState.UNKNOW;
        }
    }

    private Line send(Line line) throws Exception {
        TransactionSendResult result =
                of(line).send(line.text("topic"), line.text("body"), line.text("outcome"), line.text("check", "UNKNOW"));
        return Line.of(line.number(), Line.OK, "id", result.getMsgId(), "queueOffset", result.getQueueOffset());
    }
}
