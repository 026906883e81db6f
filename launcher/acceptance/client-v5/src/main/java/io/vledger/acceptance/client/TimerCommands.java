package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;

/** Messages with a time of delivery, as only this release can send and recall them. */
final class TimerCommands {
    private final Clients clients;

    TimerCommands(Clients clients) {
        this.clients = clients;
    }

    void addTo(Map<String, Command> commands) {
        commands.put("timed", this::send);
        commands.put("recall", this::recall);
    }

    /** Sends {@code count} messages that are due one after the other; the body of each ends with its time. */
    private Line send(Line line) throws Exception {
        DefaultMQProducer producer = clients.producer(line.text("producer", "timers"));
        List<String> handles = new ArrayList<>();
        for (int i = 0; i < line.number("count", 1); i++) {
            long dueMs = line.number("fromMs") + i * line.number("stepMs", 1);
            Message message =
                    new Message(line.text("topic"), (line.text("body") + "-" + dueMs).getBytes(StandardCharsets.UTF_8));
            message.setDeliverTimeMs(dueMs);
            SendResult result = producer.send(message);
            handles.add(String.valueOf(result.getRecallHandle()));
        }
        return Line.of(line.number(), Line.OK, "handles", String.join(" ", handles));
    }

    private Line recall(Line line) throws Exception {
        String id = clients.producer(line.text("producer", "timers"))
                .recallMessage(line.text("topic"), line.text("handle"));
        return Line.of(line.number(), Line.OK, "id", id);
    }
}
