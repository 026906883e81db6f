package io.vledger.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuorumTest {
    private final Quorum three = new Quorum(List.of("a", "b", "c"));

    @Test
    void aMajorityOfTrustedMembersIsAQuorum() {
        assertThat(met(three, Set.of("a", "b"), Set.of("a", "b", "c"))).isTrue();
    }

    @Test
    void aMinorityIsNone() {
        assertThat(met(three, Set.of("a"), Set.of("a", "b", "c"))).isFalse();
    }

    @Test
    void whoIsNotTrustedDoesNotCountTowardsAMajority() {
        assertThat(met(three, Set.of("a", "b"), Set.of("a", "c"))).isFalse();
    }

    @Test
    void aMajorityIsOfAllMembersNotOfTheTrustedOnes() {
        assertThat(met(three, Set.of("a"), Set.of("a"))).isFalse();
    }

    @Test
    void everyMemberTogetherIsAQuorumEvenIfNoneIsTrusted() {
        assertThat(met(three, Set.of("a", "b", "c"), Set.of())).isTrue();
    }

    @Test
    void halfOfAnEvenGroupIsNoMajority() {
        Quorum four = new Quorum(List.of("a", "b", "c", "d"));
        Set<String> all = Set.of("a", "b", "c", "d");
        assertThat(met(four, Set.of("a", "b"), all)).isFalse();
        assertThat(met(four, Set.of("a", "b", "c"), all)).isTrue();
    }

    /** Any two quorums among trusted members share one: what the whole of Raft rests on. */
    @ParameterizedTest
    @CsvSource({"1", "2", "3", "4", "5", "6", "7"})
    void twoQuorumsMeet(int size) {
        List<String> members = List.of("a", "b", "c", "d", "e", "f", "g").subList(0, size);
        Quorum quorum = new Quorum(members);
        for (int one = 0; one < 1 << size; one++) {
            for (int other = 0; other < 1 << size; other++) {
                if ((one & other) == 0) {
                    assertThat(met(quorum, members, one) && met(quorum, members, other))
                            .isFalse();
                }
            }
        }
    }

    private static boolean met(Quorum quorum, List<String> members, int bits) {
        return quorum.met(member -> (bits >> members.indexOf(member) & 1) == 1, member -> true);
    }

    private static boolean met(Quorum quorum, Set<String> agreeing, Set<String> trusted) {
        return quorum.met(agreeing::contains, trusted::contains);
    }
}
