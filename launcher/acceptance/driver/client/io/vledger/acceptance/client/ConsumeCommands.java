package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import io.vledger.acceptance.line.LineWriter;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragely;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/** Starts consumers that report every message they are handed as an event. */
final class ConsumeCommands {
    private static final int RETRY_AFTER_A_SECOND = 1;

    private final Clients clients;
    private final LineWriter wire;

    ConsumeCommands(Clients clients, LineWriter wire) {
        this.clients = clients;
        this.wire = wire;
    }

    void addTo(Map<String, Command> commands) {
        commands.put("push", this::push);
        commands.put("lite", this::lite);
        commands.put("commitLite", line -> {
            clients.other(line.text("name"), LitePoller.class).commit(line.text("topic"));
            return Line.of(line.number(), Line.OK);
        });
    }

    /** {@code fail=N} makes the listener refuse a message until it has been delivered N times. */
    private Line push(Line line) throws Exception {
        String name = line.text("name");
        DefaultMQPushConsumer consumer =
                clients.configure(new DefaultMQPushConsumer(
                        line.text("group"),
                        Clients.hook(),
                        new AllocateMessageQueueAveragely(),
                        line.flag("trace"),
                        null), name);
        Clients.place(consumer, line);
        consumer.setConsumeFromWhere(
                line.text("from", "first").equals("first")
                        ? ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET
                        : ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET);
        if (line.flag("broadcast")) {
            Release.broadcast(consumer);
        }
        if (line.flag("assigned")) {
            Release.assignedByBroker(consumer);
        }
        consumer.setMaxReconsumeTimes((int) line.number("maxReconsumes", -1));
        consumer.setSuspendCurrentQueueTimeMillis(100);
        consumer.subscribe(line.text("topic"), selector(line));
        long fail = line.number("fail", 0);
        if (line.flag("orderly")) {
            consumer.registerMessageListener((MessageListenerOrderly) (messages, context) ->
                    report(name, messages, fail)
                            ? ConsumeOrderlyStatus.SUCCESS
                            : ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT);
        } else {
            int delay = (int) line.number("retryLevel", RETRY_AFTER_A_SECOND);
            consumer.registerMessageListener((MessageListenerConcurrently)
                    (messages, context) -> concurrently(name, messages, context, fail, delay));
        }
        consumer.start();
        clients.add(name, consumer::shutdown);
        return Line.of(line.number(), Line.OK);
    }

    /** By {@code tags}, or by {@code sql} if that is there. */
    private static MessageSelector selector(Line line) {
        String sql = line.text("sql", "");
        return sql.isEmpty() ? MessageSelector.byTag(line.text("tags", "*")) : MessageSelector.bySql(sql);
    }

    private ConsumeConcurrentlyStatus concurrently(
            String name, List<MessageExt> messages, ConsumeConcurrentlyContext context, long fail, int delay) {
        context.setDelayLevelWhenNextConsume(delay);
        return report(name, messages, fail)
                ? ConsumeConcurrentlyStatus.CONSUME_SUCCESS
                : ConsumeConcurrentlyStatus.RECONSUME_LATER;
    }

    private boolean report(String name, List<MessageExt> messages, long fail) {
        boolean good = true;
        for (MessageExt message : messages) {
            wire.write(Messages.event(name, message));
            good &= message.getReconsumeTimes() >= fail;
        }
        return good;
    }

    private Line lite(Line line) throws Exception {
        String name = line.text("name");
        DefaultLitePullConsumer consumer =
                clients.configure(new DefaultLitePullConsumer(line.text("group"), Clients.hook()), name);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setAutoCommit(line.flag("autoCommit"));
        consumer.subscribe(line.text("topic"), selector(line));
        consumer.start();
        LitePoller poller = new LitePoller(consumer, name, wire);
        poller.start();
        clients.add(name, poller);
        return Line.of(line.number(), Line.OK);
    }
}
