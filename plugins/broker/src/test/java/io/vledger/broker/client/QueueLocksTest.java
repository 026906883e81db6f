package io.vledger.broker.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.testkit.fake.FakeRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class QueueLocksTest {
    private static final String BOTH = "{\"lockOKMQSet\":[{\"brokerName\":\"broker-a\",\"queueId\":1,\"topic\":\"T\"},"
            + "{\"brokerName\":\"broker-a\",\"queueId\":2,\"topic\":\"T\"}]}";
    private static final String NONE = "{\"lockOKMQSet\":[]}";

    private final TestBroker broker = TestBroker.leader();

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private static FakeRequest request(int code, String group, String clientId) {
        return new FakeRequest(code)
                .body(("{\"clientId\":\"%s\",\"consumerGroup\":\"%s\",\"mqSet\":[{\"brokerName\":\"broker-a\","
                                + "\"queueId\":1,\"topic\":\"T\"},{\"brokerName\":\"broker-a\",\"queueId\":2,\"topic\":\"T\"}]}")
                        .formatted(clientId, group));
    }

    private String lock(String group, String clientId) {
        return broker.call(request(RequestCode.LOCK_BATCH_MQ, group, clientId)).replyText();
    }

    private void unlock(String group, String clientId) {
        assertThat(broker.call(request(RequestCode.UNLOCK_BATCH_MQ, group, clientId))
                        .replyCode())
                .isZero();
    }

    @Test
    void oneClientHoldsAQueue() {
        assertThat(lock("g", "a")).isEqualTo(BOTH);
        assertThat(lock("g", "b")).isEqualTo(NONE);
        assertThat(lock("other", "b")).isEqualTo(BOTH);
        assertThat(lock("g", "a")).isEqualTo(BOTH);
    }

    @Test
    void aLockEndsWhenItIsNotRefreshed() {
        lock("g", "a");
        broker.group().advance(59_000);
        assertThat(lock("g", "b")).isEqualTo(NONE);
        lock("g", "a");
        broker.group().advance(59_000);
        assertThat(lock("g", "b")).isEqualTo(NONE);
        assertThat(broker.parts().clients().locks().anyIn("g")).isTrue();
        broker.group().advance(1_500);
        assertThat(broker.parts().clients().locks().anyIn("g")).isFalse();
        assertThat(lock("g", "b")).isEqualTo(BOTH);
    }

    @Test
    void onlyTheHolderUnlocks() {
        lock("g", "a");
        unlock("g", "b");
        assertThat(lock("g", "b")).isEqualTo(NONE);
        unlock("g", "a");
        assertThat(lock("g", "b")).isEqualTo(BOTH);
    }

    @Test
    void aLockIsHeldOnceItsEntryIsApplied() {
        broker.group().hold();
        FakeRequest first = broker.begin(request(RequestCode.LOCK_BATCH_MQ, "g", "a"));
        FakeRequest second = broker.begin(request(RequestCode.LOCK_BATCH_MQ, "g", "b"));
        assertThat(first.replied()).isFalse();
        assertThat(second.replyText()).isEqualTo(NONE);
        broker.group().commitHeld();
        broker.group().settle();
        assertThat(first.replyText()).isEqualTo(BOTH);
    }

    @Test
    void anotherLeaderGivesAQueueToNobodyElseBeforeItsOwnerIsSilentForAMinute() {
        lock("g", "a");
        broker.group().advance(50_000);
        broker.group().follow();
        broker.group().lead();
        assertThat(lock("g", "b")).isEqualTo(NONE);
        broker.group().advance(59_000);
        assertThat(lock("g", "b")).isEqualTo(NONE);
        assertThat(lock("g", "a")).isEqualTo(BOTH);
        broker.group().advance(61_000);
        assertThat(lock("g", "b")).isEqualTo(BOTH);
    }

    @Test
    void aMemberThatWasDeposedAndDoesNotKnowConfirmsNoLock() {
        lock("g", "a");
        FakeRequest renewal = broker.begin(request(RequestCode.LOCK_BATCH_MQ, "g", "a"));
        assertThat(renewal.replied()).isFalse();
        broker.group().follow("n1");
        broker.group().settle();
        assertThat(renewal.replyCode()).isNotZero();
    }

    @Test
    void renewalsAreNoEntriesAndWhatNobodyAsksForIsGivenBack() {
        lock("g", "a");
        int entries = broker.group().applied().size();
        for (int i = 0; i < 5; i++) {
            broker.group().advance(20_000);
            lock("g", "a");
        }
        assertThat(broker.group().applied()).hasSize(entries);
        broker.group().advance(75_000);
        assertThat(broker.state().part(LockOwners.class).size()).isZero();
    }

    @Test
    void aSnapshotHasTheOwners() {
        lock("g", "a");
        lock("h", "b");
        byte[] snapshot = broker.snapshot();
        unlock("g", "a");
        broker.state().restore(Unpooled.wrappedBuffer(snapshot));
        assertThat(broker.snapshot()).isEqualTo(snapshot);
        assertThat(lock("g", "b")).isEqualTo(NONE);
        assertThat(lock("h", "b")).isEqualTo(BOTH);
    }

    @Test
    void aFollowerNamesTheLeader() {
        broker.group().follow("n1");
        var refused = broker.call(new FakeRequest(RequestCode.LOCK_BATCH_MQ).body("{}"));
        assertThat(refused.replyCode()).isEqualTo(14);
        assertThat(refused.replyRemark()).contains("n1").contains("127.0.0.1:10912");
    }
}
