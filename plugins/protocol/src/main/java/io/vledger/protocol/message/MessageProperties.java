package io.vledger.protocol.message;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Scans and writes message properties in RocketMQ's text form, {@code name 0x01 value 0x02 name 0x01 value 0x02 …}, as bytes.
 * The last 0x02 may be missing. Pairs without a name or a value are skipped, as RocketMQ does.
 */
public final class MessageProperties {
    /** Ends a name. */
    public static final byte NAME_END = 1;
    /** Ends a value. */
    public static final byte VALUE_END = 2;

    private MessageProperties() {}

    /** Receives the pairs of a scan as regions of the buffer. */
    @FunctionalInterface
    public interface PairVisitor {
        /** One pair, whose value begins at {@link #valueAt}; returns false to end the scan. */
        boolean pair(ByteBuf buffer, int nameAt, int nameLength, int valueLength);
    }

    /** Where the value of a pair begins: behind the byte that ends its name. */
    public static int valueAt(int nameAt, int nameLength) {
        return nameAt + nameLength + 1;
    }

    /** Visits the well-formed pairs of {@code length} bytes from {@code at} on, in order. */
    public static void scan(ByteBuf buffer, int at, int length, PairVisitor visitor) {
        int end = at + length;
        int cursor = at;
        while (cursor < end) {
            int pairEnd = buffer.indexOf(cursor, end, VALUE_END);
            if (pairEnd < 0) {
                pairEnd = end;
            }
            int nameEnd = buffer.indexOf(cursor, pairEnd, NAME_END);
            if (nameEnd > cursor && pairEnd > nameEnd + 1) {
                if (!visitor.pair(buffer, cursor, nameEnd - cursor, pairEnd - nameEnd - 1)) {
                    return;
                }
            }
            cursor = pairEnd + 1;
        }
    }

    /** Whether the region holds exactly these ASCII characters. */
    public static boolean matches(ByteBuf buffer, int at, int length, String ascii) {
        if (length != ascii.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (buffer.getByte(at + i) != (byte) ascii.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** The value of a property as text, the last one if it is there twice; null if it is not. */
    public static @Nullable String text(ByteBuf buffer, int at, int length, String name) {
        String[] found = new String[1];
        scan(buffer, at, length, (source, nameAt, nameLength, valueLength) -> {
            if (matches(source, nameAt, nameLength, name)) {
                found[0] = source.toString(valueAt(nameAt, nameLength), valueLength, StandardCharsets.UTF_8);
            }
            return true;
        });
        return found[0];
    }

    /** All well-formed pairs of a region in order; the last value of a name that is there twice. The map is the caller's. */
    public static Map<String, String> all(ByteBuf buffer, int at, int length) {
        Map<String, String> found = new LinkedHashMap<>();
        scan(buffer, at, length, (source, nameAt, nameLength, valueLength) -> {
            found.put(
                    source.toString(nameAt, nameLength, StandardCharsets.UTF_8),
                    source.toString(valueAt(nameAt, nameLength), valueLength, StandardCharsets.UTF_8));
            return true;
        });
        return found;
    }

    /** Appends a pair. Neither name nor value may hold the separators. */
    public static void append(ByteBuf target, String asciiName, CharSequence value) {
        target.writeCharSequence(asciiName, StandardCharsets.US_ASCII);
        target.writeByte(NAME_END);
        target.writeCharSequence(value, StandardCharsets.UTF_8);
        target.writeByte(VALUE_END);
    }

    /** Appends a pair whose value is a region of bytes. */
    public static void append(ByteBuf target, String asciiName, ByteBuf value, int valueAt, int valueLength) {
        target.writeCharSequence(asciiName, StandardCharsets.US_ASCII);
        target.writeByte(NAME_END);
        target.writeBytes(value, valueAt, valueLength);
        target.writeByte(VALUE_END);
    }

    /** Copies the well-formed pairs of a region except those with one of {@code dropped} names. */
    public static void copyWithout(ByteBuf target, ByteBuf buffer, int at, int length, String... dropped) {
        scan(buffer, at, length, (source, nameAt, nameLength, valueLength) -> {
            for (String name : dropped) {
                if (matches(source, nameAt, nameLength, name)) {
                    return true;
                }
            }
            target.writeBytes(source, nameAt, nameLength + 1 + valueLength);
            target.writeByte(VALUE_END);
            return true;
        });
    }

    /** The decimal number in a region, or {@code otherwise} if it is not one that fits an int. */
    public static int number(ByteBuf buffer, int at, int length, int otherwise) {
        if (length < 1 || length > 11) {
            return otherwise;
        }
        boolean negative = buffer.getByte(at) == '-';
        long value = 0;
        for (int i = negative ? 1 : 0; i < length; i++) {
            int digit = buffer.getByte(at + i) - '0';
            if (digit < 0 || digit > 9) {
                return otherwise;
            }
            value = value * 10 + digit;
        }
        if (negative) {
            value = length == 1 ? Long.MAX_VALUE : -value;
        }
        return value == (int) value ? (int) value : otherwise;
    }
}
