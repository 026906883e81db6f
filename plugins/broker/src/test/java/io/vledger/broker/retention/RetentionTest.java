package io.vledger.broker.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.origin.InitialState;
import io.vledger.api.store.OldFiles.OldFile;
import io.vledger.broker.testing.FakeOrigin;
import io.vledger.broker.testing.TestBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RetentionTest {
    private static final int HOUR_MS = 3_600_000;
    private static final int BODY = 60_000;

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
    void aFollowerLetsNothingGo() throws Exception {
        try (TestBroker broker = TestBroker.leader()) {
            fillTwoSegments(broker);
            broker.group().follow();
            broker.group().advance(3L * HOUR_MS);
            assertThat(broker.group().droppedBefore()).isEqualTo(-1);
        }
    }

    private static FakeOrigin oldFiles(long... lastStoredMs) {
        List<OldFile> files = new ArrayList<>();
        for (long stored : lastStoredMs) {
            files.add(new OldFile(files.size() * 1024L, 1024, stored));
        }
        return new FakeOrigin(8 << 20, new InitialState(List.of(), List.of(), List.of(), Map.of()), files);
    }

    @Test
    void everyMemberLetsOldFilesGoByTheirAge() throws Exception {
        try (TestBroker fresh = TestBroker.leader()) {
            long now = fresh.group().nowMs();
            FakeOrigin aged = oldFiles(now - 2L * HOUR_MS, Long.MAX_VALUE, now - HOUR_MS, now);
            try (TestBroker follower = TestBroker.after(aged)) {
                follower.group().advance(HOUR_MS / 2);
                assertThat(aged.files()).extracting(OldFile::position).containsExactly(1024L, 2048L, 3072L);
                follower.group().advance(HOUR_MS);
                assertThat(aged.files()).extracting(OldFile::position).containsExactly(3072L);
                follower.group().advance(HOUR_MS);
                assertThat(aged.files()).isEmpty();
                assertThat(follower.group().droppedBefore()).isEqualTo(-1);
            }
        }
    }

    @Test
    void ownSegmentsGoAfterTheOldFiles() throws Exception {
        try (TestBroker fresh = TestBroker.leader()) {
            FakeOrigin origin = oldFiles(fresh.group().nowMs() + 9L * HOUR_MS);
            try (TestBroker broker = TestBroker.after(origin)) {
                broker.group().lead();
                fillTwoSegments(broker);
                broker.group().advance(5L * HOUR_MS);
                assertThat(origin.files()).hasSize(1);
                assertThat(broker.group().droppedBefore()).isEqualTo(-1);
                broker.group().advance(7L * HOUR_MS);
                assertThat(origin.files()).isEmpty();
                assertThat(broker.group().droppedBefore()).isPositive();
            }
        }
    }
}
