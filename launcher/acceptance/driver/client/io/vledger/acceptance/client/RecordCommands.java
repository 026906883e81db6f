package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import java.io.BufferedWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.hook.SendMessageContext;
import org.apache.rocketmq.client.hook.SendMessageHook;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageClientExt;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Writes down all that a client can see of a topic, to compare; and sends in transactions, whatever becomes of them. */
@SuppressWarnings("deprecation") // The old pull consumer is what clients in the field use.
final class RecordCommands {
    private static final int PULL_BATCH = 256;
    private static final int PATIENCE_SECONDS = 30;

    /** What the client itself adds to a message that it was handed. */
    private static final Set<String> ADDED_BY_CLIENT = Set.of("MIN_OFFSET", "MAX_OFFSET", "CONSUME_START_TIME");

    private final Clients clients;

    RecordCommands(Clients clients) {
        this.clients = clients;
    }

    void addTo(Map<String, Command> commands) {
        commands.put("record", this::record);
        commands.put("transaction", this::transaction);
    }

    /**
     * A line for every message of a topic: queue, queue offset, unique id, offset id, times, hosts, flags, body digest
     * and properties.
     */
    private Line record(Line line) throws Exception {
        DefaultMQPullConsumer puller = clients.puller("recorder");
        long messages = 0;
        try (BufferedWriter out = Files.newBufferedWriter(Path.of(line.text("file")))) {
            for (MessageQueue queue : puller.fetchSubscribeMessageQueues(line.text("topic")).stream()
                    .sorted()
                    .toList()) {
                messages += record(puller, queue, out);
            }
        }
        return Line.of(line.number(), Line.OK, "messages", messages);
    }

    private static long record(DefaultMQPullConsumer puller, MessageQueue queue, BufferedWriter out) throws Exception {
        long messages = 0;
        long end = puller.maxOffset(queue);
        long next = puller.minOffset(queue);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (next < end) {
            PullResult result = puller.pull(queue, "*", next, PULL_BATCH);
            if (result.getPullStatus() == PullStatus.FOUND) {
                for (MessageExt message : result.getMsgFoundList()) {
                    out.write(describe(message) + "\n");
                    messages++;
                }
            } else if (result.getNextBeginOffset() == next) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(queue + " ends at " + end + " but at " + next + " it answers "
                            + result.getPullStatus());
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
            next = result.getNextBeginOffset();
        }
        return messages;
    }

    private static String describe(MessageExt message) throws Exception {
        Map<String, String> properties = new TreeMap<>(message.getProperties());
        properties.keySet().removeAll(ADDED_BY_CLIENT);
        String offsetId = message instanceof MessageClientExt client ? client.getOffsetMsgId() : "";
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(message.getBody());
        return String.join(
                " ",
                Integer.toString(message.getQueueId()),
                Long.toString(message.getQueueOffset()),
                message.getMsgId(),
                offsetId,
                Long.toString(message.getCommitLogOffset()),
                Long.toString(message.getStoreTimestamp()),
                Long.toString(message.getBornTimestamp()),
                message.getBornHostString(),
                Integer.toString(message.getFlag()),
                Integer.toString(message.getSysFlag()),
                Integer.toString(message.getReconsumeTimes()),
                Integer.toString(message.getBody().length),
                HexFormat.of().formatHex(digest),
                properties.toString());
    }

    /** Sends one message in a transaction that ends as {@code outcome} says: COMMIT_MESSAGE, ROLLBACK_MESSAGE, UNKNOW. */
    private Line transaction(Line line) throws Exception {
        LocalTransactionState outcome = LocalTransactionState.valueOf(line.text("outcome"));
        TransactionMQProducer producer =
                clients.configure(new TransactionMQProducer(line.text("group")), "transaction_" + outcome);
        producer.setTransactionListener(new TransactionListener() {
            @Override
            public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
                return outcome;
            }

            @Override
            public LocalTransactionState checkLocalTransaction(MessageExt message) {
                return outcome;
            }
        });
        // The producer itself gets the half message's place, and does not hand it on.
        AtomicReference<SendResult> half = new AtomicReference<>();
        producer.getDefaultMQProducerImpl().registerSendMessageHook(new SendMessageHook() {
            @Override
            public String hookName() {
                return "half";
            }

            @Override
            public void sendMessageBefore(SendMessageContext context) {}

            @Override
            public void sendMessageAfter(SendMessageContext context) {
                half.set(context.getSendResult());
            }
        });
        producer.start();
        try {
            Message message = new Message(
                    line.text("topic"), line.text("body").getBytes(java.nio.charset.StandardCharsets.UTF_8));
            producer.sendMessageInTransaction(message, null);
            SendResult stored = Objects.requireNonNull(half.get());
            return Line.of(
                    line.number(),
                    Line.OK,
                    "id",
                    stored.getMsgId(),
                    "offsetId",
                    stored.getOffsetMsgId(),
                    "queueOffset",
                    stored.getQueueOffset(),
                    "broker",
                    stored.getMessageQueue().getBrokerName());
        } finally {
            producer.shutdown();
        }
    }
}
