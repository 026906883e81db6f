package io.vledger.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MemberLogTest {
    private static final Members NONE = Members.initial(List.of("a", "b", "c"));
    private static final Members FIRST = NONE.with("a", 1);
    private static final Members SECOND = FIRST.with("b", 2);

    private final MemberLog log = new MemberLog(NONE);

    @Test
    void aListCountsAsLatestAsSoonAsItIsInTheLog() {
        log.append(4, FIRST);

        assertThat(log.latest()).isEqualTo(FIRST);
        assertThat(log.committed()).isEqualTo(NONE);
        assertThat(log.hasPending()).isTrue();
    }

    @Test
    void aListIsCommittedWithItsEntryAndNotBefore() {
        log.append(4, FIRST);
        log.append(7, SECOND);

        assertThat(log.commit(3)).as("before the first").isFalse();
        assertThat(log.commit(6)).as("between").isTrue();
        assertThat(log.committed()).isEqualTo(FIRST);
        assertThat(log.commit(7)).as("the second").isTrue();
        assertThat(log.committed()).isEqualTo(SECOND);
        assertThat(log.hasPending()).isFalse();
    }

    @Test
    void aTruncationTakesTheListsOfTheRemovedEntriesBack() {
        log.append(4, FIRST);
        log.append(7, SECOND);

        log.truncate(7);

        assertThat(log.latest()).isEqualTo(FIRST);
    }

    @Test
    void anInstalledBaseReplacesAllLists() {
        log.append(4, FIRST);

        log.reset(SECOND);

        assertThat(log.committed()).isEqualTo(SECOND);
        assertThat(log.latest()).isEqualTo(SECOND);
        assertThat(log.hasPending()).isFalse();
    }
}
