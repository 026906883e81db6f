package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageQueue;

/** Starts producers, creates topics and sends one or many messages in each way that the client has. */
final class SendCommands {
    private static final String USER_PROPERTY = "p.";
    private static final String SYSTEM_PROPERTY = "s.";
    private static final long ASYNC_PATIENCE_SECONDS = 30;

    private final Clients clients;

    SendCommands(Clients clients) {
        this.clients = clients;
    }

    void addTo(Map<String, Command> commands) {
        commands.put("producer", this::producer);
        commands.put("createTopic", this::createTopic);
        commands.put("send", this::send);
    }

    private Line producer(Line line) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(line.text("group"), Clients.hook(), line.flag("trace"), null);
        producer.setSendMsgTimeout((int) line.number("timeoutMs", Clients.PATIENCE_MS));
        int retries = (int) line.number("retries", producer.getRetryTimesWhenSendFailed());
        producer.setRetryTimesWhenSendFailed(retries);
        producer.setRetryTimesWhenSendAsyncFailed(retries);
        producer.setCompressMsgBodyOverHowmuch(
                (int) line.number("compressOver", producer.getCompressMsgBodyOverHowmuch()));
        if (line.flag("gather")) {
            Release.gather(producer);
        }
        Clients.place(producer, line);
        clients.addProducer(line.text("name"), producer);
        return Line.of(line.number(), Line.OK);
    }

    private Line createTopic(Line line) throws Exception {
        DefaultMQProducer producer = clients.producer(line.text("producer", "admin"));
        Release.createTopic(producer, line.text("topic"), (int) line.number("queues", 4));
        return Line.of(line.number(), Line.OK);
    }

    private Line send(Line line) throws Exception {
        DefaultMQProducer producer = clients.producer(line.text("producer", "sender"));
        List<Message> messages = new ArrayList<>();
        int count = (int) line.number("count", 1);
        for (int i = 0; i < count; i++) {
            messages.add(message(line, count == 1 ? line.text("body") : line.text("body") + "-" + i));
        }
        List<SendResult> results = new ArrayList<>();
        switch (line.text("how", "sync")) {
            case "sync" -> {
                for (Message message : messages) {
                    results.add(sendOne(producer, message, line));
                }
            }
            case "async" -> {
                List<CompletableFuture<SendResult>> futures = new ArrayList<>();
                for (Message message : messages) {
                    futures.add(sendAsync(producer, message));
                }
                for (CompletableFuture<SendResult> future : futures) {
                    results.add(future.get(ASYNC_PATIENCE_SECONDS, TimeUnit.SECONDS));
                }
            }
            case "oneway" -> {
                for (Message message : messages) {
                    producer.sendOneway(message);
                }
            }
            case "batch" -> results.add(producer.send(messages));
            default -> throw new IllegalArgumentException("how? " + line);
        }
        return Line.of(
                line.number(),
                Line.OK,
                "results",
                results.stream().map(SendCommands::describe).collect(Collectors.joining(";")));
    }

    private static SendResult sendOne(DefaultMQProducer producer, Message message, Line line) throws Exception {
        int queue = (int) line.number("queue", -1);
        if (queue < 0) {
            return producer.send(message);
        }
        return producer.send(
                message,
                (queues, sent, wanted) -> queues.stream()
                        .filter(each -> each.getQueueId() == queue)
                        .findAny()
                        .orElseThrow(),
                queue);
    }

    private static CompletableFuture<SendResult> sendAsync(DefaultMQProducer producer, Message message)
            throws Exception {
        CompletableFuture<SendResult> future = new CompletableFuture<>();
        producer.send(message, new SendCallback() {
            @Override
            public void onSuccess(SendResult result) {
                future.complete(result);
            }

            @Override
            public void onException(Throwable failure) {
                future.completeExceptionally(failure);
            }
        });
        return future;
    }

    private static Message message(Line line, String body) {
        String padded = body + "#".repeat((int) line.number("pad", 0));
        Message message = new Message(
                line.text("topic"),
                line.text("tags", ""),
                line.text("keys", ""),
                padded.getBytes(StandardCharsets.UTF_8));
        message.setDelayTimeLevel((int) line.number("delay", 0));
        line.values().forEach((name, value) -> {
            if (name.startsWith(USER_PROPERTY)) {
                message.putUserProperty(name.substring(USER_PROPERTY.length()), value);
            } else if (name.startsWith(SYSTEM_PROPERTY)) {
                MessageAccessor.putProperty(message, name.substring(SYSTEM_PROPERTY.length()), value);
            }
        });
        return message;
    }

    /** The status, queue, queue offset, unique id, offset id and broker; the ids of a batch are separated by commas. */
    private static String describe(SendResult result) {
        MessageQueue queue = result.getMessageQueue();
        return String.join(
                ":",
                result.getSendStatus().name(),
                Integer.toString(queue.getQueueId()),
                Long.toString(result.getQueueOffset()),
                result.getMsgId(),
                result.getOffsetMsgId(),
                queue.getBrokerName());
    }
}
