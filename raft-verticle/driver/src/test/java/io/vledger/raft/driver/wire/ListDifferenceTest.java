package io.vledger.raft.driver.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ListDifferenceTest {
    private static final Map<String, String> OWN = Map.of("n0", "a:1", "n1", "b:1");

    @Test
    void theSameListHasNoDifference() {
        ListDifference same = new ListDifference(OWN, "n1", Map.of("n1", "b:1", "n0", "a:1"));
        assertThat(same.inMembers()).isFalse();
        assertThat(same.sentence()).isEmpty();
    }

    @Test
    void membersThatOneSideDoesNotListAreNamed() {
        ListDifference found = new ListDifference(OWN, "n1", Map.of("n1", "b:1", "n2", "c:1"));
        assertThat(found.inMembers()).isTrue();
        assertThat(found.sentence())
                .contains("this node lists n0 (a:1), n1 does not")
                .contains("n1 lists n2 (c:1), this node does not")
                .contains("until every member has the same list of peers");
    }

    @Test
    void addressesThatDifferAreNamedAndKeepNobodyFromConnecting() {
        ListDifference found = new ListDifference(OWN, "n1", Map.of("n0", "a:2", "n1", "b:1"));
        assertThat(found.inMembers()).isFalse();
        assertThat(found.sentence()).contains("n1 lists n0 at a:2, this node at a:1");
    }
}
