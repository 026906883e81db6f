package io.vledger.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.group.Refusal;
import io.vledger.api.store.StoreException;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.raft.driver.Replica;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Clients: they send, commit consumer offsets and read, on whichever node lets them. */
final class Workload {
    private static final String TOPIC = TopicNames.TEMPLATE;
    private static final String GROUP = "consumers";
    private static final int QUEUES = 3;
    private static final byte[] HOST = {127, 0, 0, 1, 0, 0, 0x2A, (byte) 0x9F};

    private final Cluster cluster;
    private final Chance chance;
    private final MessageDraft draft = new MessageDraft();
    private final int restMs;
    private boolean over;
    private long acknowledged;
    private long unknown;
    private long refused;
    private long messages;
    private long commits;

    Workload(Cluster cluster) {
        this.cluster = cluster;
        this.chance = cluster.chance();
        this.restMs = chance.pick(List.of(4, 15, 60));
    }

    void start() {
        cluster.time().in(1 + chance.below(restMs), () -> {
            if (!over) {
                act();
                start();
            }
        });
    }

    void end() {
        over = true;
    }

    private void act() {
        for (SimNode node : cluster.nodes()) {
            if (node.leads()) {
                onLeader(node);
            } else if (node.running() && !node.paused() && chance.oneIn(6)) {
                read(node);
            }
        }
    }

    private void onLeader(SimNode node) {
        switch (chance.below(10)) {
            case 0 -> commitOffset(node, chance.below(QUEUES));
            case 1 -> barrier(node, chance.below(QUEUES));
            case 2 -> read(node);
            default -> send(node, 1 + chance.below(chance.oneIn(20) ? 40 : 4));
        }
    }

    /** The replies that clients received, as text. */
    String replies() {
        return "acknowledged " + acknowledged + ", unknown " + unknown + ", refused " + refused;
    }

    /** Asks for a read barrier; what it promises is checked when it was passed. */
    void barrier(SimNode node) {
        barrier(node, 0);
    }

    /** Sends messages; the leader takes as many as it wants. */
    void send(SimNode node, int count) {
        boolean taken = true;
        for (int i = 0; i < count && taken; i++) {
            taken = send(node);
        }
    }

    private boolean send(SimNode node) {
        Replica replica = node.replica();
        BrokerState state = node.state();
        TopicQueue queue = queue(state, chance.below(QUEUES));
        byte[] topic = queue.topic().utf8();
        long number = messages++;
        ByteBuf body = Unpooled.copiedBuffer(
                "m" + number + " ".repeat(chance.oneIn(30) ? 2_000 : chance.below(200)), StandardCharsets.UTF_8);
        ByteBuf properties =
                Unpooled.copiedBuffer("UNIQ_KEY\u0001" + number + "\u0002TAGS\u0001t\u0002", StandardCharsets.UTF_8);
        int size = draft.size(body.readableBytes(), topic.length, properties.readableBytes());
        Refusal refusal = replica.begin(BrokerEntry.MESSAGES, BrokerEntry.VERSION, size);
        if (refusal != null) {
            refused++;
            return false;
        }
        long position = replica.bufferPosition();
        long queueOffset = state.cursors().next(queue);
        draft.queue(queue.id(), 0).sysFlag(0).born(node.clockMs(), HOST).stored(node.clockMs(), HOST);
        ByteBuf stored = Unpooled.buffer(size);
        draft.topic(topic)
                .body(body, 0, body.readableBytes())
                .properties(properties, 0, properties.readableBytes())
                .write(stored, queueOffset, position);
        replica.buffer().writeBytes(stored, 0, size);
        state.cursors().advance(queue, 1);
        replica.submit(outcome -> {
            if (outcome == null) {
                acknowledged++;
                cluster.promises().acknowledged(TOPIC, queue.id(), queueOffset, position, stored);
            } else {
                unknown++;
            }
        });
        return true;
    }

    private void commitOffset(SimNode node, int queueId) {
        long value = ++commits;
        ByteBuf payload = Unpooled.buffer();
        BrokerEntry.writeOffsets(payload, GROUP, TOPIC, List.of(new BrokerEntry.QueueValue(queueId, value)));
        cluster.promises().offsetProposed(GROUP, TOPIC, queueId, value);
        node.replica().propose(BrokerEntry.CONSUMER_OFFSETS, BrokerEntry.VERSION, payload, outcome -> {
            if (outcome == null) {
                cluster.promises().offsetAcknowledged(GROUP, TOPIC, queueId, value);
            }
        });
    }

    private void barrier(SimNode node, int queueId) {
        Runnable check = cluster.promises().barrier(node, node.state(), GROUP, TOPIC, queueId);
        node.replica().readBarrier(outcome -> {
            if (outcome == null) {
                check.run();
            }
        });
    }

    /** Reads a few messages somewhere in a queue, as a consumer does. */
    private void read(SimNode node) {
        TopicQueue queue = queue(node.state(), chance.below(QUEUES));
        long min = queue.minOffset();
        long max = queue.maxOffset();
        if (max <= min) {
            return;
        }
        long from = min + (long) (chance.random().nextDouble() * (max - min));
        long base = node.store().log().base().position();
        try {
            queue.log().read(from, 5, (queueOffset, position, size, tags) -> {
                boolean sane = size > 0 && size <= SimNode.SEGMENT_BYTES;
                cluster.promises().check(sane, node + " has a message of " + size + " bytes in its index");
                if (position >= base) {
                    show(node, queue.id(), queueOffset, position, size);
                }
                return true;
            });
        } catch (StoreException e) {
            // A disk that was scheduled to fail does.
            cluster.trace("%s cannot be read: %s", node, String.valueOf(e.getMessage()));
        }
    }

    private void show(SimNode node, int queueId, long queueOffset, long position, int size) {
        ByteBuf bytes = Unpooled.buffer(size);
        try {
            node.store().log().read(position, size, bytes);
        } catch (StoreException e) {
            cluster.trace("%s cannot be read at %d: %s", node, position, String.valueOf(e.getMessage()));
            return;
        }
        cluster.promises().read(node, TOPIC, queueId, queueOffset, position, bytes);
    }

    private static TopicQueue queue(BrokerState state, int id) {
        Topic topic = state.topics().find(TOPIC);
        TopicQueue queue = topic == null ? null : topic.queue(id);
        if (queue == null) {
            throw new AssertionError("there is no queue " + id + " of " + TOPIC);
        }
        return queue;
    }
}
