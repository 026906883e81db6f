package io.vledger.broker.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.broker.testing.TestBroker;
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
}
