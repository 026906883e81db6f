package io.vledger.broker.pop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The text that a consumer shows for a message that it popped. */
class ReceiptTest {
    private static final Receipt EXPECTED = new Receipt(5, 1_700_000_000_000L, 60_000, Receipt.ORDERLY);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "5 1700000000000 60000 999 0 broker-a 3",
                "5 1700000000000 60000 999 0 broker-a 3 9",
                "5 1700000000000 60000 999  broker-a 3 9",
                "5 1700000000000 60000 999 0 broker-a 3 9 of the proxy"
            })
    void isReadWithOrWithoutTheMessageAndWhatFollows(String text) {
        assertThat(Receipt.parse(text, 3, 9)).isEqualTo(EXPECTED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "       ",
                "5",
                "5 1700000000000 60000 999 0 broker-a",
                "5 1700000000000 60000 999 0 broker-a ",
                "5 1700000000000 60000 999 0 broker-a 3 ",
                "5 1700000000000 60000 99999999999 0 broker-a 3 9",
                "x 1700000000000 60000 999 0 broker-a 3 9",
                "5 1700000000000  999 0 broker-a 3 9"
            })
    void isRefusedIfAWordIsMissingOrNoNumber(String text) {
        assertThatThrownBy(() -> Receipt.parse(text, 3, 9))
                .hasMessageContaining("extraInfo is not the receipt of a pop");
    }

    @ParameterizedTest
    @ValueSource(strings = {"5 1700000000000 60000 999 0 broker-a 4", "5 1700000000000 60000 999 0 broker-a 3 8"})
    void isRefusedIfItIsOfAnotherMessage(String text) {
        assertThatThrownBy(() -> Receipt.parse(text, 3, 9)).hasMessageContaining("another message than queue offset 9");
    }
}
