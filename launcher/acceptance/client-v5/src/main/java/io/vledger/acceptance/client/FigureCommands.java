package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Sends many messages that are delivered later, or in transactions, and tells how they arrived. Each command begins something that takes
 * minutes, and is answered at once; {@code progress} tells how far it is.
 */
final class FigureCommands {
    private static final int TIMEOUT_MS = 30_000;
    private static final int INFLIGHT = 1_000;

    private final Clients clients;
    private final AtomicLong acked = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private volatile String result = "";
    private volatile long endedMs;

    FigureCommands(Clients clients) {
        this.clients = clients;
    }

    void addTo(Map<String, Command> commands) {
        commands.put("later", line -> begin(line, () -> send(line)));
        commands.put(
                "arrivals",
                line -> begin(
                        line,
                        () -> result = new Arrivals(
                                        clients.puller("arrivals"),
                                        line.text("topic"),
                                        (int) line.number("count"),
                                        line.number("delayMs", 0))
                                .read()));
        commands.put("commits", line -> begin(line, () -> transact(line)));
        commands.put("progress", this::progress);
    }

    private interface Work {
        void run() throws Exception;
    }

    private Line begin(Line line, Work work) {
        acked.set(0);
        failed.set(0);
        result = "";
        endedMs = 0;
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (Exception e) {
                result = "failed: " + e;
            }
            endedMs = System.currentTimeMillis();
        });
        thread.setDaemon(true);
        thread.start();
        return Line.of(line.number(), Line.OK);
    }

    private Line progress(Line line) {
        return Line.of(
                line.number(),
                Line.OK,
                "acked",
                acked.get(),
                "failed",
                failed.get(),
                "endedMs",
                endedMs,
                "result",
                result);
    }

    /**
     * Sends {@code count} messages, numbered in their bodies: with the delay level {@code level}, or, if that is 0, with random times in
     * {@code spanMs} from {@code fromMs} on.
     */
    private void send(Line line) throws Exception {
        DefaultMQProducer producer = clients.producer("later");
        AsyncSends sends = new AsyncSends(producer, INFLIGHT, TIMEOUT_MS, acked, failed);
        Random random = new Random(1);
        int level = (int) line.number("level", 0);
        long count = line.number("count");
        for (long i = 0; i < count; i++) {
            Message message = new Message(line.text("topic"), body(i, (int) line.number("bytes", 100)));
            if (level > 0) {
                message.setDelayTimeLevel(level);
            } else {
                message.setDeliverTimeMs(line.number("fromMs") + (long) (random.nextDouble() * line.number("spanMs")));
            }
            sends.send(message);
        }
        sends.finish();
    }

    private static byte[] body(long number, int bytes) {
        byte[] body = new byte[bytes];
        byte[] text = (number + " ").getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, body, 0, text.length);
        return body;
    }

    /** Sends {@code count} half messages over {@code threads}, and commits each. */
    private void transact(Line line) throws Exception {
        TransactionMQProducer producer = clients.configure(new TransactionMQProducer("committers"), "committers");
        producer.setTransactionListener(new Committing());
        producer.start();
        AtomicLong next = new AtomicLong();
        long count = line.number("count");
        Thread[] threads = new Thread[(int) line.number("threads", 64)];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> {
                for (long number = next.getAndIncrement(); number < count; number = next.getAndIncrement()) {
                    try {
                        Message message =
                                new Message(line.text("topic"), body(number, (int) line.number("bytes", 1024)));
                        producer.sendMessageInTransaction(message, null);
                        acked.incrementAndGet();
                    } catch (Exception failure) {
                        failed.incrementAndGet();
                    }
                }
            });
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        producer.shutdown();
    }

    private static final class Committing implements TransactionListener {
        @Override
        public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
            return LocalTransactionState.COMMIT_MESSAGE;
        }

        @Override
        public LocalTransactionState checkLocalTransaction(MessageExt message) {
            return LocalTransactionState.COMMIT_MESSAGE;
        }
    }
}
