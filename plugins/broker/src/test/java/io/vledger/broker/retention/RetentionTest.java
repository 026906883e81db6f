package io.vledger.broker.retention;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.disk.Disk;
import io.vledger.api.origin.InitialState;
import io.vledger.api.store.OriginFiles.OriginFile;
import io.vledger.broker.state.Topic;
import io.vledger.broker.testing.CounterProbe;
import io.vledger.broker.testing.FakeOrigin;
import io.vledger.broker.testing.TestBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@link TestBroker} keeps messages for two hours, and lets them go at every hour. */
class RetentionTest {
    private static final int HOUR_MS = 3_600_000;
    private static final int TICK_MS = 10_000;
    private static final int BODY = 60_000;
    private static final long MIB = 1L << 20;

    private static void fillTwoSegments(TestBroker broker) {
        while (broker.store().log().segments().size() < 3) {
            broker.call(broker.send("T", 0, "x".repeat(BODY)));
        }
    }

    @Test
    void segmentsGoOnceTheirMessagesAreOlderThanTheBound() throws Exception {
        try (TestBroker broker = TestBroker.leader()) {
            fillTwoSegments(broker);
            broker.group().advance(HOUR_MS);
            assertThat(broker.group().droppedBefore()).isEqualTo(-1);
            broker.group().advance(2L * HOUR_MS);
            assertThat(broker.group().droppedBefore())
                    .isEqualTo(broker.store().log().segments().get(2).firstIndex());
            assertThat(broker.group().locallyDroppedBefore()).isEqualTo(-1);
        }
    }

    @Test
    void aSegmentStaysWhileANewerMessageMayBeInIt() throws Exception {
        try (TestBroker broker = TestBroker.leader()) {
            broker.call(broker.send("T", 0, "old"));
            broker.group().advance(3L * HOUR_MS);
            fillTwoSegments(broker);
            broker.group().advance(HOUR_MS);
            assertThat(broker.group().droppedBefore()).isEqualTo(-1);
        }
    }

    @Test
    void aFollowerDeletesNothing() throws Exception {
        try (TestBroker broker = TestBroker.leader()) {
            fillTwoSegments(broker);
            broker.group().follow();
            broker.group().advance(3L * HOUR_MS);
            assertThat(broker.group().droppedBefore()).isEqualTo(-1);
            assertThat(broker.group().locallyDroppedBefore()).isEqualTo(-1);
        }
    }

    private static FakeOrigin originFiles(long takenOverMs, long... lastStoredMs) {
        List<OriginFile> files = new ArrayList<>();
        for (long stored : lastStoredMs) {
            files.add(new OriginFile("f" + files.size(), files.size() * 1024L, 4 * MIB, stored));
        }
        return new FakeOrigin(8 << 20, new InitialState(List.of(), List.of(), List.of(), Map.of()), files, takenOverMs);
    }

    private static Disk.Space disk(long usedPercent) {
        return new Disk.Space((100 - usedPercent) * 4 * MIB, 400 * MIB);
    }

    private static long now() throws Exception {
        try (TestBroker fresh = TestBroker.follower()) {
            return fresh.group().nowMs();
        }
    }

    @Test
    void everyMemberDeletesOldFilesByTheirAgeButTheNewest() throws Exception {
        long now = now();
        FakeOrigin aged = originFiles(0, now - 2L * HOUR_MS, Long.MAX_VALUE, now - HOUR_MS, now);
        try (TestBroker follower = TestBroker.after(aged)) {
            follower.group().advance(HOUR_MS / 2);
            assertThat(aged.files()).extracting(OriginFile::name).containsExactly("f1", "f2", "f3");
            follower.group().advance(HOUR_MS);
            assertThat(aged.files()).extracting(OriginFile::name).containsExactly("f3");
            follower.group().advance(100L * HOUR_MS);
            assertThat(aged.files()).extracting(OriginFile::name).containsExactly("f3");
            assertThat(follower.group().droppedBefore()).isEqualTo(-1);
        }
    }

