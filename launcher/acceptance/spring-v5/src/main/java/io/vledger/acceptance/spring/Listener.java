package io.vledger.acceptance.spring;

import io.vledger.acceptance.line.Line;
import io.vledger.acceptance.line.LineWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.rocketmq.client.annotation.RocketMQMessageListener;
import org.apache.rocketmq.client.apis.consumer.ConsumeResult;
import org.apache.rocketmq.client.apis.message.MessageView;
import org.apache.rocketmq.client.core.RocketMQListener;
import org.springframework.stereotype.Component;

/** Tells of each message, and fails each at its first delivery. With this release of the starter a listener always uses TLS. */
@Component
@RocketMQMessageListener(
        endpoints = "${rocketmq.producer.endpoints}",
        topic = "${listener.topic}",
        consumerGroup = "${listener.group}",
        tag = "*")
public class Listener implements RocketMQListener {
    private final LineWriter lines;

    /** By Spring. */
    Listener(LineWriter lines) {
        this.lines = lines;
    }

    @Override
    public ConsumeResult consume(MessageView message) {
        String body = StandardCharsets.UTF_8.decode(message.getBody()).toString();
        lines.write(new Line(
                Line.EVENT,
                "message",
                Map.of(
                        "name",
                        "listener",
                        "body",
                        body,
                        "attempt",
                        Integer.toString(message.getDeliveryAttempt()),
                        "receivedMs",
                        Long.toString(System.currentTimeMillis()))));
        return message.getDeliveryAttempt() > 1 ? ConsumeResult.SUCCESS : ConsumeResult.FAILURE;
    }
}
