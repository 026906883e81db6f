package io.vledger.broker.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.testkit.fake.FakeRequest;
import org.junit.jupiter.api.Test;

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
    void theLeaderAnswersWithTheQueuesThatAreHeld() throws Exception {
        String body = "{\"clientId\":\"%s\",\"consumerGroup\":\"g\",\"mqSet\":[{\"brokerName\":\"broker-a\","
                + "\"queueId\":1,\"topic\":\"T\"},{\"brokerName\":\"broker-a\",\"queueId\":2,\"topic\":\"T\"}]}";
        try (TestBroker broker = TestBroker.leader()) {
            var first = broker.call(new FakeRequest(RequestCode.LOCK_BATCH_MQ).body(body.formatted("a")));
            assertThat(first.replyText())
                    .isEqualTo("{\"lockOKMQSet\":[{\"brokerName\":\"broker-a\",\"queueId\":1,\"topic\":\"T\"},"
                            + "{\"brokerName\":\"broker-a\",\"queueId\":2,\"topic\":\"T\"}]}");
            var second = broker.call(new FakeRequest(RequestCode.LOCK_BATCH_MQ).body(body.formatted("b")));
            assertThat(second.replyText()).isEqualTo("{\"lockOKMQSet\":[]}");
            broker.call(new FakeRequest(RequestCode.UNLOCK_BATCH_MQ).body(body.formatted("a")));
            assertThat(broker.call(new FakeRequest(RequestCode.LOCK_BATCH_MQ).body(body.formatted("b")))
                            .replyText())
                    .contains("\"queueId\":1");
        }
    }

    @Test
    void aFollowerNamesTheLeader() throws Exception {
        try (TestBroker broker = TestBroker.leader()) {
            broker.group().follow("n1");
            var refused = broker.call(new FakeRequest(RequestCode.LOCK_BATCH_MQ).body("{}"));
            assertThat(refused.replyCode()).isEqualTo(14);
            assertThat(refused.replyRemark()).contains("n1").contains("127.0.0.1:10912");
        }
    }
}
