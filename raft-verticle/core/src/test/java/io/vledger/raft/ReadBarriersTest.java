package io.vledger.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadBarriersTest {
    private final ReadBarriers reads = new ReadBarriers();
    private final List<Object> ready = new ArrayList<>();

    @Test
    void aReadWaitsForItsIndexAndForItsRound() {
        reads.add("read", 5, 2);

        reads.release(4, round -> true, ready);
        assertThat(ready).as("not committed").isEmpty();
        reads.release(5, round -> round <= 1, ready);
        assertThat(ready).as("not confirmed").isEmpty();
        reads.release(5, round -> round <= 2, ready);
        assertThat(ready).containsExactly("read");
        assertThat(reads.isEmpty()).isTrue();
    }

    @Test
    void allReadsOfATurnShareOneRound() {
        reads.add("first", 1, 1);
        reads.add("second", 1, 1);

        assertThat(reads.takeRoundWanted()).isTrue();
        assertThat(reads.takeRoundWanted()).isFalse();
    }

    @Test
    void readsFailWhenLeadershipEnds() {
        List<Object> failed = new ArrayList<>();
        reads.add("first", 1, 1);
        reads.add("second", 9, 1);

        reads.failAll(failed);

        assertThat(failed).containsExactly("first", "second");
        assertThat(reads.isEmpty()).isTrue();
        assertThat(reads.takeRoundWanted()).isFalse();
    }
}
