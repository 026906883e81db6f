package io.vledger.api.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Batches as they are built, sent and parsed. */
class LogBatchTest {
    private static final Addressing ADDRESSING = new Addressing(1 << 16);
    private static final long POSITION = 800;

    /** Records 10, 11 and so on with these payloads, the last of term 4, the others of term 3. */
    private static LogBatch batch(String... payloads) {
        LogBatch.Builder builder = new LogBatch.Builder(ADDRESSING, POSITION, UnpooledByteBufAllocator.DEFAULT, 256);
        for (int i = 0; i < payloads.length; i++) {
            builder.open();
            builder.buffer().writeCharSequence(payloads[i], StandardCharsets.UTF_8);
            builder.close((byte) 20, (short) 1, 10 + i, i == payloads.length - 1 ? 4 : 3);
        }
        return builder.build();
    }

    private static String payload(LogBatch batch, long index) {
        return batch.payloadAt(index).toString(StandardCharsets.UTF_8);
    }

    @Test
    void aParsedBatchEqualsTheOneThatWasBuilt() throws Exception {
        LogBatch built = batch("a", "", "three");
        LogBatch parsed = LogBatch.parse(Unpooled.copiedBuffer(built.bytes()), ADDRESSING);
        assertThat(parsed.count()).isEqualTo(3);
        assertThat(parsed.firstIndex()).isEqualTo(10);
        assertThat(parsed.lastIndex()).isEqualTo(12);
        assertThat(parsed.position()).isEqualTo(POSITION);
        assertThat(parsed.endPosition()).isEqualTo(built.endPosition()).isEqualTo(POSITION + 48 + 40 + 48);
        assertThat(parsed.termAt(11)).isEqualTo(3);
        assertThat(parsed.termAt(12)).isEqualTo(4);
        assertThat(payload(parsed, 10)).isEqualTo("a");
        assertThat(payload(parsed, 11)).isEmpty();
        assertThat(payload(parsed, 12)).isEqualTo("three");
        built.release();
        parsed.release();
    }

    @Test
    void partsShareTheMemoryUntilTheLastIsReleased() {
        LogBatch whole = batch("a", "b", "c");
        LogBatch tail = whole.from(12);
        LogBatch head = whole.before(11);
        whole.release();
        assertThat(tail.firstIndex()).isEqualTo(12);
        assertThat(payload(tail, 12)).isEqualTo("c");
        assertThat(tail.position()).isEqualTo(POSITION + 2 * 48);
        assertThat(head.lastIndex()).isEqualTo(10);
        tail.release();
        assertThat(head.isReleased()).isFalse();
        head.release();
        assertThat(head.isReleased()).isTrue();
    }

    @Test
    void aBatchThatIsDamagedOrCutAnywhereIsRefusedAndItsBufferStaysTheCallers() {
        LogBatch built = batch("a", "bb");
        for (int length = 1; length < built.byteCount(); length++) {
            ByteBuf cut = built.bytes().copy(built.bytes().readerIndex(), length);
            if (length != 48) { // the first record alone is whole
                assertThatThrownBy(() -> LogBatch.parse(cut, ADDRESSING))
                        .as("the first %d bytes", length)
                        .isInstanceOf(StoreException.Damaged.class);
            }
            assertThat(cut.refCnt()).isEqualTo(1);
            cut.release();
        }
        ByteBuf flipped = Unpooled.copiedBuffer(built.bytes());
        flipped.setByte(45, flipped.getByte(40) ^ 1);
        flipped.setByte(40, flipped.getByte(40) ^ 1);
        assertThatThrownBy(() -> LogBatch.parse(flipped, ADDRESSING)).isInstanceOf(StoreException.Damaged.class);
        built.release();
    }

    @Test
    void recordsThatDoNotFollowEachOtherAreRefused() {
        LogBatch one = batch("a");
        ByteBuf twice = Unpooled.copiedBuffer(one.bytes(), one.bytes());
        assertThatThrownBy(() -> LogBatch.parse(twice, ADDRESSING)).isInstanceOf(StoreException.Damaged.class);
        one.release();
        twice.release();
    }

    @Test
    void aSmallPartOfALargeBufferGetsMemoryOfItsOwn() {
        ByteBuf large = Unpooled.buffer(10_000).writeBytes(new byte[10]);
        ByteBuf small = LogBatch.compact(large);
        assertThat(small.capacity()).isLessThan(100);
        assertThat(small.readableBytes()).isEqualTo(10);
        assertThat(large.refCnt()).isZero();
        ByteBuf full = Unpooled.wrappedBuffer(new byte[100]);
        assertThat(LogBatch.compact(full)).isSameAs(full);
    }

    @Test
    void theWritePositionIsWhereTheNextByteLies() {
        LogBatch.Builder builder = new LogBatch.Builder(ADDRESSING, POSITION, UnpooledByteBufAllocator.DEFAULT, 256);
        builder.open();
        assertThat(builder.writePosition()).isEqualTo(POSITION + LogRecord.HEADER_BYTES);
        builder.buffer().writeByte(1);
        assertThat(builder.writePosition()).isEqualTo(POSITION + LogRecord.HEADER_BYTES + 1);
        assertThat(builder.openPayloadBytes()).isEqualTo(1);
        builder.discard();
    }
}
