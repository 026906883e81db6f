package io.vledger.grpc.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReceiptHandleTest {
    @Test
    void aReceiptSaysWhereItsMessageIs() {
        ReceiptHandle handle = ReceiptHandle.parse("10 1000 60000 0 1 broker-a 3 12 4711");
        assertThat(handle).isNotNull();
        assertThat(handle.broker()).isEqualTo("broker-a");
        assertThat(handle.queueId()).isEqualTo(3);
        assertThat(handle.queueOffset()).isEqualTo(12);
        assertThat(handle.physicalOffset()).isEqualTo(4711);
        assertThat(handle.visibleMs()).isEqualTo(61_000);
        assertThat(handle.realTopic("T", "g")).isEqualTo("%RETRY%g_T");
        assertThat(handle.changed(2_000, 500, 0)).isEqualTo("12 2000 500 0 1 broker-a 3 12 4711");
    }

    @Test
    void oneOfAnotherClientHasNoPlaceInTheLog() {
        ReceiptHandle handle = ReceiptHandle.parse("10 1000 60000 0 2 a 3 12");
        assertThat(handle).isNotNull();
        assertThat(handle.physicalOffset()).isEqualTo(-1);
        assertThat(handle.realTopic("T", "g")).isEqualTo("%RETRY%g+T");
        assertThat(handle.changed(2_000, 500, 999)).isEqualTo("12 2000 500 999 2 a 3 12");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "1 2 3 4 5 a 6", "1 2 3 4 5 a x 7", "1 2 3 4 5 a 6 99999999999999999999"})
    void otherTextsAreNone(String text) {
        assertThat(ReceiptHandle.parse(text)).isNull();
        assertThat(ReceiptHandle.parse(text + "x".repeat(2_000))).isNull();
    }

    @Test
    void aTransactionIdComesBackAsItWas() {
        TransactionId id = new TransactionId("01 with a blank", "broker-a", 7, 4711);
        assertThat(TransactionId.parse(id.text())).isEqualTo(id);
        assertThat(TransactionId.parse("01AB")).isNull();
        assertThat(TransactionId.parse("a b c d")).isNull();
    }
}
