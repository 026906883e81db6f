package io.vledger.protocol.json;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON to a {@link StringBuilder} or, as UTF-8, to a {@link ByteBuf}, placing commas and escapes. Besides standard
 * JSON it can write bare numeric keys and objects as keys, which RocketMQ's peers expect in places.
 */
public final class JsonWriter {
    private final @Nullable StringBuilder chars;
    private final @Nullable ByteBuf bytes;
    /** Bit n: the container at depth n has an element already. */
    private long filled;

    private int depth;
    private boolean afterKey;

    private JsonWriter(@Nullable StringBuilder chars, @Nullable ByteBuf bytes) {
        this.chars = chars;
        this.bytes = bytes;
    }

    /** A writer with a text of its own; see {@link #toString} and {@link #toBytes}. */
    public static JsonWriter create() {
        return new JsonWriter(new StringBuilder(256), null);
    }

    /** A writer that appends to a text. */
    public static JsonWriter to(StringBuilder out) {
        return new JsonWriter(out, null);
    }

    /** A writer that appends UTF-8 bytes to a buffer. */
    public static JsonWriter to(ByteBuf out) {
        return new JsonWriter(null, out);
    }

    /** Opens an object. */
    public JsonWriter beginObject() {
        return open('{');
    }

    /** Closes an object. */
    public JsonWriter endObject() {
        return close('}');
    }

    /** Opens an array. */
    public JsonWriter beginArray() {
        return open('[');
    }

    /** Closes an array. */
    public JsonWriter endArray() {
        return close(']');
    }

    /** Writes a quoted key. */
    public JsonWriter key(String key) {
        separate();
        quoted(key);
        return keyWritten();
    }

    /** Writes a number as a quoted key, which every JSON library reads. */
    public JsonWriter key(long key) {
        separate();
        raw('"');
        digits(key);
        raw('"');
        return keyWritten();
    }

    /** Writes a number as a bare key. */
    public JsonWriter bareKey(long key) {
        separate();
        digits(key);
        return keyWritten();
    }

    /** Writes an object as key: {@code body} writes the object, braces included. */
    public JsonWriter objectKey(Consumer<JsonWriter> body) {
        separate();
        afterKey = true; // the object follows without another comma
        body.accept(this);
        return keyWritten();
    }

    /** Writes a text or null. */
    public JsonWriter value(@Nullable String value) {
        separate();
        if (value == null) {
            raw("null");
        } else {
            quoted(value);
        }
        return this;
    }

    /** Writes a number. */
    public JsonWriter value(long value) {
        separate();
        digits(value);
        return this;
    }

    /** Writes a number; null if it is infinite or not a number, for which JSON has no form. */
    public JsonWriter value(double value) {
        separate();
        raw(Double.isFinite(value) ? Double.toString(value) : "null");
        return this;
    }

    /** Writes true or false. */
    public JsonWriter value(boolean value) {
        separate();
        raw(value ? "true" : "false");
        return this;
    }

    /** Writes key and text, or nothing at all if the text is null. */
    public JsonWriter field(String key, @Nullable String value) {
        return value == null ? this : key(key).value(value);
    }

    /** Writes key and number. */
    public JsonWriter field(String key, long value) {
        return key(key).value(value);
    }

    /** Writes key and number. */
    public JsonWriter field(String key, double value) {
        return key(key).value(value);
    }

    /** Writes key and flag. */
    public JsonWriter field(String key, boolean value) {
        return key(key).value(value);
    }

    /**
     * Writes what {@link Json} reads: maps, iterables, texts, numbers, booleans, null. Keys that are maps become object keys,
     * all others quoted ones.
     */
    public JsonWriter any(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return anyObject(map);
        }
        if (value instanceof Iterable<?> list) {
            beginArray();
            for (Object element : list) {
                any(element);
            }
            return endArray();
        }
        if (value instanceof Boolean flag) {
            return value(flag.booleanValue());
        }
        if (value instanceof Double || value instanceof Float) {
            return value(((Number) value).doubleValue());
        }
        if (value instanceof Number number) {
            return value(number.longValue());
        }
        return value(value == null ? null : value.toString());
    }

    /** The text so far, of a writer to text. */
    @Override
    public String toString() {
        return chars == null ? "JsonWriter" : chars.toString();
    }

    /** The UTF-8 bytes of {@link #toString}. */
    public byte[] toBytes() {
        return toString().getBytes(StandardCharsets.UTF_8);
    }

    private JsonWriter anyObject(Map<?, ?> map) {
        beginObject();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (entry.getKey() instanceof Map<?, ?> key) {
                objectKey(w -> w.any(key));
            } else {
                key(String.valueOf(entry.getKey()));
            }
            any(entry.getValue());
        }
        return endObject();
    }

    private JsonWriter open(char bracket) {
        separate();
        raw(bracket);
        if (++depth >= Json.MAX_DEPTH) {
            throw new JsonException("nested deeper than " + Json.MAX_DEPTH);
        }
        filled &= ~(1L << depth);
        return this;
    }

    private JsonWriter close(char bracket) {
        depth--;
        raw(bracket);
        return this;
    }

    private JsonWriter keyWritten() {
        raw(':');
        afterKey = true;
        return this;
    }

    private void separate() {
        if (afterKey) {
            afterKey = false;
            return;
        }
        long bit = 1L << depth;
        if (depth > 0 && (filled & bit) != 0) {
            raw(',');
        }
        filled |= bit;
    }

    private void quoted(String text) {
        if (chars != null) {
            JsonText.appendQuoted(chars, text);
        } else if (bytes != null) {
            JsonText.writeQuoted(bytes, text);
        }
    }

    private void digits(long value) {
        if (chars != null) {
            chars.append(value);
        } else if (bytes != null) {
            JsonText.writeLong(bytes, value);
        }
    }

    private void raw(String ascii) {
        if (chars != null) {
            chars.append(ascii);
        } else if (bytes != null) {
            ByteBufUtil.writeAscii(bytes, ascii);
        }
    }

    private void raw(char ascii) {
        if (chars != null) {
            chars.append(ascii);
        } else if (bytes != null) {
            bytes.writeByte(ascii);
        }
    }
}
