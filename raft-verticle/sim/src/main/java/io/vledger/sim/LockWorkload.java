package io.vledger.sim;

import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.sim.check.LockedByOne;
import io.vledger.testkit.fake.FakeRequest;

/** Orderly consumers of one group that want the same queues: each asks for all, and gives them back now and then. */
final class LockWorkload extends AskingClients {
    private static final int QUEUES = 3;
    private static final int CLIENTS = 3;
    private static final int STEP_MS = 50;

    private final LockedByOne promise = new LockedByOne();

    LockWorkload(Cluster cluster, long seed) {
        super(cluster, seed, STEP_MS);
    }

    @Override
    void act(SimNode node) {
        String client = "c" + random.nextInt(CLIENTS);
        if (awaits(client)) {
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
        ask(node, request, client);
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

    @Override
    void answered(Asked each) {
        FakeRequest request = each.request();
        if (request.code() != RequestCode.LOCK_BATCH_MQ || request.replyCode() != ResponseCode.SUCCESS) {
            return;
        }
        String held = request.replyText();
        long nowMs = nowMs();
        for (int id = 0; id < QUEUES; id++) {
            if (held.contains("\"queueId\":" + id)) {
                promise.held(name(id), each.about(), each.atMs(), nowMs);
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