    @Test
    void aClusterThatWasStoppedForFiveDaysKeepsEverythingForThePeriodOfGrace() throws Exception {
        long now = now();
        long fiveDaysAgo = now - 120L * HOUR_MS;
        FakeOrigin stopped = originFiles(now, fiveDaysAgo, fiveDaysAgo, fiveDaysAgo);
        try (TestBroker broker = TestBroker.after(stopped)) {
            broker.group().lead();
            broker.group().advance(72L * HOUR_MS - 1);
            assertThat(stopped.files()).hasSize(3);
            broker.group().advance(HOUR_MS);
            assertThat(stopped.files()).extracting(OriginFile::name).containsExactly("f2");
        }
    }

    @Test
    void aDiskThatOthersFillTo83PercentCostsNoOldFile() throws Exception {
        long now = now();
        FakeOrigin origin = originFiles(0, now, now, now, now, now, now);
        origin.space(disk(83));
        try (TestBroker broker = TestBroker.after(origin)) {
            broker.group().lead();
            broker.group().advance(HOUR_MS);
            assertThat(origin.files()).hasSize(6);
        }
    }

    @Test
    void aDiskAboveTheRatioOfForceCostsOneFileAtATimeAndWaitsForItsRoom() throws Exception {
        long now = now();
        FakeOrigin origin = originFiles(now, now, now, now, now, now, now);
        origin.space(disk(87));
        try (TestBroker broker = TestBroker.after(origin)) {
            broker.group().advance(TICK_MS);
            assertThat(origin.files()).hasSize(5);
            broker.group().advance(10L * TICK_MS);
            assertThat(origin.files()).as("its room is not free yet").hasSize(5);
            origin.space(disk(86));
            broker.group().advance(TICK_MS);
            assertThat(origin.files()).hasSize(4);
            origin.space(disk(85));
            broker.group().advance(HOUR_MS);
            assertThat(origin.files()).hasSize(4);
        }
    }

    @Test
    void oldFilesThatWouldNotEmptyAFullDiskStay() throws Exception {
        long now = now();
        FakeOrigin origin = originFiles(now, now, now, now);
        origin.space(disk(97));
        try (TestBroker broker = TestBroker.after(origin)) {
            broker.group().advance(HOUR_MS);
            assertThat(origin.files()).hasSize(3);
        }
    }

    @Test
    void aFullDiskCostsOwnSegmentsOfThisMemberOnly() throws Exception {
        FakeOrigin origin = originFiles(0);
        origin.space(new Disk.Space(3 * MIB, 24 * MIB));
        try (TestBroker broker = TestBroker.after(origin)) {
            broker.group().lead();
            fillTwoSegments(broker);
            broker.group().advance(TICK_MS);
            assertThat(broker.group().locallyDroppedBefore())
                    .isEqualTo(broker.store().log().segments().get(1).firstIndex());
            assertThat(broker.group().droppedBefore()).isEqualTo(-1);
        }
    }

    @Test
    void aHalfMessageWithoutAnOutcomeKeepsItsSegment() throws Exception {
        FakeOrigin origin = originFiles(0);
        origin.space(new Disk.Space(3 * MIB, 24 * MIB));
        try (TestBroker broker = TestBroker.after(origin)) {
            broker.group().lead();
            broker.call(broker.send("T", 0, "half", "TRAN_MSG", "true", "PGROUP", "pg"));
            fillTwoSegments(broker);
            broker.group().advance(TICK_MS);
            assertThat(broker.group().locallyDroppedBefore()).isEqualTo(-1);
            // Half a minute later it is stored again to be checked.
            broker.group().advance(5L * TICK_MS);
            assertThat(broker.group().locallyDroppedBefore()).isPositive();
        }
    }

