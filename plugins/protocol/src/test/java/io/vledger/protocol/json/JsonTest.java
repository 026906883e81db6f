package io.vledger.protocol.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.protocol.RequestCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JsonTest {
    @Test
    void standardJsonIsRead() {
        Map<Object, Object> read = Json.readObject(" {\"a\" : [1, -2.5, true,false,null,\"x\"], \"b\":{}} ");
        assertThat(JsonFields.array(read, "a")).containsExactly(1L, -2.5, true, false, null, "x");
        assertThat(JsonFields.object(read, "b")).isEmpty();
    }

    @Test
    void bareNumericKeysAreTextKeys() {
        Map<Object, Object> read = Json.readObject("{0:\"10.0.0.1:10911\",1:\"x\"}");
        assertThat(read).containsEntry("0", "10.0.0.1:10911").containsEntry("1", "x");
    }

    @Test
    void objectKeysAreMaps() {
        Map<Object, Object> read =
                Json.readObject("{\"offsetTable\":{{\"brokerName\":\"b\",\"queueId\":1,\"topic\":\"T\"}:7}}");
        Map<Object, Object> table = JsonFields.object(read, "offsetTable");
        assertThat(table).containsEntry(Map.of("brokerName", "b", "queueId", 1L, "topic", "T"), 7L);
    }

    @Test
    void escapesAreReadAndUnknownOnesTolerated() {
        assertThat(Json.read("\"a\\u0001\\u0002\\n\\/\\q\\ud83d\\ude00\\\"\""))
                .isEqualTo("a\u0001\u0002\n/q\ud83d\ude00\"");
        assertThat(Json.read("'it''s'".substring(0, 4))).isEqualTo("it");
    }

    @Test
    void errorsNameThePosition() {
        assertThatThrownBy(() -> Json.read("{\"a\":1,\"b\" 2}"))
                .isInstanceOf(JsonException.class)
                .hasMessageContaining("character 11")
                .hasMessageContaining("':'");
        for (String bad : List.of("", "{", "[1", "\"a", "\"\\u12", "tru", "1x", "{}{}", "{:1}", "-", "[1 2]", "1e")) {
            assertThatThrownBy(() -> Json.read(bad)).as(bad).isInstanceOf(JsonException.class);
        }
    }

    @Test
    void depthIsBounded() {
        String deep = "[".repeat(Json.MAX_DEPTH) + "]".repeat(Json.MAX_DEPTH);
        assertThat(Json.read(deep)).isInstanceOf(List.class);
        assertThatThrownBy(() -> Json.read("[" + deep + "]")).hasMessageContaining("nested deeper");
        assertThatThrownBy(() -> Json.read("{{".repeat(500))).isInstanceOf(JsonException.class);
    }

    @Test
    void largeNumbersKeepTheirValueAsFarAsTheyCan() {
        assertThat(Json.read("9223372036854775807")).isEqualTo(Long.MAX_VALUE);
        assertThat(Json.read("-9223372036854775808")).isEqualTo(Long.MIN_VALUE);
        assertThat(Json.read("9223372036854775808")).isEqualTo(0x1p63);
        assertThat(Json.read("1e3")).isEqualTo(1000.0);
    }

    @Test
    void theWriterPlacesCommasAndKeys() {
        JsonWriter writer = JsonWriter.create();
        writer.beginObject()
                .field("s", "a\u0001\u0002\"\\\u00e9")
                .field("absent", (String) null)
                .field("n", -5)
                .field("d", 0.5)
                .field("f", true);
        writer.key("list")
                .beginArray()
                .value(1)
                .beginObject()
                .endObject()
                .value((String) null)
                .endArray();
        writer.key("bare").beginObject().bareKey(0).value("x").key(1).value("y").endObject();
        writer.key("objects").beginObject();
        writer.objectKey(w -> w.beginObject().field("q", 1).endObject()).value(7);
        writer.objectKey(w -> w.beginObject().field("q", 2).endObject()).value(8);
        writer.endObject().endObject();
        assertThat(writer)
                .hasToString("{\"s\":\"a\\u0001\\u0002\\\"\\\\\u00e9\",\"n\":-5,\"d\":0.5,\"f\":true,"
                        + "\"list\":[1,{},null],\"bare\":{0:\"x\",\"1\":\"y\"},"
                        + "\"objects\":{{\"q\":1}:7,{\"q\":2}:8}}");
    }

    @Test
    void whatIsWrittenIsReadBack() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 2000; round++) {
            Object value = randomValue(random, 5);
            String text = JsonWriter.create().any(value).toString();
            assertThat(Json.read(text))
                    .as("seed %d round %d: %s", seed, round, text)
                    .isEqualTo(value);
            ByteBuf bytes = Unpooled.buffer();
            JsonWriter.to(bytes).any(value);
            assertThat(bytes.toString(StandardCharsets.UTF_8))
                    .as("seed %d", seed)
                    .isEqualTo(text);
            assertThat(Json.read(bytes)).as("seed %d", seed).isEqualTo(value);
        }
    }

    @Test
    void damagedTextNeverFailsOtherwiseThanAsBadJson() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 3000; round++) {
            StringBuilder text = new StringBuilder(
                    JsonWriter.create().any(randomValue(random, 4)).toString());
            for (int i = 0; i < 3; i++) {
                text.setCharAt(random.nextInt(text.length()), "{}[]\",:\\u0a-.".charAt(random.nextInt(13)));
            }
            try {
                Json.read(text.toString());
            } catch (JsonException expected) {
                assertThat(expected).hasMessageContaining("JSON");
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + " round " + round + ": " + text, e);
            }
        }
    }

    @Test
    void digitsAreThoseOfTheNumber() {
        for (long value : new long[] {0, 9, 10, 99, 100, -1, -10, Long.MAX_VALUE, Long.MIN_VALUE, 1234567890123L}) {
            ByteBuf out = Unpooled.buffer();
            JsonText.writeLong(out, value);
            assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo(Long.toString(value));
        }
        for (long value = 1; value > 0 && value < Long.MAX_VALUE / 10; value *= 10) {
            ByteBuf out = Unpooled.buffer();
            JsonText.writeLong(out, value);
            JsonText.writeLong(out, value - 1);
            assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo(value + "" + (value - 1));
        }
    }

    @Test
    void fieldsConvertBetweenTextAndNumber() {
        Map<Object, Object> read =
                Json.readObject("{\"n\":\"12\",\"t\":12,\"f\":\"TRUE\",\"o\":{},\"big\":5000000000}");
        assertThat(JsonFields.number(read, "n", 0)).isEqualTo(12);
        assertThat(JsonFields.text(read, "t")).isEqualTo("12");
        assertThat(JsonFields.flag(read, "f", false)).isTrue();
        assertThat(JsonFields.number(read, "absent", 4)).isEqualTo(4);
        assertThatThrownBy(() -> JsonFields.number(read, "big", 0)).hasMessageContaining("big");
        assertThatThrownBy(() -> JsonFields.array(read, "o")).hasMessageContaining("field o must be an array");
    }

    @Test
    void popCodesThatWereCutTo16BitsAreRestored() {
        for (int code : new int[] {200050, 200051, 200056, 200070, 200079, 200151}) {
            assertThat(RequestCode.ofShort((short) code)).isEqualTo(code);
        }
        assertThat(RequestCode.ofShort((short) 310)).isEqualTo(310);
        assertThat(RequestCode.ofShort((short) 3010)).isEqualTo(3010);
    }

    private static @Nullable Object randomValue(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 7 : 5)) {
            case 0 -> random.nextLong() >> random.nextInt(64);
            case 1 -> random.nextBoolean();
            case 2 -> random.nextDouble();
            case 3 -> null;
            case 4 -> randomText(random);
            case 5 -> randomList(random, depth);
            default -> randomMap(random, depth);
        };
    }

    private static List<Object> randomList(Random random, int depth) {
        List<Object> list = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            list.add(randomValue(random, depth - 1));
        }
        return list;
    }

    private static Map<Object, Object> randomMap(Random random, int depth) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            Object key = random.nextInt(4) == 0 ? Map.of(randomText(random), 1L) : randomText(random);
            map.put(key, randomValue(random, depth - 1));
        }
        return map;
    }

    private static String randomText(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            int kind = random.nextInt(4);
            if (kind == 0) {
                text.append((char) random.nextInt(32));
            } else if (kind == 1) {
                text.appendCodePoint(0x1F600 + random.nextInt(16));
            } else if (kind == 2) {
                text.append((char) (0xA0 + random.nextInt(0x2000)));
            } else {
                text.append("\"\\/ab ".charAt(random.nextInt(6)));
            }
        }
        return text.toString();
    }
}
