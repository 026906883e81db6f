package io.vledger.broker.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.broker.rig.Rig;
import io.vledger.protocol.RequestCode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QueueLocksTest {
    private static final QueueLocks.Queue QUEUE = new QueueLocks.Queue("T", 3);

    private long nowMs = 1_000_000;
    private final QueueLocks locks = new QueueLocks(() -> nowMs);

    @Test
    void oneClientHoldsAQueue() {
        assertThat(locks.lock("g", QUEUE, "a")).isTrue();
        assertThat(locks.lock("g", QUEUE, "b")).isFalse();
        assertThat(locks.lock("other", QUEUE, "b")).isTrue();
        assertThat(locks.lock("g", QUEUE, "a")).isTrue();
    }

    @Test
    void aLockEndsWhenItIsNotRefreshed() {
        locks.lock("g", QUEUE, "a");
        nowMs += QueueLocks.EXPIRY_MS;
        assertThat(locks.lock("g", QUEUE, "b")).isFalse();
        locks.lock("g", QUEUE, "a");
        nowMs += QueueLocks.EXPIRY_MS;
        assertThat(locks.lock("g", QUEUE, "b")).isFalse();
        nowMs += 1;
        assertThat(locks.lock("g", QUEUE, "b")).isTrue();
    }

    @Test
    void onlyTheHolderUnlocks() {
        locks.lock("g", QUEUE, "a");
        locks.unlock("g", QUEUE, "b");
        assertThat(locks.lock("g", QUEUE, "b")).isFalse();
        locks.unlock("g", QUEUE, "a");
        assertThat(locks.lock("g", QUEUE, "b")).isTrue();
    }

    @Test
    void theLeaderAnswersWithTheQueuesThatAreHeld(@TempDir Path directory) throws Exception {
        String body = "{\"clientId\":\"%s\",\"consumerGroup\":\"g\",\"mqSet\":[{\"brokerName\":\"broker-a\","
                + "\"queueId\":1,\"topic\":\"T\"},{\"brokerName\":\"broker-a\",\"queueId\":2,\"topic\":\"T\"}]}";
        try (Rig rig = new Rig(directory)) {
            var first = rig.call(rig.request(RequestCode.LOCK_BATCH_MQ).body(body.formatted("a")));
            assertThat(first.replyText())
                    .isEqualTo("{\"lockOKMQSet\":[{\"brokerName\":\"broker-a\",\"queueId\":1,\"topic\":\"T\"},"
                            + "{\"brokerName\":\"broker-a\",\"queueId\":2,\"topic\":\"T\"}]}");
            var second = rig.call(rig.request(RequestCode.LOCK_BATCH_MQ).body(body.formatted("b")));
            assertThat(second.replyText()).isEqualTo("{\"lockOKMQSet\":[]}");
            rig.call(rig.request(RequestCode.UNLOCK_BATCH_MQ).body(body.formatted("a")));
            assertThat(rig.call(rig.request(RequestCode.LOCK_BATCH_MQ).body(body.formatted("b")))
                            .replyText())
                    .contains("\"queueId\":1");
        }
    }

    @Test
    void aFollowerNamesTheLeader(@TempDir Path directory) throws Exception {
        try (Rig rig = new Rig(directory)) {
            rig.group().follow("n1");
            var refused = rig.call(rig.request(RequestCode.LOCK_BATCH_MQ).body("{}"));
            assertThat(refused.replyCode()).isEqualTo(14);
            assertThat(refused.replyRemark()).contains("n1").contains("127.0.0.1:30921");
        }
    }
}
