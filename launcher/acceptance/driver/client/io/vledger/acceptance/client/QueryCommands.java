package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Reads messages, offsets and routes. */
@SuppressWarnings("deprecation") // The old pull consumer is what clients in the field use.
final class QueryCommands {
    private static final String READER = "reader";
    private static final String ADMIN = "admin";
    private static final int PULL_BATCH = 1024;

    private final Clients clients;

    QueryCommands(Clients clients) {
        this.clients = clients;
    }

    void addTo(Map<String, Command> commands) {
        commands.put("drain", this::drain);
        commands.put("offsets", this::offsets);
        commands.put("search", this::search);
        commands.put("committed", this::committed);
        commands.put("commit", this::commit);
        commands.put("view", this::view);
        commands.put("viewUnique", this::viewUnique);
        commands.put("query", this::query);
        commands.put("route", this::route);
    }

    /**
     * Pulls every queue of a topic from its least to its greatest offset into a file: queue, offset and body a line; all of a
     * message if asked for {@code full}.
     */
    private Line drain(Line line) throws Exception {
        DefaultMQPullConsumer puller = clients.puller(READER);
        long messages = 0;
        try (BufferedWriter out = Files.newBufferedWriter(Path.of(line.text("file")))) {
            for (MessageQueue queue : puller.fetchSubscribeMessageQueues(line.text("topic"))) {
                messages += drain(puller, queue, line.text("tags", "*"), line.number("full", 0) == 1, out);
            }
        }
        return Line.of(line.number(), Line.OK, "messages", messages);
    }

    private static long drain(
            DefaultMQPullConsumer puller, MessageQueue queue, String tags, boolean full, BufferedWriter out)
            throws Exception {
        long messages = 0;
        long end = puller.maxOffset(queue);
        for (long next = puller.minOffset(queue); next < end; ) {
            PullResult result = puller.pull(queue, tags, next, PULL_BATCH);
            if (result.getPullStatus() == PullStatus.FOUND) {
                for (MessageExt message : result.getMsgFoundList()) {
                    write(out, message, full);
                    messages++;
                }
            } else if (result.getNextBeginOffset() == next) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
            next = result.getNextBeginOffset();
        }
        return messages;
    }

    private static void write(BufferedWriter out, MessageExt message, boolean full) throws IOException {
        out.write(message.getQueueId() + " " + message.getQueueOffset() + " "
                + (full ? Messages.whole(message) : Messages.body(message)) + "\n");
    }

    /** Least and greatest queue offset by queue, as {@code queue:least:greatest;…}. */
    private Line offsets(Line line) throws Exception {
        DefaultMQPullConsumer puller = clients.puller(READER);
        List<String> ranges = new ArrayList<>();
        for (MessageQueue queue : queues(puller, line.text("topic"))) {
            ranges.add(queue.getQueueId() + ":" + puller.minOffset(queue) + ":" + puller.maxOffset(queue));
        }
        return Line.of(line.number(), Line.OK, "ranges", String.join(";", ranges));
    }

    private Line search(Line line) throws Exception {
        DefaultMQPullConsumer puller = clients.puller(READER);
        MessageQueue queue = queue(puller, line);
        return Line.of(line.number(), Line.OK, "queueOffset", puller.searchOffset(queue, line.number("timeMs")));
    }

    /** What the leader holds for a group, as {@code queue:offset;…}; -1 where it holds nothing. */
    private Line committed(Line line) throws Exception {
        DefaultMQProducer producer = clients.producer(ADMIN);
        String leader = leader(producer, line.text("topic"));
        List<String> offsets = new ArrayList<>();
        for (MessageQueue queue : queues(clients.puller(READER), line.text("topic"))) {
            offsets.add(queue.getQueueId() + ":" + Release.committed(producer, leader, line.text("group"), queue));
        }
        return Line.of(line.number(), Line.OK, "queueOffsets", String.join(";", offsets));
    }

    private Line commit(Line line) throws Exception {
        DefaultMQProducer producer = clients.producer(ADMIN);
        MessageQueue queue = queue(clients.puller(READER), line);
        String leader = leader(producer, line.text("topic"));
        Release.commit(producer, leader, line.text("group"), queue, line.number("queueOffset"));
        return Line.of(line.number(), Line.OK);
    }

    private static String leader(DefaultMQProducer producer, String topic) throws Exception {
        String leader = Release.route(producer, topic).get("broker.0");
        if (leader == null) {
            throw new IllegalStateException("no leader in the route of " + topic);
        }
        return leader;
    }

    private static MessageQueue queue(DefaultMQPullConsumer puller, Line line) throws Exception {
        return queues(puller, line.text("topic")).stream()
                .filter(each -> each.getQueueId() == line.number("queue"))
                .findAny()
                .orElseThrow();
    }

    private static List<MessageQueue> queues(DefaultMQPullConsumer puller, String topic) throws Exception {
        return puller.fetchSubscribeMessageQueues(topic).stream().sorted().toList();
    }

    private Line view(Line line) throws Exception {
        DefaultMQProducer producer = clients.producer(ADMIN);
        return found(line, producer.viewMessage(line.text("topic"), line.text("id")));
    }

    private Line viewUnique(Line line) throws Exception {
        DefaultMQProducer producer = clients.producer(ADMIN);
        return found(
                line,
                producer.getDefaultMQProducerImpl().queryMessageByUniqKey(line.text("topic"), line.text("id")));
    }

    private static Line found(Line line, MessageExt message) {
        return new Line(line.number(), Line.OK, Messages.describe(message));
    }

    private Line query(Line line) throws Exception {
        DefaultMQProducer producer = clients.producer(ADMIN);
        List<MessageExt> found = producer.queryMessage(line.text("topic"), line.text("key"), 32, 0, Long.MAX_VALUE)
                .getMessageList();
        String bodies = found.stream().map(Messages::body).sorted().collect(Collectors.joining(";"));
        return Line.of(line.number(), Line.OK, "bodies", bodies);
    }

    /** Broker id to address as the name server answers, under {@code broker.ID}; and the number of queues. */
    private Line route(Line line) throws Exception {
        DefaultMQProducer producer = clients.producer(ADMIN);
        Map<String, String> values = Release.route(producer, line.text("topic"));
        return new Line(line.number(), Line.OK, values);
    }
}
