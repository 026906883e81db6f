package io.vledger.remoting.frame;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.vledger.protocol.LanguageCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames that RocketMQ's own codecs wrote are read as what was put into them. */
class RecordedFramesTest {
    private static final String PROPERTIES =
            "KEYS\u0001k1\u0002UNIQ_KEY\u00017F000001ABCD\u0002TAGS\u0001t\u00e9\ud83d\ude00\"\\\u0002";

    private final HeaderReader reader = new HeaderReader();

    @SuppressWarnings("NullAway.Init") // each test begins with reading one
    private Header header;

    @ParameterizedTest
    @ValueSource(strings = {"5.5.0", "4.9.8"})
    void sends(String version) throws IOException {
        Map<String, byte[]> frames = frames(version);
        for (String name : new String[] {"send-JSON", "send-ROCKETMQ"}) {
            byte[] frame = read(frames, name);
            assertThat(header.code).isEqualTo(310);
            assertThat(header.opaque).isEqualTo(7);
            assertThat(header.version).isEqualTo(409);
            assertThat(header.language).isEqualTo(LanguageCode.JAVA);
            assertThat(header.response()).isFalse();
            assertThat(header.oneway()).isFalse();
            assertThat(header.requiredText("b")).isEqualTo("TopicTest");
            assertThat(header.requiredNumber("e")).isEqualTo(2);
            assertThat(header.requiredLong("g")).isEqualTo(1700000000123L);
            assertThat(header.flag("k", true)).isFalse();
            assertThat(header.text("i")).isEqualTo(PROPERTIES);
            assertThat(Arrays.copyOfRange(frame, frame.length - 3, frame.length))
                    .containsExactly(1, 2, 3);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5.5.0", "4.9.8"})
    void onewayRequests(String version) throws IOException {
        Map<String, byte[]> frames = frames(version);
        for (String name : new String[] {"oneway-JSON", "oneway-ROCKETMQ"}) {
            read(frames, name);
            assertThat(header.code).isEqualTo(15);
            assertThat(header.oneway()).isTrue();
            assertThat(header.remark()).isEqualTo("r\u0001");
            assertThat(header.text("consumerGroup")).isEqualTo("g");
            assertThat(header.text("empty")).isIn("", null);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5.5.0", "4.9.8"})
    void popRequests(String version) throws IOException {
        Map<String, byte[]> frames = frames(version);
        for (String name : new String[] {"pop-JSON", "pop-ROCKETMQ"}) {
            read(frames, name);
            assertThat(header.code).as(name).isEqualTo(200050);
        }
    }

    private byte[] read(Map<String, byte[]> frames, String name) {
        byte[] frame = frames.get(name);
        int word = ByteBuffer.wrap(frame).getInt(4);
        header = reader.read(Unpooled.wrappedBuffer(frame), 8, word & 0xFFFFFF, (byte) (word >>> 24));
        return requireNonNull(frame);
    }

    private static Map<String, byte[]> frames(String version) throws IOException {
        Map<String, byte[]> frames = new LinkedHashMap<>();
        try (InputStream in = RecordedFramesTest.class.getResourceAsStream("/frames-" + version + ".txt")) {
            new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(" "))
                    .forEach(parts -> frames.put(parts[0], HexFormat.of().parseHex(parts[1])));
        }
        return frames;
    }
}
