package io.vledger.protocol.json;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads lenient JSON into {@link LinkedHashMap}, {@link ArrayList}, {@link String}, {@link Long}, {@link Double},
 * {@link Boolean} and null.
 *
 * <p>Keys of maps are strings, also when they were written bare ({@code {0:"a"}} has the key {@code "0"}), or maps where an
 * object was written as key. Depth, size and number of values are bounded, so that no peer can exhaust memory or stack.
 */
public final class Json {
    /** Bound of nesting. */
    public static final int MAX_DEPTH = 64;
    /** Bound of a text's length in characters. */
    public static final int MAX_CHARS = 64 << 20;
    /** Bound of the number of values in a text. */
    public static final int MAX_VALUES = 4_000_000;

    private final String text;
    private int at;
    private int depth;
    private int values;

    private Json(String text) {
        this.text = text;
    }

    /**
     * Reads one value.
     *
     * @throws JsonException if the text is not one value, or too large or deep
     */
    public static @Nullable Object read(String text) {
        if (text.length() > MAX_CHARS) {
            throw new JsonException("JSON text of " + text.length() + " characters exceeds the bound of " + MAX_CHARS);
        }
        Json reader = new Json(text);
        Object value = reader.value();
        reader.skipBlanks();
        if (reader.at < text.length()) {
            throw reader.error("text after the value");
        }
        return value;
    }

    /** Reads one value from UTF-8 bytes; see {@link #read(String)}. */
    public static @Nullable Object read(byte[] utf8) {
        return read(new String(utf8, StandardCharsets.UTF_8));
    }

    /** Reads one value from the readable bytes, which stay readable; see {@link #read(String)}. */
    public static @Nullable Object read(ByteBuf utf8) {
        return read(utf8.toString(StandardCharsets.UTF_8));
    }

    /** Reads an object; an empty text is an empty object. */
    public static Map<Object, @Nullable Object> readObject(String text) {
        return asObject(text.isBlank() ? Map.of() : read(text));
    }

    /** Reads an object from UTF-8 bytes; no bytes are an empty object. */
    public static Map<Object, @Nullable Object> readObject(byte[] utf8) {
        return readObject(new String(utf8, StandardCharsets.UTF_8));
    }

    /** Reads an object from the readable bytes, which stay readable; no bytes are an empty object. */
    public static Map<Object, @Nullable Object> readObject(ByteBuf utf8) {
        return readObject(utf8.toString(StandardCharsets.UTF_8));
    }

    @SuppressWarnings("unchecked") // every map that this class makes has this type
    private static Map<Object, @Nullable Object> asObject(@Nullable Object value) {
        if (value instanceof Map) {
            return (Map<Object, @Nullable Object>) value;
        }
        throw new JsonException("expected a JSON object, found " + JsonFields.kind(value));
    }

