package io.vledger.raft.driver.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import org.junit.jupiter.api.Test;

class FrameDecoderTest {
    private static final int MAX_BYTES = 16;

    private final FrameDecoder decoder = new FrameDecoder(MAX_BYTES);
    private final EmbeddedChannel channel = new EmbeddedChannel(decoder);

    private static ByteBuf frame(int length) {
        ByteBuf frame = Unpooled.buffer().writeInt(length);
        for (int i = 0; i < length; i++) {
            frame.writeByte(i);
        }
        return frame;
    }

    private void assertFrame(int length) {
        ByteBuf frame = channel.readInbound();
        assertThat(frame.readableBytes()).isEqualTo(length);
        for (int i = 0; i < length; i++) {
            assertThat(frame.readByte()).isEqualTo((byte) i);
        }
        frame.release();
    }

    @Test
    void framesAreCutWhereverTheStreamIsSplit() {
        ByteBuf stream = Unpooled.wrappedBuffer(frame(1), frame(MAX_BYTES), frame(7));
        for (int split = 0; split <= stream.readableBytes(); split++) {
            channel.writeInbound(stream.copy(0, split));
            channel.writeInbound(stream.copy(split, stream.readableBytes() - split));
            assertFrame(1);
            assertFrame(MAX_BYTES);
            assertFrame(7);
            assertThat(channel.inboundMessages()).isEmpty();
        }
        stream.release();
    }

    @Test
    void aLengthOutOfBoundsIsRefusedBeforeItsBytesCome() {
        for (int length : new int[] {0, -1, Integer.MIN_VALUE, MAX_BYTES + 1, Integer.MAX_VALUE}) {
            EmbeddedChannel fresh = new EmbeddedChannel(new FrameDecoder(MAX_BYTES));
            assertThatThrownBy(() -> fresh.writeInbound(Unpooled.buffer().writeInt(length)))
                    .isInstanceOf(DecoderException.class)
                    .cause()
                    .isInstanceOf(PeerCodec.BadFrame.class)
                    .hasMessage("it sent a frame of " + length + " bytes; 1 to " + MAX_BYTES + " are taken here");
            fresh.writeInbound(frame(1));
            assertThat(fresh.inboundMessages()).as("nothing is taken after it").isEmpty();
        }
    }

    @Test
    void theBoundCanBeRaisedBetweenTwoFrames() {
        channel.writeInbound(frame(3));
        assertFrame(3);
        decoder.maxBytes(1_000);
        channel.writeInbound(frame(1_000));
        ByteBuf frame = channel.readInbound();
        assertThat(frame.readableBytes()).isEqualTo(1_000);
        frame.release();
    }
}
