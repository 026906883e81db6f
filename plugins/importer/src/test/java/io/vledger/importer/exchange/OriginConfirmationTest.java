package io.vledger.importer.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.importer.exchange.OriginConfirmation.Go;
import io.vledger.importer.exchange.OriginConfirmation.Outcome;
import io.vledger.importer.exchange.OriginConfirmation.Stop;
import io.vledger.importer.exchange.OriginConfirmation.Wait;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OriginConfirmationTest {
    private static final Set<String> HOLDERS = Set.of("n0");
    private static final OriginStatus WENT_ON = OriginStatus.wentOn("30 messages");

    private static Outcome decide(Map<String, OriginStatus> answers, long waitedMs) {
        return OriginConfirmation.decide(HOLDERS, answers, waitedMs);
    }

    @Test
    void aGroupIsFormedOnceEveryHolderIsAsItWasLeft() {
        assertThat(decide(Map.of("n0", OriginStatus.INTACT), 0)).isEqualTo(new Go(Set.of()));
        assertThat(decide(Map.of("n2", OriginStatus.INTACT), 0))
                .as("another member that only has a copy")
                .isEqualTo(new Wait(Set.of("n0")));
        assertThat(decide(Map.of("n0", OriginStatus.UNKNOWN), 0)).isEqualTo(new Wait(Set.of("n0")));
    }

    @Test
    void aGroupWhoseOldBrokerWentOnIsNotFormedHoweverLongItWaits() {
        assertThat(decide(Map.of("n0", WENT_ON, "n2", OriginStatus.INTACT), Long.MAX_VALUE))
                .isEqualTo(new Stop(List.of("n0: 30 messages")));
        assertThat(decide(Map.of("n0", OriginStatus.INTACT, "n2", WENT_ON), 0))
                .as("whoever says so")
                .isEqualTo(new Stop(List.of("n2: 30 messages")));
    }

    @Test
    void aDeadHolderDoesNotStopAGroup() {
        assertThat(decide(Map.of(), OriginConfirmation.GRACE_MS - 1)).isEqualTo(new Wait(HOLDERS));
        assertThat(decide(Map.of(), OriginConfirmation.GRACE_MS)).isEqualTo(new Go(HOLDERS));
    }

    /** It was formed before, with everybody asked: who comes back joins it, whatever another member's old broker did meanwhile. */
    @Test
    void aRunningGroupIsJoinedAtOnce() {
        OriginStatus running = OriginStatus.INTACT.opened(true);
        assertThat(decide(Map.of("n2", running), 0)).isEqualTo(new Go(Set.of()));
        assertThat(decide(Map.of("n0", WENT_ON, "n2", running), 0)).isEqualTo(new Go(Set.of()));
    }

    @Test
    void aMemberThatWentOnWithoutAskingIsNoWitness() {
        OriginStatus unasked = OriginStatus.INTACT.opened(false);
        assertThat(decide(Map.of("n2", unasked), 0)).isEqualTo(new Wait(HOLDERS));
        assertThat(decide(Map.of("n0", WENT_ON, "n2", unasked), 0)).isInstanceOf(Stop.class);
    }

    @Test
    void whatIsSaidSurvivesItsJson() {
        assertThat(OriginStatus.of(WENT_ON.opened(true).toJson())).isEqualTo(WENT_ON.opened(true));
    }
}
