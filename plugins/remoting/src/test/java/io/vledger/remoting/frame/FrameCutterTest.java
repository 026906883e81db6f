package io.vledger.remoting.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakWatch.class)
class FrameCutterTest {
    private static final FrameLimits LIMITS = new FrameLimits(4096, 1024);

    private final UnpooledByteBufAllocator allocator = UnpooledByteBufAllocator.DEFAULT;
    private final List<String> frames = new ArrayList<>();
    private final FrameCutter cutter = new FrameCutter(LIMITS);

    @Test
    void pipelinedFramesAreCutWhereverTheBuffersEnd() {
        byte[] stream = Frames.join(
                Frames.json("{\"a\":1}", (byte) 1, (byte) 2),
                Frames.json("{}"),
                Frames.frame((byte) 1, new byte[3]),
                Frames.json("x"));
        List<String> expected = List.of("0:{\"a\":1}:2", "0:{}:0", "1:\0\0\0:0", "0:x:0");
        for (int first = 0; first <= stream.length; first++) {
            for (int second = first; second <= stream.length; second++) {
                feed(Arrays.copyOfRange(stream, 0, first));
                feed(Arrays.copyOfRange(stream, first, second));
                feed(Arrays.copyOfRange(stream, second, stream.length));
                assertThat(frames).as("%d %d", first, second).isEqualTo(expected);
                frames.clear();
            }
        }
    }

    @Test
    void oneByteAtATimeIsEnough() {
        byte[] stream = Frames.join(Frames.json("{}", new byte[700]), Frames.json("{}"));
        for (byte b : stream) {
            feed(new byte[] {b});
        }
        assertThat(frames).containsExactly("0:{}:700", "0:{}:0");
    }

    @Test
    void lengthsThatLieAreRefused() {
        for (int length : new int[] {-1, 0, 3, 4097, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> feed(ByteBuffer.allocate(8).putInt(length).array()))
                    .as("%d", length)
                    .isInstanceOf(BadFrame.class)
                    .hasMessageContaining(length == -1 ? "frame of" : "" + length);
        }
        assertThatThrownBy(
                        () -> feed(ByteBuffer.allocate(20).putInt(16).putInt(13).array()))
                .hasMessageContaining("header of 13 bytes");
        assertThatThrownBy(() -> feed(Frames.json(" ".repeat(1025)))).hasMessageContaining("header of 1025");
    }

    @Test
    void otherProtocolsAreNamed() {
        assertThatThrownBy(() -> feed(new byte[] {0x16, 3, 1, 2})).hasMessageContaining("TLS is not served here");
        assertThatThrownBy(() -> feed("GET / HTTP/1.1".getBytes(StandardCharsets.US_ASCII)))
                .hasMessageContaining("HTTP");
        assertThatThrownBy(() -> feed("PROXY TCP4".getBytes(StandardCharsets.US_ASCII)))
                .hasMessageContaining("PROXY");
    }

    @Test
    void anAnnouncedLengthDoesNotAllocateByItself() {
        List<ByteBuf> allocated = new ArrayList<>();
        ByteBufAllocator watched = (ByteBufAllocator) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ByteBufAllocator.class}, (proxy, method, arguments) -> {
                    ByteBuf made = (ByteBuf) method.invoke(allocator, arguments);
                    allocated.add(made);
                    return made;
                });
        FrameCutter large = new FrameCutter(new FrameLimits(1 << 24, 1024));
        ByteBuf in = allocator
                .buffer()
                .writeBytes(ByteBuffer.allocate(5).putInt(1 << 24).array());
        assertThat(large.cut(in, watched, (buffer, encoding, headerAt, headerLength, bodyLength) -> true))
                .isTrue();
        in.release();
        assertThat(allocated).hasSize(1);
        assertThat(allocated.get(0).capacity()).isLessThanOrEqualTo(4096);
        large.release();
        assertThat(allocated.get(0).refCnt()).as("references after the release").isZero();
    }

    @Test
    void aSinkThatWantsNoMoreLeavesTheRest() {
        ByteBuf in = allocator.buffer();
        in.writeBytes(Frames.join(Frames.json("1"), Frames.json("2"), Frames.json("3")));
        List<Integer> seen = new ArrayList<>();
        FrameCutter.Sink one = (buffer, encoding, headerAt, headerLength, bodyLength) -> {
            seen.add(buffer.getByte(headerAt) - '0');
            return false;
        };
        assertThat(cutter.cut(in, allocator, one)).isFalse();
        assertThat(seen).containsExactly(1);
        assertThat(cutter.cut(in, allocator, one)).isFalse();
        assertThat(cutter.cut(in, allocator, one)).as("used up").isTrue();
        assertThat(seen).containsExactly(1, 2, 3);
        in.release();
    }

    @Test
    void randomStreamsInRandomPiecesGiveTheSameFrames() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            List<String> expected = new ArrayList<>();
            List<byte[]> parts = new ArrayList<>();
            for (int i = random.nextInt(8); i >= 0; i--) {
                String header = "h".repeat(random.nextInt(200));
                byte[] body = new byte[random.nextInt(3000)];
                parts.add(Frames.json(header, body));
                expected.add("0:" + header + ":" + body.length);
            }
            byte[] stream = Frames.join(parts.toArray(new byte[0][]));
            for (int at = 0; at < stream.length; ) {
                int to = Math.min(stream.length, at + 1 + random.nextInt(1500));
                feed(Arrays.copyOfRange(stream, at, to));
                at = to;
            }
            assertThat(frames).as("seed %d", seed).isEqualTo(expected);
            frames.clear();
        }
    }

    private void feed(byte[] bytes) {
        ByteBuf in = allocator.buffer();
        try {
            in.writeBytes(bytes);
            boolean all = cutter.cut(
                    in,
                    allocator,
                    (buffer, encoding, headerAt, headerLength, bodyLength) -> frames.add(encoding + ":"
                            + buffer.toString(headerAt, headerLength, StandardCharsets.US_ASCII) + ":" + bodyLength));
            assertThat(all).isTrue();
        } finally {
            in.release();
        }
    }
}
