package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Pulls what an SQL92 expression selects, or all of a light queue. */
@SuppressWarnings("deprecation") // The old pull consumer is what clients in the field use.
final class SelectCommands {
    private static final int MAX_MESSAGES = 32;

    private final Clients clients;

    SelectCommands(Clients clients) {
        this.clients = clients;
    }

    void addTo(Map<String, Command> commands) {
        commands.put("select", this::select);
    }

    /** {@code light=%LMQ%x} reads that queue at the brokers of the topic. */
    private Line select(Line line) throws Exception {
        DefaultMQPullConsumer puller = clients.puller(line.text("group"));
        String sql = line.text("sql", "");
        MessageSelector selector = sql.isEmpty() ? MessageSelector.byTag("*") : MessageSelector.bySql(sql);
        String light = line.text("light", "");
        List<String> bodies = new ArrayList<>();
        List<String> offsets = new ArrayList<>();
        for (MessageQueue queue : puller.fetchSubscribeMessageQueues(line.text("topic"))) {
            if (queue.getBrokerName().endsWith(Clients.STANDBY)) {
                continue;
            }
            puller.maxOffset(queue); // only then it knows where the broker is
            MessageQueue source = light.isEmpty() ? queue : new MessageQueue(light, queue.getBrokerName(), 0);
            for (MessageExt message : drain(puller, source, selector)) {
                bodies.add(Messages.body(message));
                offsets.add(String.valueOf(message.getProperty("INNER_MULTI_QUEUE_OFFSET")));
            }
            if (!light.isEmpty()) {
                break;
            }
        }
        return Line.of(
                line.number(), Line.OK, "bodies", String.join(";", bodies), "offsets", String.join(";", offsets));
    }

    private static List<MessageExt> drain(DefaultMQPullConsumer puller, MessageQueue queue, MessageSelector selector)
            throws Exception {
        List<MessageExt> messages = new ArrayList<>();
        long next = 0;
        while (true) {
            PullResult result = puller.pull(queue, selector, next, MAX_MESSAGES);
            if (result.getPullStatus() == PullStatus.FOUND) {
                messages.addAll(result.getMsgFoundList());
            } else if (result.getPullStatus() != PullStatus.NO_MATCHED_MSG) {
                return messages;
            }
            next = result.getNextBeginOffset();
        }
    }
}
