package io.vledger.acceptance.proxy;

import io.vledger.acceptance.line.Line;
import io.vledger.acceptance.line.Pace;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.apis.ClientConfiguration;
import org.apache.rocketmq.client.apis.ClientException;
import org.apache.rocketmq.client.apis.ClientServiceProvider;
import org.apache.rocketmq.client.apis.message.Message;
import org.apache.rocketmq.client.apis.producer.Producer;
import org.apache.rocketmq.client.apis.producer.SendReceipt;
import org.apache.rocketmq.client.apis.producer.Transaction;
import org.apache.rocketmq.client.apis.producer.TransactionResolution;

/** What producers do beside plain sends: delays, recalls, transactions, and a load whose pauses are measured. */
final class ProducerCommands {
    private static final long MAX_LOAD_MS = 50_000;
    /** The default of the client. */
    private static final int ATTEMPTS = 3;

    private final ClientServiceProvider provider;
    private final ClientConfiguration configuration;
    private final Map<String, Producer> producers = new ConcurrentHashMap<>();
    private volatile boolean loads;

    ProducerCommands(ClientServiceProvider provider, ClientConfiguration configuration) {
        this.provider = provider;
        this.configuration = configuration;
    }

    private Producer producer(String topic) throws ClientException {
        return producer(topic, ATTEMPTS);
    }

    private Producer producer(String topic, int attempts) throws ClientException {
        Producer producer = producers.get(topic + " " + attempts);
        if (producer == null) {
            producer = provider.newProducerBuilder()
                    .setClientConfiguration(configuration)
                    .setTopics(topic)
                    .setMaxAttempts(attempts)
                    // The outcome that the body names.
                    .setTransactionChecker(message -> {
                        String body =
                                StandardCharsets.UTF_8.decode(message.getBody()).toString();
                        return body.endsWith("commit") ? TransactionResolution.COMMIT : TransactionResolution.ROLLBACK;
                    })
                    .build();
            producers.put(topic + " " + attempts, producer);
        }
        return producer;
    }

    /** Sends a message that is delivered {@code afterMs} from now; answers what it is recalled by. */
    Line delay(Line line) throws ClientException {
        Message message = provider.newMessageBuilder()
                .setTopic(line.text("topic"))
                .setBody(line.text("body").getBytes(StandardCharsets.UTF_8))
                .setDeliveryTimestamp(System.currentTimeMillis() + line.number("afterMs"))
                .build();
        SendReceipt receipt = producer(line.text("topic")).send(message);
        return Line.of(
                line.number(),
                Line.OK,
                "handle",
                receipt.getRecallHandle(),
                "id",
                receipt.getMessageId().toString());
    }

    /** Takes a delayed message back. */
    Line recall(Line line) throws ClientException {
        String id = producer(line.text("topic"))
                .recallMessage(line.text("topic"), line.text("handle"))
                .getMessageId()
                .toString();
        return Line.of(line.number(), Line.OK, "id", id);
    }

    /** Sends in a transaction, and commits, rolls back or forgets it, by {@code outcome}. */
    Line transact(Line line) throws ClientException {
        Producer producer = producer(line.text("topic"));
        Transaction transaction = producer.beginTransaction();
        producer.send(
                provider.newMessageBuilder()
                        .setTopic(line.text("topic"))
                        .setBody(line.text("body").getBytes(StandardCharsets.UTF_8))
                        .build(),
                transaction);
        switch (line.text("outcome")) {
            case "commit" -> transaction.commit();
            case "rollback" -> transaction.rollback();
            default -> {}
        }
        return Line.of(line.number(), Line.OK);
    }

    /**
     * Sends each message until it is taken, for {@code forMs} if given, else until {@code stopLoad}, one in {@code pauseMs} at most; answers
     * how many, how many sends failed, and the longest time that one took. The body of a message whose outcome was unknown has another
     * ending when it is sent again; with {@code attempts=1} clients do not repeat sends themselves, so that no two messages are the same.
     */
    Line load(Line line) throws ClientException {
        Producer producer = producer(line.text("topic"), (int) line.number("attempts", ATTEMPTS));
        long endNs = System.nanoTime()
                + Duration.ofMillis(line.number("forMs", MAX_LOAD_MS)).toNanos();
        loads = true;
        long pauseNs = Duration.ofMillis(line.number("pauseMs", 0)).toNanos();
        long longestNs = 0;
        int sent = 0;
        int failed = 0;
        while (loads && System.nanoTime() < endNs) {
            String body = line.text("prefix") + sent;
            long begunNs = System.nanoTime();
            failed += ProxyDriver.sendUntilTaken(producer, attempt -> provider.newMessageBuilder()
                    .setTopic(line.text("topic"))
                    .setBody((attempt == 0 ? body : body + "#" + attempt).getBytes(StandardCharsets.UTF_8))
                    .build());
            longestNs = Math.max(longestNs, System.nanoTime() - begunNs);
            sent++;
            Pace.until(begunNs + pauseNs);
        }
        return Line.of(
                line.number(),
                Line.OK,
                "sent",
                sent,
                "failed",
                failed,
                "longestMs",
                Duration.ofNanos(longestNs).toMillis());
    }

    /** Ends the load. */
    Line stopLoad(Line line) {
        loads = false;
        return Line.of(line.number(), Line.OK);
    }
}
