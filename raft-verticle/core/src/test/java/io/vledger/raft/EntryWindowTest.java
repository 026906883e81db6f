package io.vledger.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EntryWindowTest {
    private static EntryWindow window(long baseIndex, long baseTerm, long... terms) {
        EntryWindow window = new EntryWindow(List.of(new TermRun(baseIndex, baseTerm)), baseIndex);
        for (long term : terms) {
            window.append(window.lastIndex() + 1, term);
        }
        return window;
    }

    @Test
    void termsAreKnownFromTheBaseToTheLastEntry() {
        EntryWindow window = window(10, 3, 3, 4, 4, 7);
        assertThat(window.termAt(10)).isEqualTo(3);
        assertThat(window.termAt(12)).isEqualTo(4);
        assertThat(window.lastTerm()).isEqualTo(7);
        assertThat(window.knows(9)).isFalse();
        assertThat(window.knows(15)).isFalse();
        assertThatThrownBy(() -> window.termAt(15)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void entriesFollowEachOtherAndTermsNeverFall() {
        EntryWindow window = window(0, 0, 1, 2);
        assertThatThrownBy(() -> window.append(4, 2)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> window.append(3, 1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aTruncationForgetsTermsToo() {
        EntryWindow window = window(0, 0, 1, 1, 2, 2, 3);
        window.truncate(3);
        assertThat(window.lastIndex()).isEqualTo(2);
        assertThat(window.lastTerm()).isEqualTo(1);
        window.append(3, 5);
        assertThat(window.termAt(3)).isEqualTo(5);
    }

    @Test
    void aTruncationInTheMiddleOfARunKeepsItsBeginning() {
        EntryWindow window = window(0, 0, 1, 1, 1, 2);
        window.truncate(2);
        assertThat(window.lastTerm()).isEqualTo(1);
        assertThat(window.lastIndex()).isEqualTo(1);
    }

    @Test
    void everythingAfterTheBaseCanGo() {
        EntryWindow window = window(10, 3, 4, 4);
        window.truncate(11);
        assertThat(window.lastIndex()).isEqualTo(10);
        assertThat(window.lastTerm()).isEqualTo(3);
    }

    @Test
    void theBaseMovesIntoARun() {
        EntryWindow window = window(0, 0, 1, 1, 2, 2, 2);
        window.dropPrefix(4);
        assertThat(window.baseIndex()).isEqualTo(4);
        assertThat(window.baseTerm()).isEqualTo(2);
        assertThat(window.termAt(5)).isEqualTo(2);
        assertThat(window.knows(3)).isFalse();
    }

    @Test
    void conflictsAreSkippedByWholeTerms() {
        EntryWindow window = window(0, 0, 1, 1, 4, 4, 4, 6);
        assertThat(window.firstIndexOfTermAt(5)).isEqualTo(3);
        assertThat(window.lastIndexOfTermAtMost(5, 6)).isEqualTo(5);
        assertThat(window.lastIndexOfTermAtMost(3, 6)).isEqualTo(2);
        assertThat(window.lastIndexOfTermAtMost(0, 6)).isZero();
    }

    @Test
    void itAgreesWithAListWhateverIsDone() {
        long seed = Long.getLong("vledger.seed", 1);
        Random random = new Random(seed);
        EntryWindow window = window(0, 0);
        MemberLogImage list = new MemberLogImage(new MemberLogImage.BaseState(0, 0, Members.initial(List.of()), 0));
        for (int step = 0; step < 5_000; step++) {
            long last = list.lastIndex();
            long base = list.base().index();
            int span = (int) (last - base);
            switch (random.nextInt(8)) {
                case 0 -> {
                    long from = base + 1 + random.nextInt(span + 1);
                    window.truncate(from);
                    list.truncate(from);
                }
                case 1 -> {
                    long until = base + random.nextInt(span + 1);
                    window.dropPrefix(until);
                    list.dropPrefix(until, 0);
                }
                default -> {
                    long term = list.termAt(last) + (random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 0);
                    window.append(last + 1, term);
                    list.append(new LogEntry(last + 1, term, "", null));
                }
            }
            assertThat(window.lastIndex()).as("seed %d, step %d", seed, step).isEqualTo(list.lastIndex());
            for (long index = list.base().index(); index <= list.lastIndex(); index++) {
                assertThat(window.termAt(index))
                        .as("seed %d, step %d", seed, step)
                        .isEqualTo(list.termAt(index));
            }
        }
    }
}
