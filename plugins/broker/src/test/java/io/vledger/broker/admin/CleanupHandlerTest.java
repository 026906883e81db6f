package io.vledger.broker.admin;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.plugin.GroupConfig;
import io.vledger.broker.group.ColdReads;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.group.Rerouter;
import io.vledger.broker.retention.Retention;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.testkit.fake.FakeRequest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What mqadmin's cleanExpiredCQ, cleanUnusedTopic and deleteExpiredCommitLog ask for, which have neither fields nor a body. */
class CleanupHandlerTest {
    private static final long HOUR_MS = 3_600_000;

    private final TestBroker broker = TestBroker.leader();

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    /** Keeps messages for ten hours, and deletes twelve hours from now; the broker's own keeps them for two. */
    private CleanupHandler atAnotherHour() {
        int hour = Instant.ofEpochMilli(broker.group().nowMs())
                .atZone(ZoneOffset.UTC)
                .getHour();
        Retention retention = new Retention(
                broker.group(),
                broker.state(),
                broker.store(),
                ColdReads.INLINE,
                () -> new GroupConfig.Retention(1, 0, List.of((hour + 12) % 24), 75, 85, true, 90, 72),
                ZoneOffset.UTC,
                broker.group()::nowMs);
        return new CleanupHandler(
                broker.state(), retention, new Refusals(broker.group(), broker.state(), Rerouter.NONE));
    }

    private void fillTwoSegments() {
        while (broker.store().log().segments().size() < 3) {
            broker.call(broker.send("T", 0, "x".repeat(60_000)));
        }
    }

    @Test
    void expiredFilesAreDeletedAtOnceWhateverTheHour() {
        CleanupHandler cleanup = atAnotherHour();
        fillTwoSegments();
        FakeRequest early = new FakeRequest(RequestCode.DELETE_EXPIRED_COMMITLOG);
        cleanup.deleteExpiredCommitLog(early);
        assertThat(early.replyCode()).isZero();
        assertThat(broker.group().droppedBefore()).as("nothing is expired").isEqualTo(-1);
        broker.group().advance(HOUR_MS + 1);
        assertThat(broker.group().droppedBefore()).isEqualTo(-1);
        cleanup.deleteExpiredCommitLog(new FakeRequest(RequestCode.DELETE_EXPIRED_COMMITLOG));
        assertThat(broker.group().droppedBefore())
                .isEqualTo(broker.store().log().segments().get(2).firstIndex());
    }

    @Test
    void aFollowerWithoutForwardingNamesTheLeaderInsteadOfClaimingToHaveDeleted() {
        CleanupHandler cleanup = atAnotherHour();
        broker.group().follow("n1");
        FakeRequest asked = new FakeRequest(RequestCode.DELETE_EXPIRED_COMMITLOG);
        cleanup.deleteExpiredCommitLog(asked);
        assertThat(asked.replyCode()).isEqualTo(ResponseCode.SERVICE_NOT_AVAILABLE);
        assertThat(asked.replyRemark()).contains("the leader is n1");
    }

    @Test
    void aDeletedTopicLeavesNoQueueForAToolToCleanUp() {
        broker.call(broker.send("T", 0, "m"));
        long key = requireNonNull(
                        requireNonNull(broker.state().topics().find("T")).queue(0))
                .key();
        assertThat(broker.store().queues().queue(key).maxOffset()).isEqualTo(1);
        broker.parts().metadata().deleteTopic("T", refusal -> {});
        broker.group().settle();
        assertThat(broker.call(new FakeRequest(RequestCode.CLEAN_UNUSED_TOPIC)).replyCode())
                .isZero();
        assertThat(broker.store().queues().queue(key).maxOffset()).isZero();
    }

    @Test
    void queuesEndWhereTheLogBeginsBeforeAToolAsks() {
        fillTwoSegments();
        long position = broker.store().log().segments().get(1).position();
        broker.store().queues().dropBefore(position);
        FakeRequest asked = broker.call(new FakeRequest(RequestCode.CLEAN_EXPIRED_CONSUMEQUEUE));
        assertThat(asked.replyCode()).isZero();
        var queue = requireNonNull(broker.state().topics().find("T")).queue(0);
        assertThat(io.vledger.broker.client.QueueTimes.positionOf(
                        requireNonNull(queue), requireNonNull(queue).minOffset()))
                .isGreaterThanOrEqualTo(position);
    }
}
