package io.vledger.store.common;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogStore.TermRun;
import java.util.List;
import org.junit.jupiter.api.Test;

class TermRunsTest {
    private static final List<TermRun> RUNS = List.of(new TermRun(10, 2), new TermRun(15, 3), new TermRun(20, 7));

    @Test
    void anEntryHasTheTermOfTheRunThatItIsIn() {
        assertThat(TermRuns.at(RUNS, 10)).isEqualTo(2);
        assertThat(TermRuns.at(RUNS, 14)).isEqualTo(2);
        assertThat(TermRuns.at(RUNS, 15)).isEqualTo(3);
        assertThat(TermRuns.at(RUNS, 1_000)).isEqualTo(7);
        assertThat(TermRuns.last(RUNS)).isEqualTo(7);
    }

    @Test
    void aCutKeepsTheRunsThatBeginBeforeIt() {
        assertThat(TermRuns.before(RUNS, 20)).containsExactly(RUNS.get(0), RUNS.get(1));
        assertThat(TermRuns.before(RUNS, 21)).isEqualTo(RUNS);
        assertThat(TermRuns.before(RUNS, 5)).as("the base's stays").containsExactly(RUNS.get(0));
    }

    @Test
    void aBaseThatMovesForwardBeginsARunOfItsOwn() {
        assertThat(TermRuns.from(RUNS, new LogBase(16, 3, 0))).containsExactly(new TermRun(16, 3), new TermRun(20, 7));
    }
}
