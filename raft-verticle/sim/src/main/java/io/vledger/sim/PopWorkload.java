package io.vledger.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.broker.pop.PopState;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import io.vledger.sim.check.Broken;
import io.vledger.sim.check.PoppedOnce;
import io.vledger.testkit.fake.FakeRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Consumers that pop what the other clients send, and acknowledge most of it. It draws from chance of its own. */
final class PopWorkload implements FeatureClients {
    private static final String TOPIC = TopicNames.TEMPLATE;
    private static final String GROUP = "poppers";
    private static final int DRAIN_MS = 60_000;
    private static final int STEP_MS = 40;
    private static final int LONGEST_MS = 900;

    private final Cluster cluster;
    private final Random random;
    private final PoppedOnce promise = new PoppedOnce();
    private final List<Asked> asked = new ArrayList<>();
    private final List<TakenMessage> held = new ArrayList<>();
    private boolean draining;
    private boolean forgetful;

    /** A request whose answer is awaited. */
    private record Asked(SimNode node, int life, FakeRequest request, @Nullable TakenMessage message, long atMs) {}

    /** A message with what is needed to acknowledge it. */
    private record TakenMessage(String body, String topic, int queueId, long queueOffset, String receipt) {}

    PopWorkload(Cluster cluster, long seed) {
        this.cluster = cluster;
        this.random = new Random(seed);
    }

    /** Believes that each acknowledgement has succeeded. */
    void believeAll() {
        forgetful = true;
    }

    @Override
    public void start() {
        cluster.time().in(1 + random.nextInt(STEP_MS), () -> {
            hear();
            cluster.nodes().stream().filter(SimNode::leads).forEach(this::act);
            start();
        });
    }

    private void act(SimNode node) {
        int choice = random.nextInt(10);
        if (choice < 4) {
            pop(node);
        } else if (!held.isEmpty() && choice < 9) {
            ack(node, held.remove(random.nextInt(held.size())));
        } else if (!held.isEmpty() && !draining) {
            change(node, held.remove(random.nextInt(held.size())));
        }
        if (draining) {
            pop(node);
            while (!held.isEmpty()) {
                ack(node, held.remove(0));
            }
        }
    }

    private void ask(SimNode node, FakeRequest request, @Nullable TakenMessage message) {
        node.broker().handle(request);
        if (forgetful && message != null && request.code() == RequestCode.ACK_MESSAGE) {
            promise.acknowledged(message.body, nowMs());
        }
        asked.add(new Asked(node, node.life(), request, message, nowMs()));
    }

    private void pop(SimNode node) {
        ask(
                node,
                new FakeRequest(RequestCode.POP_MESSAGE)
                        .with("consumerGroup", GROUP)
                        .with("topic", TOPIC)
                        .with("queueId", -1)
                        .with("maxMsgNums", 1 + random.nextInt(draining ? 32 : 8))
                        .with("invisibleTime", 100 + random.nextInt(LONGEST_MS))
                        .with("pollTime", 0)
                        .with("bornTime", 0)
                        .with("initMode", 0),
                null);
    }

    private void ack(SimNode node, TakenMessage message) {
        ask(node, about(RequestCode.ACK_MESSAGE, message), message);
    }

    private void change(SimNode node, TakenMessage message) {
        ask(
                node,
                about(RequestCode.CHANGE_MESSAGE_INVISIBLETIME, message)
                        .with("invisibleTime", 1 + random.nextInt(LONGEST_MS)),
                message);
    }

    private static FakeRequest about(int code, TakenMessage message) {
        return new FakeRequest(code)
                .with("consumerGroup", GROUP)
                .with("topic", message.topic)
                .with("queueId", message.queueId)
                .with("extraInfo", message.receipt)
                .with("offset", message.queueOffset);
    }

    /** Takes the answers that have come; a process that died answers no more. */
    private void hear() {
        Iterator<Asked> each = asked.iterator();
        while (each.hasNext()) {
            Asked next = each.next();
            if (next.request.replied()) {
                each.remove();
                answered(next);
            } else if (next.node.life() != next.life) {
                each.remove();
            }
        }
    }

    private void answered(Asked next) {
        TakenMessage message = next.message;
        if (next.request.replyCode() != 0) {
            return;
        }
        if (message == null) {
            shown(next);
        } else if (next.request.code() == RequestCode.ACK_MESSAGE) {
            promise.acknowledged(message.body, nowMs());
        }
    }

    private long nowMs() {
        return cluster.time().nowMs();
    }

    private void shown(Asked pop) {
        FakeRequest answer = pop.request;
        Map<String, String> starts = new HashMap<>();
        for (String queue : text(answer, "startOffsetInfo").split(";", -1)) {
            String[] words = queue.split(" ", -1);
            starts.put(words[0] + " " + words[1], words[2]);
        }
        ByteBuf bytes = Unpooled.wrappedBuffer(answer.replyBody());
        MessageView view = new MessageView();
        for (int at = 0; at < bytes.writerIndex(); at += view.totalSize()) {
            String wrong = view.wrap(bytes, at, bytes.writerIndex() - at);
            if (wrong != null) {
                throw new Broken("a pop was answered with bytes that are no message: " + wrong);
            }
            String body = bytes.toString(view.bodyAt(), view.bodyLength(), StandardCharsets.UTF_8)
                    .strip();
            promise.shown(body, view.reconsumeTimes(), pop.atMs, nowMs());
            String given = view.property(PropertyNames.POP_CK);
            String receipt = given != null
                    ? given
                    : starts.get("0 " + view.queueId()) + " " + text(answer, "popTime") + " "
                            + text(answer, "invisibleTime") + " 0 0 sim " + view.queueId() + " " + view.queueOffset();
            String topic = given == null ? TOPIC : TopicNames.RETRY_PREFIX + GROUP + "_" + TOPIC;
            held.add(new TakenMessage(body, topic, view.queueId(), view.queueOffset(), receipt));
        }
    }

    private static String text(FakeRequest answer, String key) {
        String value = answer.replyField(key);
        return value == null ? "" : value;
    }

    /** Everything that is there is consumed in the end. */
    @Override
    public void drain() {
        draining = true;
        for (int waited = 0; waited < DRAIN_MS; waited += LONGEST_MS) {
            cluster.run(LONGEST_MS);
            for (SimNode node : cluster.nodes()) {
                if (node.leads() && consumed(node)) {
                    return;
                }
            }
        }
        throw new Broken("messages that were popped stay in flight");
    }

    private boolean consumed(SimNode node) {
        PopState state = node.state().part(PopState.class);
        String retry = TopicNames.RETRY_PREFIX + GROUP + "_" + TOPIC;
        return behind(node, TOPIC) == 0
                && behind(node, retry) == 0
                && state.inFlight(GROUP, TOPIC) + state.inFlight(GROUP, retry) == 0;
    }

    private static long behind(SimNode node, String name) {
        var topic = node.state().topics().find(name);
        long sum = 0;
        for (int id = 0; topic != null && id < topic.config().readQueues(); id++) {
            var queue = topic.queue(id);
            if (queue != null) {
                sum += queue.maxOffset() - Math.max(0, node.state().offsets().find(GROUP, name, id));
            }
        }
        return sum;
    }

    /** What the consumers were answered. */
    PoppedOnce promise() {
        return promise;
    }
}
