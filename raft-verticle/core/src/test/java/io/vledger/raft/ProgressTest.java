package io.vledger.raft;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProgressTest {
    private final Progress progress = new Progress();

    @Test
    void anAcknowledgementFreesEverythingUpToIt() {
        stream();
        progress.sent(3, 100, 1);
        progress.sent(5, 200, 2);
        progress.sent(9, 400, 3);

        progress.acked(5);

        assertThat(progress.match).isEqualTo(5);
        assertThat(progress.inflightBytes).isEqualTo(400);
        assertThat(progress.next).isEqualTo(10);
    }

    @Test
    void anAcknowledgementInTheMiddleOfARequestKeepsItsBytesInFlight() {
        stream();
        progress.sent(4, 100, 1);

        progress.acked(3);

        assertThat(progress.inflightBytes).isEqualTo(100);
    }

    @Test
    void anOldAcknowledgementChangesNothing() {
        progress.acked(7);

        progress.acked(4);

        assertThat(progress.match).isEqualTo(7);
        assertThat(progress.next).isEqualTo(8);
    }

    @Test
    void aProbeIsOneRequestAtATime() {
        progress.probeFrom(5);

        progress.sent(6, 10, 1);

        assertThat(progress.probing).isTrue();
    }

    @Test
    void aProbeNeverGoesBelowWhatMatches() {
        progress.acked(7);

        progress.probeFrom(3);

        assertThat(progress.next).isEqualTo(8);
    }

    @Test
    void anEntryThatWasAcknowledgedAndIsMissingIsNotCountedAnyMore() {
        stream();
        progress.sent(9, 400, 1);
        progress.acked(9);

        progress.probeBelow(5);

        assertThat(progress.match).isEqualTo(4);
        assertThat(progress.next).isEqualTo(5);
        assertThat(progress.mode).isEqualTo(Progress.Mode.PROBE);
        assertThat(progress.inflightBytes).isZero();
    }

    @Test
    void anotherIncarnationInheritsNothing() {
        progress.incarnation = 2;
        progress.voter = true;
        progress.outdated = true;
        progress.promisedTerm = 6;
        progress.ackedRound = 4;
        progress.acked(9);

        progress.reset(3, 20);

        assertThat(progress.incarnation).isEqualTo(3);
        assertThat(progress.voter).isFalse();
        assertThat(progress.outdated).isFalse();
        assertThat(progress.promisedTerm).isZero();
        assertThat(progress.ackedRound).isZero();
        assertThat(progress.match).isZero();
        assertThat(progress.next).isEqualTo(21);
    }

    private void stream() {
        progress.probeFrom(1);
        progress.mode = Progress.Mode.STREAM;
    }
}
