package io.vledger.remoting.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading back what wraps a client's request on its way to another node. */
class EnvelopeTest {
    private static final FrameLimits LIMITS = new FrameLimits(1 << 20, 1024);
    private static final byte[] FRAME = Frames.json("{\"code\":10}", (byte) 1, (byte) 2);

    private static ByteBuf envelope(int hops, String address, byte[] frame) throws Exception {
        ByteBuf out = Unpooled.buffer();
        InetSocketAddress client = new InetSocketAddress(InetAddress.getByName(address), 4711);
        return envelope(out, new Envelope.Sender(hops, client, null), frame);
    }

    private static ByteBuf envelope(ByteBuf out, Envelope.Sender sender, byte[] frame) {
        Envelope.writePrefix(out, sender);
        assertThat(out.readableBytes()).isEqualTo(Envelope.prefixBytes(sender));
        return out.writeBytes(frame);
    }

    private static Envelope read(ByteBuf in) {
        return Envelope.read(in, 0, in.readableBytes(), LIMITS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.1.2.3", "2001:db8::7"})
    void whatWasWrittenIsReadBack(String address) throws Exception {
        ByteBuf in = envelope(2, address, FRAME);
        Envelope envelope = read(in);
        assertThat(envelope.hops()).isEqualTo(2);
        assertThat(envelope.client()).isEqualTo(new InetSocketAddress(InetAddress.getByName(address), 4711));
        assertThat(envelope.encoding()).isEqualTo(Header.JSON);
        assertThat(envelope.headerLength()).isEqualTo(FRAME.length - FrameHead.BYTES - 2);
        assertThat(in.getByte(envelope.headerAt())).isEqualTo((byte) '{');
        assertThat(envelope.bodyLength()).isEqualTo(2);
        assertThat(in.getByte(envelope.bodyAt())).isEqualTo((byte) 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "alice", "gr\u00fc\u00dfe"})
    void theIdentityOfTheClientTravelsWithTheRequest(String identity) throws Exception {
        InetSocketAddress client = new InetSocketAddress(InetAddress.getByName("10.1.2.3"), 4711);
        ByteBuf in = envelope(Unpooled.buffer(), new Envelope.Sender(1, client, identity), FRAME);
        assertThat(read(in).identity()).isEqualTo(identity);
        assertThat(in.getByte(read(in).headerAt())).isEqualTo((byte) '{');
        for (int length = 0; length < in.writerIndex(); length++) {
            ByteBuf cut = in.slice(0, length);
            assertThatThrownBy(() -> read(cut)).isInstanceOf(BadFrame.class);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, after 0 hops", "4, after 4 hops", "-1, after -1 hops"})
    void aRequestThatGoesRoundIsRefused(int hops, String why) throws Exception {
        ByteBuf in = envelope(hops, "10.1.2.3", FRAME);
        assertThatThrownBy(() -> read(in)).isInstanceOf(BadFrame.class).hasMessageContaining(why);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 8, 16, 20, 28})
    void anEnvelopeThatIsCutShortIsRefused(int length) throws Exception {
        ByteBuf in = envelope(1, "10.1.2.3", FRAME);
        assertThatThrownBy(() -> Envelope.read(in, 0, length, LIMITS)).isInstanceOf(BadFrame.class);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 9, of version 9",
        "2, 5, with an address of 5",
        "9, 127, bytes in an envelope with room for",
        "14, 127, header of"
    })
    void aByteThatLiesIsRefused(int at, int value, String why) throws Exception {
        ByteBuf in = envelope(1, "10.1.2.3", FRAME);
        in.setByte(at, value);
        assertThatThrownBy(() -> read(in)).isInstanceOf(BadFrame.class).hasMessageContaining(why);
    }
}
