package io.vledger.raft;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TransferTest {
    private final Transfer transfer = new Transfer("b", false, 1_000, 300);

    @Test
    void theTargetIsAskedAtOnceAndThenAgainAfterAnInterval() {
        assertThat(transfer.requestDue(10)).isTrue();
        assertThat(transfer.requestDue(309)).isFalse();
        assertThat(transfer.requestDue(310)).isTrue();
    }

    @Test
    void itIsLateFromItsDeadlineOn() {
        assertThat(transfer.late(999)).isFalse();
        assertThat(transfer.late(1_000)).isTrue();
    }
}
