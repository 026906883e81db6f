package io.vledger.acceptance.proxy;

import io.vledger.acceptance.line.Line;
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
    private final ClientServiceProvider provider;
    private final ClientConfiguration configuration;
    private final Map<String, Producer> producers = new ConcurrentHashMap<>();

    ProducerCommands(ClientServiceProvider provider, ClientConfiguration configuration) {
        this.provider = provider;
        this.configuration = configuration;
    }

    private Producer producer(String topic) throws ClientException {
        Producer producer = producers.get(topic);
        if (producer == null) {
            producer = provider.newProducerBuilder()
                    .setClientConfiguration(configuration)
                    .setTopics(topic)
                    // The outcome that the body names.
                    .setTransactionChecker(message -> {
                        String body =
                                StandardCharsets.UTF_8.decode(message.getBody()).toString();
                        return body.endsWith("commit") ? TransactionResolution.COMMIT : TransactionResolution.ROLLBACK;
                    })
                    .build();
            producers.put(topic, producer);
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

    /** Sends without a pause for {@code forMs}, each message until it is taken; answers how many, and the longest time that one took. */
    Line load(Line line) throws ClientException {
        Producer producer = producer(line.text("topic"));
        long endNs = System.nanoTime() + Duration.ofMillis(line.number("forMs")).toNanos();
        long longestNs = 0;
        int sent = 0;
        while (System.nanoTime() < endNs) {
            Message message = provider.newMessageBuilder()
                    .setTopic(line.text("topic"))
                    .setBody((line.text("prefix") + sent).getBytes(StandardCharsets.UTF_8))
                    .build();
            long begunNs = System.nanoTime();
            ProxyDriver.sendUntilTaken(producer, message);
            longestNs = Math.max(longestNs, System.nanoTime() - begunNs);
            sent++;
        }
        return Line.of(
                line.number(),
                Line.OK,
                "sent",
                sent,
                "longestMs",
                Duration.ofNanos(longestNs).toMillis());
    }
}
