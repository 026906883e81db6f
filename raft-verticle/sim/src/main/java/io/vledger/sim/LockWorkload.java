package io.vledger.sim;

import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import io.vledger.sim.check.LockedByOne;
import io.vledger.testkit.fake.FakeRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Orderly consumers of one group that want the same queues: each asks for all, and gives them back now and then. */
final class LockWorkload implements FeatureClients {
    private static final String TOPIC = TopicNames.TEMPLATE;
    private static final int QUEUES = 3;
    private static final int CLIENTS = 3;
    private static final int STEP_MS = 50;

    private final Cluster cluster;
    private final Random random;
    private final LockedByOne promise = new LockedByOne();
    private final List<Asked> asked = new ArrayList<>();
    private boolean over;

    private record Asked(FakeRequest request, SimNode node, int life, String client, long atMs) {}

    LockWorkload(Cluster cluster, long seed) {
        this.cluster = cluster;
        this.random = new Random(seed);
    }

    @Override
    public void start() {
        cluster.time().in(1 + random.nextInt(STEP_MS), () -> {
            hear();
            if (!over) {
                cluster.nodes().stream().filter(SimNode::leads).forEach(this::act);
                start();
            }
        });
    }

    @Override
    public void end() {
        over = true;
    }

    private void act(SimNode node) {
        String client = "c" + random.nextInt(CLIENTS);
        if (asked.stream().anyMatch(each -> each.client.equals(client))) {
            // A client waits for its answer before it asks again.
            return;
        }
        boolean lock = random.nextInt(5) > 0;
        if (!lock) {
            for (int id = 0; id < QUEUES; id++) {
                promise.givenBack(name(id), client);
            }
        }
        FakeRequest request =
                new FakeRequest(lock ? RequestCode.LOCK_BATCH_MQ : RequestCode.UNLOCK_BATCH_MQ).body(body(client));
        node.broker().handle(request);
        asked.add(new Asked(request, node, node.life(), client, cluster.time().nowMs()));
    }

    private static String name(int queueId) {
        return "queue " + queueId;
    }

    private static String body(String client) {
        StringBuilder queues = new StringBuilder();
        for (int id = 0; id < QUEUES; id++) {
            queues.append(queues.isEmpty() ? "" : ",")
                    .append("{\"topic\":\"" + TOPIC + "\",\"brokerName\":\"sim\",\"queueId\":" + id + "}");
        }
        return "{\"consumerGroup\":\"orderly\",\"clientId\":\"" + client + "\",\"mqSet\":[" + queues + "]}";
    }

    private void hear() {
        asked.removeIf(each -> {
            if (each.request.replied()) {
                answered(each);
            }
            return each.request.replied() || each.node.life() != each.life;
        });
    }

    private void answered(Asked each) {
        if (each.request.code() != RequestCode.LOCK_BATCH_MQ || each.request.replyCode() != ResponseCode.SUCCESS) {
            return;
        }
        String held = each.request.replyText();
        long nowMs = cluster.time().nowMs();
        for (int id = 0; id < QUEUES; id++) {
            if (held.contains("\"queueId\":" + id)) {
                promise.held(name(id), each.client, each.atMs, nowMs);
            } else {
                promise.denied();
            }
        }
    }

    /** What the consumers were answered. */
    LockedByOne promise() {
        return promise;
    }
}
