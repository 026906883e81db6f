package io.vledger.acceptance.client;

import io.vledger.acceptance.line.LineWriter;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.client.producer.TransactionSendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * A producer of transactions, each of which says in its properties how it ends, and what the producer answers when it is asked:
 * that it is committed, if there is nothing said. A
 * send is not repeated, so that no number is stored twice by the client.
 */
final class Transactor implements TransactionListener, AutoCloseable {
    private static final String OUTCOME = "outcome";
    private static final String CHECK = "check";
    private static final long REST_NANOS = 10_000_000;

    private final String name;
    private final TransactionMQProducer producer;
    private final LineWriter wire;
    private final Queue<Long> acked = new ConcurrentLinkedQueue<>();
    private final AtomicLong next = new AtomicLong();
    private volatile boolean loading;
    private Thread load = new Thread(() -> {});

    Transactor(String name, TransactionMQProducer producer, LineWriter wire) throws MQClientException {
        this.name = name;
        this.producer = producer;
        this.wire = wire;
        producer.setRetryTimesWhenSendFailed(0);
        producer.setSendMsgTimeout(Clients.PATIENCE_MS);
        producer.setTransactionListener(this);
        producer.start();
    }

    TransactionSendResult send(String topic, String body, String outcome, String check) throws MQClientException {
        Message message = new Message(topic, body.getBytes(StandardCharsets.UTF_8));
        message.putUserProperty(OUTCOME, outcome);
        message.putUserProperty(CHECK, check);
        return producer.sendMessageInTransaction(message, null);
    }

    /** Sends numbered transactions until it is stopped: of four, two are committed, one is rolled back, one is left to the check. */
    void load(String topic) {
        loading = true;
        load = new Thread(() -> {
            while (loading) {
                sendNext(topic);
                LockSupport.parkNanos(REST_NANOS);
            }
        });
        load.setDaemon(true);
        load.start();
    }

    private void sendNext(String topic) {
        long number = next.getAndIncrement();
        String outcome = number % 4 < 2 ? "COMMIT_MESSAGE" : number % 4 == 2 ? "ROLLBACK_MESSAGE" : "UNKNOW";
        String check = commits(number) ? "COMMIT_MESSAGE" : "ROLLBACK_MESSAGE";
        try {
            send(topic, name + "-" + number, outcome, check);
            acked.add(number);
        } catch (MQClientException failed) {
            // Whether it was stored is unknown, and so is what becomes of it.
        }
    }

    private static boolean commits(long number) {
        return number % 4 < 2 || number % 8 == 3;
    }

    long ackedSoFar() {
        return acked.size();
    }

    /** Ends the load; the numbers of acknowledged transactions that are to be seen, or of those that are not. */
    String end(boolean seen) throws InterruptedException {
        loading = false;
        load.join();
        StringBuilder numbers = new StringBuilder();
        acked.stream()
                .filter(number -> commits(number) == seen)
                .forEach(number -> numbers.append(number).append(' '));
        return numbers.toString();
    }

    @Override
    public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
        return LocalTransactionState.valueOf(message.getUserProperty(OUTCOME));
    }

    @Override
    public LocalTransactionState checkLocalTransaction(MessageExt message) {
        wire.write(Messages.event(name, message));
        String answer = message.getUserProperty(CHECK);
        return answer == null ? LocalTransactionState.COMMIT_MESSAGE : LocalTransactionState.valueOf(answer);
    }

    @Override
    public void close() {
        loading = false;
        producer.shutdown();
    }
}
