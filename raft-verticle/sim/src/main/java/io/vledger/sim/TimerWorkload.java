package io.vledger.sim;

import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.broker.timer.TimerState;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.sim.check.Broken;
import io.vledger.sim.check.TimedOnce;
import io.vledger.testkit.fake.FakeRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Producers of messages with times, most of them due soon and some in the next minute; they recall some. */
final class TimerWorkload extends AskingClients {
    private static final int QUEUE = 6;
    private static final int STEP_MS = 40;
    private static final int SOON_MS = 3_000;
    private static final int FAR_MS = 20_000;
    private static final int DRAIN_MS = 180_000;
    private static final int DRAIN_STEP_MS = 1_000;

    private final boolean believing;
    private final TimedOnce promise = new TimedOnce();
    private final List<Handle> handles = new ArrayList<>();
    private int sent;

    /** What a message can be recalled by. */
    private record Handle(String key, String text) {}

    /** @param believing whether they believe that each recall has succeeded */
    TimerWorkload(Cluster cluster, long seed, boolean believing) {
        super(cluster, seed, STEP_MS);
        this.believing = believing;
    }

    @Override
    void act(SimNode node) {
        if (!handles.isEmpty() && random.nextInt(4) == 0) {
            recall(node, handles.remove(random.nextInt(handles.size())));
            return;
        }
        for (int i = random.nextInt(3); i >= 0; i--) {
            send(node);
        }
    }

    private void send(SimNode node) {
        String key = "t" + sent++;
        long dueMs = node.clockMs() + 1 + random.nextInt(random.nextInt(20) == 0 ? FAR_MS : SOON_MS);
        promise.sent(key, dueMs);
        String properties = "TIMER_DELIVER_MS\u0001" + dueMs + "\u0002UNIQ_KEY\u0001" + key + "\u0002";
        ask(node, send(node, QUEUE, properties, key), key);
    }

    private void recall(SimNode node, Handle handle) {
        promise.recallSent(handle.key);
        FakeRequest request = new FakeRequest(RequestCode.RECALL_MESSAGE)
                .with("producerGroup", "pg")
                .with("topic", TOPIC)
                .with("recallHandle", handle.text);
        ask(node, request, handle.key);
        if (believing) {
            promise.recalled(handle.key);
        }
    }

    @Override
    void answered(Asked each) {
        FakeRequest request = each.request();
        String key = each.about();
        boolean done = request.replyCode() == ResponseCode.SUCCESS;
        if (request.code() == RequestCode.RECALL_MESSAGE) {
            if (done) {
                promise.recalled(key);
            } else if (request.replyCode() == ResponseCode.ILLEGAL_OPERATION) {
                promise.recallRefused(key);
            }
            return;
        }
        String handle = request.replyField("recallHandle");
        if (done) {
            promise.acknowledged(key);
        }
        if (done && handle != null) {
            handles.add(new Handle(key, handle));
        }
    }

    /** Everything comes to its time. */
    @Override
    public void drain() {
        for (int waited = 0; waited < DRAIN_MS; waited += DRAIN_STEP_MS) {
            cluster.run(DRAIN_STEP_MS);
            for (SimNode node : cluster.nodes()) {
                if (node.leads() && node.state().part(TimerState.class).waitingCount() == 0) {
                    return;
                }
            }
        }
        throw new Broken("timers still wait long after their time");
    }

    @Override
    public void judge(SimNode node) {
        hear();
        Topic topic = Objects.requireNonNull(node.state().topics().find(TOPIC));
        TopicQueue queue = Objects.requireNonNull(topic.queue(QUEUE));
        Map<String, List<Long>> copies = new HashMap<>();
        StoredMessages.of(
                node, queue, (queueOffset, message, body) -> copies.computeIfAbsent(body, key -> new ArrayList<>())
                        .add(message.storeTimestamp()));
        promise.judge(node, copies);
    }

    /** What the producers were answered. */
    TimedOnce promise() {
        return promise;
    }
}