    @Test
    void messagesThatWaitLongAfterTheirTimeKeepTheirSegmentUntilTheyAreDelivered() throws Exception {
        try (TestBroker broker = TestBroker.leader()) {
            broker.call(broker.send("T", 0, "timed", "TIMER_DELAY_SEC", "1800"));
            broker.call(broker.send("T", 1, "delayed", "DELAY", "5"));
            fillTwoSegments(broker);
            broker.group().advance(TICK_MS);
            // Nobody leads for longer than messages are kept; then a leader comes whose entries are not committed yet.
            broker.group().follow(null);
            broker.group().advance(5L * HOUR_MS);
            broker.group().hold();
            broker.group().lead();
            broker.group().advance(10L * TICK_MS);
            assertThat(broker.group().droppedBefore()).isEqualTo(-1);
            broker.group().commitHeld();
            broker.group().advance(10L * TICK_MS);
            assertThat(broker.group().droppedBefore()).isPositive();
            assertThat(bodies(broker, 0)).containsOnlyOnce("timed");
            assertThat(bodies(broker, 1)).containsOnlyOnce("delayed");
        }
    }

    @Test
    void aFullDiskCostsNoMessageWhoseTimeHasCome() throws Exception {
        FakeOrigin origin = originFiles(0);
        origin.space(new Disk.Space(3 * MIB, 24 * MIB));
        try (TestBroker broker = TestBroker.after(origin)) {
            broker.group().lead();
            broker.call(broker.send("T", 0, "timed", "TIMER_DELAY_SEC", "5"));
            fillTwoSegments(broker);
            broker.group().hold();
            broker.group().advance(3L * TICK_MS);
            assertThat(broker.group().locallyDroppedBefore()).isEqualTo(-1);
            broker.group().commitHeld();
            broker.group().advance(TICK_MS);
            assertThat(broker.group().locallyDroppedBefore()).isPositive();
        }
    }

    @Test
    void aMessageThatIsNotDueKeepsItsSegmentUntilWritesAreRefusedAndItsLossIsCounted() throws Exception {
        FakeOrigin origin = originFiles(0);
        origin.space(new Disk.Space(3 * MIB, 24 * MIB));
        try (TestBroker broker = TestBroker.after(origin)) {
            broker.group().lead();
            broker.call(broker.send("T", 0, "timed", "TIMER_DELAY_SEC", "1800"));
            broker.call(broker.send("T", 0, "delayed", "DELAY", "14"));
            fillTwoSegments(broker);
            broker.group().advance(3L * TICK_MS);
            assertThat(broker.group().locallyDroppedBefore()).isEqualTo(-1);
            assertThat(lost(broker)).isZero();
            origin.space(new Disk.Space(1, 24 * MIB));
            broker.group().advance(TICK_MS);
            assertThat(broker.group().locallyDroppedBefore()).isPositive();
            assertThat(lost(broker)).isEqualTo(2);
        }
    }

    private static double lost(TestBroker broker) {
        return CounterProbe.value(broker.parts().metrics(), "rocketmq_waiting_messages_deleted_total");
    }

    private static List<String> bodies(TestBroker broker, int queueId) {
        List<String> bodies = new ArrayList<>();
        Topic topic = requireNonNull(broker.state().topics().find("T"));
        long next = requireNonNull(topic.queue(queueId)).minOffset();
        while (true) {
            var pull = broker.call(broker.pull("T", queueId, next));
            if (pull.replyCode() != 0) {
                return bodies;
            }
            TestBroker.messages(pull.replyBody()).forEach(message -> bodies.add(message.body()));
            next = pull.replyNumber("nextBeginOffset");
        }
    }

    @Test
    void ownSegmentsGoAfterTheOldFiles() throws Exception {
        FakeOrigin origin = originFiles(0, now() + 9L * HOUR_MS, now() + 9L * HOUR_MS);
        try (TestBroker broker = TestBroker.after(origin)) {
            broker.group().lead();
            fillTwoSegments(broker);
            broker.group().advance(5L * HOUR_MS);
            assertThat(origin.files()).hasSize(2);
            assertThat(broker.group().droppedBefore()).isEqualTo(-1);
            broker.group().advance(7L * HOUR_MS);
            assertThat(origin.files()).hasSize(1);
            assertThat(broker.group().droppedBefore()).isPositive();
        }
    }
}
