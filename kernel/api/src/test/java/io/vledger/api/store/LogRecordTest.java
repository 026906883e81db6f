package io.vledger.api.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The bytes of a record: what is on disks and between nodes must not change by accident. */
class LogRecordTest {
    private static final int AT = 3;
    private static final byte[] PAYLOAD = "payload".getBytes(StandardCharsets.UTF_8);
    private static final int LENGTH = LogRecord.HEADER_BYTES + PAYLOAD.length;

    private static ByteBuf sealed() {
        ByteBuf buffer =
                Unpooled.buffer().writeZero(AT + LogRecord.HEADER_BYTES).writeBytes(PAYLOAD);
        LogRecord.seal(buffer, AT, LENGTH, (byte) 5, (short) 6, 7, 8, 4096);
        return buffer;
    }

    @Test
    void aSealedRecordReadsBackAsItWasWritten() {
        ByteBuf buffer = sealed();
        assertThat(LogRecord.intact(buffer, AT, LENGTH)).isTrue();
        assertThat(LogRecord.length(buffer, AT)).isEqualTo(LENGTH);
        assertThat(LogRecord.kind(buffer, AT)).isEqualTo((byte) 5);
        assertThat(LogRecord.payloadVersion(buffer, AT)).isEqualTo((short) 6);
        assertThat(LogRecord.index(buffer, AT)).isEqualTo(7);
        assertThat(LogRecord.term(buffer, AT)).isEqualTo(8);
        assertThat(LogRecord.position(buffer, AT)).isEqualTo(4096);
    }

    @Test
    void theHeaderHasTheBytesOfItsTable() {
        assertThat(ByteBufUtil.hexDump(sealed(), AT, 8)).isEqualTo("564c47310000002f");
        assertThat(ByteBufUtil.hexDump(sealed(), AT + 12, 28))
                .isEqualTo("01" + "05" + "0006" + "0000000000000007" + "0000000000000008" + "0000000000001000");
    }

    @Test
    void noBitCanFlipUnnoticed() {
        for (int bit = 0; bit < LENGTH * 8; bit++) {
            ByteBuf buffer = sealed();
            int at = AT + bit / 8;
            buffer.setByte(at, buffer.getByte(at) ^ (1 << (bit % 8)));
            assertThat(LogRecord.intact(buffer, AT, LENGTH)).as("bit %d", bit).isFalse();
        }
    }

    @Test
    void aLengthIsPlausibleFromAnEmptyPayloadToTheBound() {
        assertThat(LogRecord.plausibleLength(LogRecord.HEADER_BYTES - 1)).isFalse();
        assertThat(LogRecord.plausibleLength(LogRecord.HEADER_BYTES)).isTrue();
        assertThat(LogRecord.plausibleLength(LogRecord.MAX_LENGTH)).isTrue();
        assertThat(LogRecord.plausibleLength(LogRecord.MAX_LENGTH + 1)).isFalse();
        assertThat(LogRecord.plausibleLength(-1)).isFalse();
    }
}
