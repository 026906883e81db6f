package io.vledger.remoting.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RequestException;
import io.vledger.protocol.LanguageCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class HeaderTest {
    private final HeaderReader reader = new HeaderReader();

    @SuppressWarnings("NullAway.Init") // each test begins with reading one
    private Header header;

    private int fieldCount() {
        int[] count = {0};
        header.forEach((key, value) -> count[0]++);
        return count[0];
    }

    @Test
    void aJsonHeaderIsReadWhateverTheOrderOfItsKeys() {
        json("{\"code\":105,\"extFields\":{\"topic\":\"T\"},\"flag\":0,\"language\":\"JAVA\",\"opaque\":7,"
                + "\"serializeTypeCurrentRPC\":\"JSON\",\"version\":409}");
        assertThat(header.code).isEqualTo(105);
        assertThat(header.opaque).isEqualTo(7);
        assertThat(header.version).isEqualTo(409);
        assertThat(header.language).isEqualTo(LanguageCode.JAVA);
        assertThat(header.text("topic")).isEqualTo("T");
        assertThat(header.remark()).isNull();

        json(
                " { \"version\" : 1 , \"opaque\":-2,\"extFields\" : { \"a\" : \"1\" , \"b\":2,\"c\":true , \"d\":null },"
                        + "\"unknown\":{\"x\":[1,\"}\"]},\"language\":\"GO\",\"remark\":\"r\\u00e9\",\"flag\":3,\"code\":\"11\" }\n");
        assertThat(header.code).isEqualTo(11);
        assertThat(header.opaque).isEqualTo(-2);
        assertThat(header.language).isEqualTo(LanguageCode.GO);
        assertThat(header.response()).isTrue();
        assertThat(header.oneway()).isTrue();
        assertThat(header.remark()).isEqualTo("r\u00e9");
        assertThat(header.requiredNumber("a")).isEqualTo(1);
        assertThat(header.requiredLong("b")).isEqualTo(2);
        assertThat(header.flag("c", false)).isTrue();
        assertThat(header.text("d")).isNull();
        assertThat(header.flag("d", true)).isTrue();
    }

    @Test
    void almostEverythingMayBeMissing() {
        json("{}");
        assertThat(header.code).isZero();
        assertThat(fieldCount()).isZero();
        json("{\"code\":34,\"extFields\":null,\"remark\":null,\"language\":null}");
        assertThat(header.code).isEqualTo(34);
        assertThat(header.remark()).isNull();
    }

    @Test
    void escapedValuesAreCopiedAsUtf8() {
        json("{\"extFields\":{\"i\":\"KEYS\\u0001k\\u0002TAGS\\u0001\\ud83d\\ude00\\u00e9\\u4e2d\\\"\\\\\\/\\n\","
                + "\"raw\":\"\u00e9\ud83d\ude00\",\"k\\u0065y\":\"v\"}}");
        String expected = "KEYS\u0001k\u0002TAGS\u0001\ud83d\ude00\u00e9\u4e2d\"\\/\n";
        ByteBuf out = Unpooled.buffer();
        byte[] utf8 = expected.getBytes(StandardCharsets.UTF_8);
        assertThat(header.copyUtf8("i", out)).isEqualTo(utf8.length);
        assertThat(header.copyUtf8("i", out)).as("again").isEqualTo(utf8.length);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(expected + expected);
        assertThat(header.text("i")).isEqualTo(expected);
        assertThat(header.text("raw")).isEqualTo("\u00e9\ud83d\ude00");
        assertThat(header.text("key")).isEqualTo("v");
        assertThat(header.copyUtf8("absent", out)).isEqualTo(-1);
    }

    @Test
    void brokenEscapesBecomeQuestionMarks() {
        json("{\"extFields\":{\"a\":\"x\\ud83dy\\ude00z\\u12\"}}");
        assertThat(header.text("a")).startsWith("x?y?z?");
    }

    @Test
    void missingAndMalformedNumbersRefuseTheRequest() {
        json("{\"extFields\":{\"a\":\"x\",\"b\":\"2147483648\",\"c\":\"\",\"d\":\"9223372036854775808\","
                + "\"e\":\"-9223372036854775808\",\"f\":\"+5\",\"g\":\"1.5\",\"h\":\"-\"}}");
        assertThatThrownBy(() -> header.requiredNumber("none"))
                .isInstanceOf(RequestException.class)
                .hasMessageContaining("none");
        for (String key : new String[] {"a", "b", "c", "g", "h"}) {
            assertThatThrownBy(() -> header.number(key, 1)).as(key).hasMessageContaining("field " + key);
        }
        assertThatThrownBy(() -> header.requiredLong("d")).hasMessageContaining("field d");
        assertThatThrownBy(() -> header.requiredText("c")).hasMessageContaining("c is missing");
        assertThat(header.requiredLong("b")).isEqualTo(2147483648L);
        assertThat(header.requiredLong("e")).isEqualTo(Long.MIN_VALUE);
        assertThat(header.requiredNumber("f")).isEqualTo(5);
        assertThat(header.number("none", 9)).isEqualTo(9);
        assertThat(header.longNumber("none", 9)).isEqualTo(9);
    }

    @Test
    void ofTwoFieldsOfOneNameTheLaterCounts() {
        json("{\"extFields\":{\"a\":\"1\",\"a\":\"2\"}}");
        assertThat(header.text("a")).isEqualTo("2");
    }

    @Test
    void aBinaryHeaderIsRead() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("topic", "T\u00e9");
        fields.put("n", "12");
        fields.put("empty", "");
        read(Frames.binary(310, 2, 99, "why", fields));
        assertThat(header.code).isEqualTo(310);
        assertThat(header.opaque).isEqualTo(99);
        assertThat(header.oneway()).isTrue();
        assertThat(header.version).isEqualTo(409);
        assertThat(header.remark()).isEqualTo("why");
        assertThat(header.text("topic")).isEqualTo("T\u00e9");
        assertThat(header.requiredNumber("n")).isEqualTo(12);
        assertThat(header.text("empty")).isNull();
    }

    @Test
    void popCodesComeBackFromTheir16Bits() {
        read(Frames.binary(200050, 0, 1, "", Map.of()));
        assertThat(header.code).isEqualTo(200050);
        read(Frames.binary(3442, 1, 1, "", Map.of()));
        assertThat(header.code).as("a response code is left alone").isEqualTo(3442);
    }

    @Test
    void aCopyOutlivesTheNextHeader() {
        json("{\"code\":11,\"opaque\":5,\"remark\":\"r\",\"extFields\":{\"a\":\"x\\u0001\",\"b\":\"y\"}}");
        Header copy = header.copy();
        json("{\"code\":12,\"extFields\":{\"a\":\"zzzzzzzzzzzzzzzzzzzzzzzz\"}}");
        assertThat(copy.code).isEqualTo(11);
        assertThat(copy.text("a")).isEqualTo("x\u0001");
        assertThat(copy.text("b")).isEqualTo("y");
        assertThat(copy.remark()).isEqualTo("r");
        Map<String, String> all = new LinkedHashMap<>();
        copy.forEach(all::put);
        assertThat(all).containsExactly(Map.entry("a", "x\u0001"), Map.entry("b", "y"));
    }

    @Test
    void everyTruncationIsABadFrameAndNothingElse() {
        byte[] json = "{\"code\":11,\"extFields\":{\"a\":\"x\\u0001\",\"b\":2},\"remark\":\"r\",\"z\":[{}]}"
                .getBytes(StandardCharsets.UTF_8);
        for (int length = 0; length < json.length; length++) {
            ByteBuf in = Unpooled.wrappedBuffer(json, 0, length);
            int cut = length;
            assertThatThrownBy(() -> reader.read(in, 0, cut, Header.JSON))
                    .as("%d", cut)
                    .isInstanceOf(BadFrame.class);
        }
        byte[] binary = Frames.binary(310, 0, 1, "remark", Map.of("key", "value"));
        for (int length = 0; length < binary.length - 8; length++) {
            ByteBuf in = Unpooled.wrappedBuffer(binary, 8, length);
            int cut = length;
            assertThatThrownBy(() -> reader.read(in, 0, cut, Header.BINARY))
                    .as("%d", cut)
                    .isInstanceOf(BadFrame.class);
        }
    }

    @Test
    void randomAndDamagedBytesAreBadFramesOrHeadersAndNothingElse() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] json = "{\"code\":11,\"extFields\":{\"a\":\"x\\u0001\",\"b\":2},\"remark\":\"r\"}"
                .getBytes(StandardCharsets.UTF_8);
        byte[] whole = Frames.binary(310, 0, 1, "remark", Map.of("key", "value", "k2", "v2"));
        byte[] binary = Arrays.copyOfRange(whole, 8, whole.length);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = (round % 2 == 0 ? json : binary).clone();
            if (round % 5 == 0) {
                random.nextBytes(bytes);
            }
            for (int i = random.nextInt(4); i > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                header = reader.read(Unpooled.wrappedBuffer(bytes), 0, bytes.length, (byte) (round % 2));
                header.copy().forEach((key, value) -> assertThat(key).isNotNull());
                header.remark();
            } catch (BadFrame expected) {
                assertThat(expected.getMessage()).isNotEmpty();
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + " round " + round, e);
            }
        }
    }

    @Test
    void fieldsAndNestingAreBounded() {
        StringBuilder many = new StringBuilder("{\"extFields\":{");
        for (int i = 0; i < Header.MAX_FIELDS; i++) {
            many.append('"').append(i).append("\":1,");
        }
        json(many + "}}");
        assertThat(fieldCount()).isEqualTo(Header.MAX_FIELDS);
        assertThatThrownBy(() -> json(many + "\"x\":1}}")).isInstanceOf(BadFrame.class);
        assertThatThrownBy(() -> json("{\"x\":" + "[".repeat(1000) + "]".repeat(1000) + "}"))
                .hasMessageContaining("deep");
    }

    @Test
    void whatTheWriterWritesIsReadBackInBothEncodings() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        FrameWriter writer = new FrameWriter();
        for (int round = 0; round < 3000; round++) {
            Map<String, String> fields = new LinkedHashMap<>();
            for (int i = random.nextInt(6); i > 0; i--) {
                fields.put("k" + random.nextInt(100), randomText(random) + "x");
            }
            long number = random.nextLong() >> random.nextInt(64);
            FieldWriter all = sink -> {
                fields.forEach(sink::put);
                sink.put("number", number).put("yes", true).put("no", false);
            };
            String remark = random.nextBoolean() ? null : randomText(random) + "r";
            byte encoding = (byte) (round % 2);
            ByteBuf out = Unpooled.buffer();
            out.writeInt(42);
            writer.write(out, encoding, 19, 1, -7 - round, remark, all, 11);
            assertThat(out.readInt()).isEqualTo(42);
            assertThat(out.readInt()).isEqualTo(out.readableBytes() + 11);
            int word = out.readInt();
            assertThat(word >>> 24).isEqualTo(encoding);
            assertThat(word & 0xFFFFFF).isEqualTo(out.readableBytes());
            header = reader.read(out, out.readerIndex(), out.readableBytes(), encoding);
            assertThat(header.code).isEqualTo(19);
            assertThat(header.opaque).isEqualTo(-7 - round);
            assertThat(header.version).isEqualTo(513);
            assertThat(header.response()).isTrue();
            assertThat(header.remark()).as("seed %d", seed).isEqualTo(remark);
            fields.forEach((key, value) ->
                    assertThat(header.text(key)).as("seed %d", seed).isEqualTo(value));
            assertThat(header.requiredLong("number")).isEqualTo(number);
            assertThat(header.flag("yes", false)).isTrue();
            assertThat(header.flag("no", true)).isFalse();
        }
    }

    @Test
    void whatIsSignedIsInTheOrderOfTheKeysHoweverTheyBegin() {
        long seed = Long.getLong("vledger.seed", System.nanoTime());
        Random random = new Random(seed);
        String letters = "aabbcK\u00e9\u20ac";
        for (int round = 0; round < 300; round++) {
            Map<String, String> inOrder = new TreeMap<>((one, other) -> Arrays.compareUnsigned(
                    one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8)));
            StringBuilder fields = new StringBuilder();
            int count = random.nextInt(round % 10 == 0 ? 200 : 30);
            for (int i = 0; i < count; i++) {
                StringBuilder key = new StringBuilder(random.nextInt(3) == 0 ? "defaultTopic" : "");
                for (int length = 1 + random.nextInt(3); length > 0; length--) {
                    key.append(letters.charAt(random.nextInt(letters.length())));
                }
                inOrder.put(key.toString(), "<" + i + ">");
                fields.append(i == 0 ? "" : ",").append("\"%s\":\"<%d>\"".formatted(key, i));
            }
            inOrder.remove("a");
            json("{\"code\":1,\"extFields\":{" + fields + "}}");
            ByteBuf signed = Unpooled.buffer();
            header.copySortedUtf8(List.of("a", "absent"), signed);
            assertThat(signed.toString(StandardCharsets.UTF_8))
                    .as("seed %d", seed)
                    .isEqualTo(String.join("", inOrder.values()));
        }
    }

    /** Few layouts that take turns, of which some differ behind the first bytes of a key only. */
    @Test
    void whatIsSignedDoesNotDependOnTheHeadersBefore() {
        long seed = Long.getLong("vledger.seed", System.nanoTime());
        Random random = new Random(seed);
        List<String> keys =
                List.of("a", "b", "ab", "AccessKey", "Signature", "Signatur1", "Signatu", "", "defaultTopic");
        List<List<String>> layouts = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            List<String> layout = new ArrayList<>(keys);
            Collections.shuffle(layout, random);
            layouts.add(layout.subList(0, 2 + random.nextInt(3)));
        }
        layouts.add(List.of("Signatur1", "Signature", "a"));
        layouts.add(List.of("a", "defaultTopicA", "defaultTopicB"));
        layouts.add(List.of("b", "b"));
        for (List<String> layout : List.copyOf(layouts)) {
            List<String> reversed = new ArrayList<>(layout);
            Collections.reverse(reversed);
            layouts.add(reversed);
        }
        for (int round = 0; round < 500; round++) {
            TreeMap<String, String> inOrder = new TreeMap<>(); // by characters, which are bytes here
            StringBuilder fields = new StringBuilder();
            for (String key : layouts.get(random.nextInt(layouts.size()))) {
                String value = "v".repeat(random.nextInt(20)) + round;
                inOrder.put(key, value);
                fields.append(fields.isEmpty() ? "" : ",").append("\"%s\":\"%s\"".formatted(key, value));
            }
            inOrder.remove("Signature");
            json("{\"code\":1,\"extFields\":{" + fields + "}}");
            ByteBuf signed = round % 2 == 0 ? Unpooled.buffer(0) : Unpooled.directBuffer(0);
            header.copySortedUtf8(List.of("Signature"), signed);
            assertThat(signed.toString(StandardCharsets.UTF_8))
                    .as("seed %d, %s", seed, fields)
                    .isEqualTo(String.join("", inOrder.values()));
            signed.release();
        }
    }

    @Test
    void aReplyIsEncodedExactlyLikeThis() {
        FrameWriter writer = new FrameWriter();
        ByteBuf out = Unpooled.buffer();
        writer.write(
                out,
                Header.JSON,
                0,
                1,
                5,
                "a\"\u0001",
                sink -> sink.put("q", -3).put("t", "\u00e9"),
                2);
        String header =
                "{\"code\":0,\"extFields\":{\"q\":\"-3\",\"t\":\"\u00e9\"},\"flag\":1,\"language\":\"JAVA\",\"opaque\":5,"
                        + "\"remark\":\"a\\\"\\u0001\",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":513}";
        byte[] expected = Frames.json(header, (byte) 0, (byte) 0);
        assertThat(bytes(out)).isEqualTo(Arrays.copyOf(expected, expected.length - 2));

        out.clear();
        writer.write(
                out, Header.BINARY, 14, 1, 5, "no", sink -> sink.put("q", 3).put("empty", ""), 0);
        assertThat(bytes(out))
                .isEqualTo(
                        Frames.hex(
                                """
                00000023 01 00001f  # length, binary, header length
                000e 00 0201        # code, JAVA, version 513
                00000005 00000001   # opaque, response
                00000002 6e6f       # remark
                00000008            # fields
                0001 71 00000001 33 # q=3"""));
    }

    @Test
    void aWriterThatThrowsLeavesNothingBehind() {
        FrameWriter writer = new FrameWriter();
        ByteBuf out = Unpooled.buffer();
        FieldWriter broken = sink -> {
            sink.put("a", 1);
            throw new IllegalStateException("broken");
        };
        assertThatThrownBy(() -> writer.write(out, Header.JSON, 0, 1, 5, null, broken, 0))
                .hasMessage("broken");
        assertThat(out.isReadable()).isFalse();
    }

    private static byte[] bytes(ByteBuf out) {
        byte[] bytes = new byte[out.readableBytes()];
        out.getBytes(out.readerIndex(), bytes);
        return bytes;
    }

    private void json(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        header = reader.read(Unpooled.wrappedBuffer(bytes), 0, bytes.length, Header.JSON);
    }

    private void read(byte[] frame) {
        header = reader.read(Unpooled.wrappedBuffer(frame), 8, frame.length - 8, frame[4]);
    }

    private static String randomText(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(10); i > 0; i--) {
            switch (random.nextInt(4)) {
                case 0 -> text.append((char) random.nextInt(32));
                case 1 -> text.appendCodePoint(0x1F600 + random.nextInt(16));
                case 2 -> text.append((char) (0xA0 + random.nextInt(0x2000)));
                default -> text.append("\"\\/ab ".charAt(random.nextInt(6)));
            }
        }
        return text.toString();
    }
}