    private @Nullable Object value() {
        if (++values > MAX_VALUES) {
            throw error("more than " + MAX_VALUES + " values");
        }
        skipBlanks();
        return switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"', '\'' -> string();
            default -> scalar();
        };
    }

    private Map<Object, @Nullable Object> object() {
        enter();
        Map<Object, @Nullable Object> map = new LinkedHashMap<>();
        at++;
        skipBlanks();
        while (peek() != '}') {
            Object key = key();
            skipBlanks();
            expect(':');
            map.put(key, value());
            separator('}');
        }
        at++;
        depth--;
        return map;
    }

    private Object key() {
        char c = peek();
        if (c == '"' || c == '\'') {
            return string();
        }
        if (c == '{') {
            if (++values > MAX_VALUES) {
                throw error("more than " + MAX_VALUES + " values");
            }
            return object();
        }
        int start = at;
        while (at < text.length() && isBare(text.charAt(at))) {
            at++;
        }
        if (at == start) {
            throw error("expected a key");
        }
        return text.substring(start, at);
    }

    private List<@Nullable Object> array() {
        enter();
        List<@Nullable Object> list = new ArrayList<>();
        at++;
        skipBlanks();
        while (peek() != ']') {
            list.add(value());
            separator(']');
        }
        at++;
        depth--;
        return list;
    }

    /** After an element: a comma and what follows it, or the end. */
    private void separator(char end) {
        skipBlanks();
        if (peek() == ',') {
            at++;
            skipBlanks();
        } else if (peek() != end) {
            throw error("expected ',' or '" + end + "'");
        }
    }

    private String string() {
        char quote = text.charAt(at++);
        int start = at;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == quote) {
                return text.substring(start, at++);
            }
            if (c == '\\') {
                return escapedString(start, quote);
            }
            at++;
        }
        throw error("string without end");
    }

    private String escapedString(int start, char quote) {
        StringBuilder out = new StringBuilder(at - start + 32).append(text, start, at);
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == quote) {
                return out.toString();
            }
            if (c == '\\') {
                escape(out);
            } else {
                out.append(c);
            }
        }
        throw error("string without end");
    }

    private void escape(StringBuilder out) {
        char c = peek();
        at++;
        switch (c) {
            case 'b' -> out.append('\b');
            case 'f' -> out.append('\f');
            case 'n' -> out.append('\n');
            case 'r' -> out.append('\r');
            case 't' -> out.append('\t');
            case 'v' -> out.append('\u000B');
            case '0' -> out.append('\0');
            case 'u' -> out.append((char) hex(4));
            case 'x' -> out.append((char) hex(2));
            default -> out.append(c); // quotes, slashes, and whatever else somebody escaped
        }
    }

    private int hex(int digits) {
        if (at + digits > text.length()) {
            throw error("escape without its digits");
        }
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = Character.digit(text.charAt(at + i), 16);
            if (digit < 0) {
                throw error("escape with a digit that is not hexadecimal");
            }
            value = value << 4 | digit;
        }
        at += digits;
        return value;
    }

    private @Nullable Object scalar() {
        int start = at;
        while (at < text.length() && isBare(text.charAt(at))) {
            at++;
        }
        String word = text.substring(start, at);
        return switch (word) {
            case "true" -> true;
            case "false" -> false;
            case "null" -> null;
            default -> number(word, start);
        };
    }

    private Object number(String word, int start) {
        boolean whole = !word.isEmpty() && word.length() <= 20;
        boolean digits = false;
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            boolean digit = c >= '0' && c <= '9';
            digits |= digit;
            whole &= digit || (i == 0 && c == '-');
            if (!digit && "+-.eE".indexOf(c) < 0) {
                at = start;
                throw error("expected a value");
            }
        }
        try {
            if (digits) {
                return whole ? (Object) Long.parseLong(word) : (Object) Double.parseDouble(word);
            }
        } catch (NumberFormatException e) {
            if (whole) {
                return Double.parseDouble(word); // too large for a long
            }
        }
        at = start;
        throw error("expected a value");
    }

    private static boolean isBare(char c) {
        return (c >= '0' && c <= '9')
                || (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || c == '-'
                || c == '+'
                || c == '.'
                || c == '_'
                || c == '$';
    }

    private void enter() {
        if (++depth > MAX_DEPTH) {
            throw error("nested deeper than " + MAX_DEPTH);
        }
    }

    private void expect(char c) {
        if (peek() != c) {
            throw error("expected '" + c + "'");
        }
        at++;
    }

    private char peek() {
        if (at >= text.length()) {
            throw error("unexpected end");
        }
        return text.charAt(at);
    }

    private void skipBlanks() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\uFEFF') {
                return;
            }
            at++;
        }
    }

    private JsonException error(String what) {
        int from = Math.max(0, Math.min(at, text.length()) - 12);
        int to = Math.min(text.length(), from + 24);
        return new JsonException("bad JSON at character " + at + ": " + what + ", near \""
                + text.substring(from, to).replaceAll("\\p{Cntrl}", "?") + "\"");
    }
}
