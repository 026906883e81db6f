package io.vledger.protocol.json;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes typed values out of what {@link Json} read. Numbers and booleans written as strings, and strings written as numbers,
 * are understood, as RocketMQ's peers do.
 *
 * <p>Methods with a fallback return it for absent and null values; a value of a wrong kind is a {@link JsonException} that
 * names the key.
 */
public final class JsonFields {
    private JsonFields() {}

    /** The text, or null if absent. */
    public static @Nullable String text(Map<?, ?> object, String key) {
        Object value = object.get(key);
        if (value == null) {
            return null;
        }
        if (value instanceof Map || value instanceof List) {
            throw wrong(key, "a text", value);
        }
        return value.toString();
    }

    /** The text, or {@code otherwise} if absent. */
    public static String text(Map<?, ?> object, String key, String otherwise) {
        String value = text(object, key);
        return value == null ? otherwise : value;
    }

    /** The long, or {@code otherwise} if absent. */
    public static long longNumber(Map<?, ?> object, String key, long otherwise) {
        Object value = object.get(key);
        if (value == null || "".equals(value)) {
            return otherwise;
        }
        if (value instanceof Number number) {
            return number.longValue();
        }
        if (value instanceof String string) {
            try {
                return Long.parseLong(string.trim());
            } catch (NumberFormatException e) {
                throw wrong(key, "a number", value);
            }
        }
        throw wrong(key, "a number", value);
    }

    /** The integer, or {@code otherwise} if absent. */
    public static int number(Map<?, ?> object, String key, int otherwise) {
        long value = longNumber(object, key, otherwise);
        if (value != (int) value) {
            throw wrong(key, "a 32-bit number", value);
        }
        return (int) value;
    }

    /** Whether the value is true, in any case; {@code otherwise} if absent. */
    public static boolean flag(Map<?, ?> object, String key, boolean otherwise) {
        Object value = object.get(key);
        if (value == null || "".equals(value)) {
            return otherwise;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        if (value instanceof String string) {
            return Boolean.parseBoolean(string.trim());
        }
        throw wrong(key, "true or false", value);
    }

    /** The object, or an empty one if absent. */
    @SuppressWarnings("unchecked") // the reader makes no other maps
    public static Map<Object, @Nullable Object> object(Map<?, ?> object, String key) {
        Object value = object.get(key);
        if (value == null) {
            return Map.of();
        }
        if (value instanceof Map) {
            return (Map<Object, @Nullable Object>) value;
        }
        throw wrong(key, "an object", value);
    }

    /** The array, or an empty one if absent. */
    @SuppressWarnings("unchecked") // the reader makes no other lists
    public static List<@Nullable Object> array(Map<?, ?> object, String key) {
        Object value = object.get(key);
        if (value == null) {
            return List.of();
        }
        if (value instanceof List) {
            return (List<@Nullable Object>) value;
        }
        throw wrong(key, "an array", value);
    }

    /** Takes a value that must be an object, such as an element of an array. */
    @SuppressWarnings("unchecked") // the reader makes no other maps
    public static Map<Object, @Nullable Object> asObject(@Nullable Object value) {
        if (value instanceof Map) {
            return (Map<Object, @Nullable Object>) value;
        }
        throw new JsonException("expected a JSON object, found " + kind(value));
    }

    static String kind(@Nullable Object value) {
        if (value == null) {
            return "null";
        }
        if (value instanceof Map) {
            return "an object";
        }
        if (value instanceof List) {
            return "an array";
        }
        return value instanceof String ? "a text" : value.toString();
    }

    private static JsonException wrong(String key, String expected, Object value) {
        return new JsonException("field " + key + " must be " + expected + ", found " + kind(value));
    }
}
