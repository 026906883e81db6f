package io.vledger.broker.pop;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.broker.pop.EntryPace.Size;
import org.junit.jupiter.api.Test;

class EntryPaceTest {
    private final EntryPace pace = new EntryPace();

    @Test
    void nothingBeginsWhileAnEntryIsUnderWay() {
        assertThat(pace.ready(1, 1)).isTrue();
        pace.began();
        assertThat(pace.ready(200, 100)).isFalse();
        assertThat(pace.ended(new Size(EntryPace.SEVERAL - 1, 1), Size.NONE)).isZero();
        assertThat(pace.ready(1, 0)).isTrue();
    }

    @Test
    void thoseWhoWerePoppingAreAwaitedBesideThoseWhoWaitAlready() {
        pace.began();
        assertThat(pace.ended(new Size(16, 8), new Size(6, 3))).isPositive();
        assertThat(pace.ready(30, 10)).isFalse();
        assertThat(pace.ready(11, 11)).isTrue();
    }

    @Test
    void acknowledgementsThatWereAnsweredAreNotAwaitedBesidePops() {
        pace.began();
        assertThat(pace.ended(new Size(14, 2), Size.NONE)).isPositive();
        assertThat(pace.ready(4, 2)).as("less than half as many as before").isFalse();
        assertThat(pace.ready(7, 2)).isTrue();
    }

    @Test
    void whereNobodyPoppedAsManyAreAwaitedAsWereAnswered() {
        pace.began();
        assertThat(pace.ended(new Size(8, 0), Size.NONE)).isPositive();
        assertThat(pace.ready(7, 0)).isFalse();
        assertThat(pace.ready(8, 0)).isTrue();
    }

    @Test
    void aWaitEndsWithItsTimeAndNotWithThatOfAnother() {
        pace.began();
        int first = pace.ended(new Size(8, 8), Size.NONE);
        pace.began();
        int second = pace.ended(new Size(8, 8), Size.NONE);
        pace.over(first);
        assertThat(pace.ready(7, 7)).isFalse();
        pace.over(second);
        assertThat(pace.ready(1, 0)).isTrue();
    }
}
