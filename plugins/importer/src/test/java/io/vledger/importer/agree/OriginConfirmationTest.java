package io.vledger.importer.agree;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.importer.agree.OriginConfirmation.Go;
import io.vledger.importer.agree.OriginConfirmation.Outcome;
import io.vledger.importer.agree.OriginConfirmation.Stop;
import io.vledger.importer.agree.OriginConfirmation.Wait;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OriginConfirmationTest {
    private static final Set<String> HOLDERS = Set.of("n0");
    private static final OriginStatus WENT_ON = OriginStatus.ranAgain("30 messages");

    private static Outcome decide(Map<String, OriginStatus> answers, boolean waited) {
        return OriginConfirmation.decide(HOLDERS, answers, waited);
    }

    @Test
    void aGroupIsFormedOnceEveryHolderIsAsItWasLeft() {
        assertThat(decide(Map.of("n0", OriginStatus.INTACT), false)).isEqualTo(new Go(Set.of()));
        assertThat(decide(Map.of("n2", OriginStatus.INTACT), false))
                .as("another member that only has a copy")
                .isEqualTo(new Wait(Set.of("n0")));
        assertThat(decide(Map.of("n0", OriginStatus.UNKNOWN), false)).isEqualTo(new Wait(Set.of("n0")));
    }

    @Test
    void aGroupWhoseOldBrokerWentOnIsNotFormedHoweverLongItWaits() {
        assertThat(decide(Map.of("n0", WENT_ON, "n2", OriginStatus.INTACT), true))
                .isEqualTo(new Stop(List.of("n0: 30 messages")));
        assertThat(decide(Map.of("n0", OriginStatus.INTACT, "n2", WENT_ON), false))
                .as("whichever member answers so")
                .isEqualTo(new Stop(List.of("n2: 30 messages")));
    }

    @Test
    void aDeadHolderDoesNotStopAGroup() {
        assertThat(decide(Map.of(), false)).isEqualTo(new Wait(HOLDERS));
        assertThat(decide(Map.of(), true)).isEqualTo(new Go(HOLDERS));
    }

    /** It was formed before, with everybody asked: who comes back joins it, whatever another member's old broker did meanwhile. */
    @Test
    void aRunningGroupIsJoinedAtOnce() {
        OriginStatus running = OriginStatus.INTACT.opened(true);
        assertThat(decide(Map.of("n2", running), false)).isEqualTo(new Go(Set.of()));
        assertThat(decide(Map.of("n0", WENT_ON, "n2", running), false)).isEqualTo(new Go(Set.of()));
    }

    @Test
    void aMemberThatWentOnWithoutAskingIsNoWitness() {
        OriginStatus unasked = OriginStatus.INTACT.opened(false);
        assertThat(decide(Map.of("n2", unasked), false)).isEqualTo(new Wait(HOLDERS));
        assertThat(decide(Map.of("n0", WENT_ON, "n2", unasked), false)).isInstanceOf(Stop.class);
    }

    @Test
    void whatIsSaidSurvivesItsJson() {
        assertThat(OriginStatus.of(WENT_ON.opened(true).toJson())).isEqualTo(WENT_ON.opened(true));
    }
}
