package io.vledger.sim;

import io.vledger.broker.state.LightQueues;
import io.vledger.broker.state.Topic;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import io.vledger.sim.check.LightQueuesHold;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Producers whose messages are in light queues too: in one or several of a few, some of them delayed. */
final class LightWorkload extends AskingClients {
    private static final int QUEUE = 5;
    private static final int NAMES = 6;
    private static final int STEP_MS = 40;

    private final LightQueuesHold promise = new LightQueuesHold();
    private int sent;

    LightWorkload(Cluster cluster, long seed) {
        super(cluster, seed, STEP_MS);
    }

    @Override
    void act(SimNode node) {
        for (int i = random.nextInt(4); i >= 0; i--) {
            send(node);
        }
    }

    private void send(SimNode node) {
        String key = "l" + sent++;
        List<String> names = new ArrayList<>();
        for (int i = 0; i < NAMES; i++) {
            if (random.nextInt(3) == 0) {
                names.add(TopicNames.LIGHT_PREFIX + i);
            }
        }
        if (names.isEmpty()) {
            names.add(TopicNames.LIGHT_PREFIX + 0);
        }
        promise.sent(key, names);
        // By a delay level of a second, or at a time.
        String delay =
                switch (random.nextInt(6)) {
                    case 0 -> "DELAY\u00011\u0002";
                    case 1 -> "TIMER_DELAY_MS\u0001500\u0002";
                    default -> "";
                };
        String properties = "INNER_MULTI_DISPATCH\u0001" + String.join(",", names) + "\u0002" + delay;
        ask(node, send(node, QUEUE, properties, key), key);
    }

    @Override
    void answered(Asked each) {
        if (each.request().replyCode() == ResponseCode.SUCCESS) {
            promise.acknowledged(each.about());
        }
    }

    @Override
    public void judge(SimNode node) {
        hear();
        Map<String, List<LightQueuesHold.QueuedMessage>> queues = new HashMap<>();
        for (Topic topic : node.state().part(LightQueues.class).all()) {
            List<LightQueuesHold.QueuedMessage> held = new ArrayList<>();
            StoredMessages.of(
                    node,
                    Objects.requireNonNull(topic.queue(0)),
                    (queueOffset, message, body) -> held.add(
                            new LightQueuesHold.QueuedMessage(body, queueOffset, said(message, topic.name()))));
            queues.put(topic.name(), held);
        }
        promise.judge(node, queues);
    }

    private static long said(MessageView message, String name) {
        String names = String.valueOf(message.property(PropertyNames.INNER_MULTI_DISPATCH));
        String offsets = String.valueOf(message.property(PropertyNames.INNER_MULTI_QUEUE_OFFSET));
        int at = List.of(names.split(",", -1)).indexOf(name);
        return at < 0 ? -1 : Long.parseLong(offsets.split(",", -1)[at]);
    }

    /** What the producers were answered. */
    LightQueuesHold promise() {
        return promise;
    }
}
