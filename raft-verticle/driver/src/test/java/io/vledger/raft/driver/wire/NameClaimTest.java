package io.vledger.raft.driver.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.raft.driver.wire.NameClaim.Answer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NameClaimTest {
    @ParameterizedTest
    @CsvSource({
        "ITS_OWN, true, 5, 9, true",
        "ITS_OWN, false, 0, 1, true",
        "NOT_ITS_OWN, false, 0, 1, false",
        "NOT_ITS_OWN, false, 5, 5, false",
        "UNREACHABLE, true, 5, 5, false",
        "UNREACHABLE, true, 0, 1, false",
        "UNREACHABLE, false, 0, 9, true",
        "UNREACHABLE, false, 5, 5, true",
        "UNREACHABLE, false, 5, 6, false"
    })
    void theConfiguredAddressDecidesAndWhereNobodyAnswersNothingNewIsBelieved(
            Answer answer, boolean connected, long known, long claimed, boolean believed) {
        assertThat(NameClaim.believed(answer, connected, known, claimed)).isEqualTo(believed);
    }
}
