package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Requests whose producer waits for a consumer's reply. */
final class RequestReplyCommands {

    private final Clients clients;

    RequestReplyCommands(Clients clients) {
        this.clients = clients;
    }

    void addTo(Map<String, Command> commands) {
        commands.put("ask", this::ask);
        commands.put("responder", this::responder);
    }

    /** Sends a request and waits for its reply. */
    private Line ask(Line line) throws Exception {
        Message request = new Message(line.text("topic"), line.text("body").getBytes(StandardCharsets.UTF_8));
        Message reply = clients.producer(line.text("name")).request(request, line.number("timeoutMs", Clients.PATIENCE_MS));
        return Line.of(line.number(), Line.OK, "reply", new String(reply.getBody(), StandardCharsets.UTF_8));
    }

    /** Starts a consumer that answers each request with its body in brackets. */
    private Line responder(Line line) throws Exception {
        String name = line.text("name");
        DefaultMQProducer producer = clients.producer(name + "-replies");
        DefaultMQPushConsumer consumer = clients.configure(new DefaultMQPushConsumer(line.text("group")), name);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(line.text("topic"), "*");
        consumer.registerMessageListener(
                (MessageListenerConcurrently) (messages, context) -> reply(producer, messages));
        consumer.start();
        clients.add(name, consumer::shutdown);
        return Line.of(line.number(), Line.OK);
    }

    private static ConsumeConcurrentlyStatus reply(DefaultMQProducer producer, List<MessageExt> messages) {
        for (MessageExt message : messages) {
            String text = "[" + new String(message.getBody(), StandardCharsets.UTF_8) + "]";
            try {
                producer.send(MessageUtil.createReplyMessage(message, text.getBytes(StandardCharsets.UTF_8)), Clients.PATIENCE_MS);
            } catch (Exception failure) {
                System.err.println("no reply to " + text + ": " + failure);
            }
        }
        return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    }
}
