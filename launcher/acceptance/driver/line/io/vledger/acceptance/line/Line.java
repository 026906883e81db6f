package io.vledger.acceptance.line;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One command, answer or event: a number, a verb and named values, written as {@code 7 send topic=T body=a+b}.
 *
 * @param number what ties an answer to its command; 0 for an event
 * @param verb the command, {@link #OK}, {@link #ERROR} or the kind of event
 * @param values by name, in the order written; both sides of each pair are URL encoded on the line
 */
public record Line(long number, String verb, Map<String, String> values) {
    public static final String OK = "ok";
    public static final String ERROR = "error";
    public static final long EVENT = 0;

    public Line {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** Builds a line from alternating names and values; a value's {@code toString()} is taken. */
    public static Line of(long number, String verb, Object... pairs) {
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i + 1 < pairs.length; i += 2) {
            values.put(pairs[i].toString(), pairs[i + 1].toString());
        }
        return new Line(number, verb, values);
    }

    /** Reads what {@link #toString()} wrote; throws {@link IllegalArgumentException} on anything else. */
    public static Line parse(String text) {
        String[] parts = text.split(" ");
        if (parts.length < 2) {
            throw new IllegalArgumentException("not a line of the protocol: " + text);
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 2; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("no value in " + parts[i] + " of: " + text);
            }
            values.put(decode(parts[i].substring(0, equals)), decode(parts[i].substring(equals + 1)));
        }
        return new Line(Long.parseLong(parts[0]), parts[1], values);
    }

    /** The value of a name that must be there. */
    public String text(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no " + name + " in: " + this);
        }
        return value;
    }

    /** The value of a name, or what to take where it is absent. */
    public String text(String name, String absent) {
        return values.getOrDefault(name, absent);
    }

    /** The number under a name that must be there. */
    public long number(String name) {
        return Long.parseLong(text(name));
    }

    /** The number under a name, or what to take where it is absent. */
    public long number(String name, long absent) {
        String value = values.get(name);
        return value == null ? absent : Long.parseLong(value);
    }

    /** Whether the value of a name is {@code true}; false where it is absent. */
    public boolean flag(String name) {
        return Boolean.parseBoolean(values.get(name));
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder().append(number).append(' ').append(verb);
        values.forEach((name, value) ->
                text.append(' ').append(encode(name)).append('=').append(encode(value)));
        return text.toString();
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
