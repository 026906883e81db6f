package io.vledger.broker.filter;

import java.nio.charset.StandardCharsets;

/**
 * Reads numbers out of UTF-8 bytes as {@link Integer#valueOf(String)}, {@link Long#valueOf(String)} and {@link Double#valueOf(String)}
 * read them. What most values look like is read without a string, the rest by those methods.
 */
final class SqlNumbers {
    /** Up to so many digits no overflow is possible. */
    private static final int SAFE_DIGITS = 18;
    /** What so many digits cannot be. */
    private static final long NOT_PLAIN = Long.MIN_VALUE;

    /** Whole numbers of so many digits are doubles without rounding, and so is their quotient by a power of ten that is one. */
    private static final int EXACT_DIGITS = 15;

    private static final double[] POWERS = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15
    };
    /** A NaN of bits that no conversion yields. */
    private static final double FAILURE = Double.longBitsToDouble(0x7FF8_0000_5651_4C39L);

    private SqlNumbers() {}

    /** Whether a result of {@link #decimal} means that the text is no number. */
    static boolean isFailure(double value) {
        return Double.isNaN(value) && Double.doubleToRawLongBits(value) == Double.doubleToRawLongBits(FAILURE);
    }

    /** Whether the text is a whole number of 32 or 64 bits. */
    static boolean isWhole(byte[] bytes, int at, int length, boolean narrow) {
        long value = digits(bytes, at, length);
        if (value != NOT_PLAIN) {
            return !narrow || value == (int) value;
        }
        if (length <= SAFE_DIGITS && isAscii(bytes, at, length)) {
            return false; // other scripts have digits, too
        }
        try {
            String text = text(bytes, at, length);
            if (narrow) {
                Integer.parseInt(text);
            } else {
                Long.parseLong(text);
            }
            return true;
        } catch (NumberFormatException notOne) {
            return false;
        }
    }

    /** The number of a text that {@link #isWhole}. */
    static long whole(byte[] bytes, int at, int length) {
        long value = digits(bytes, at, length);
        return value != NOT_PLAIN ? value : Long.parseLong(text(bytes, at, length));
    }

    /** The number that some digits are, with a sign or without one; {@link #NOT_PLAIN} of everything else. */
    private static long digits(byte[] bytes, int at, int length) {
        int from = at + (length > 0 && isSign(bytes[at]) ? 1 : 0);
        int end = at + length;
        if (from == end || end - from > SAFE_DIGITS) {
            return NOT_PLAIN;
        }
        long value = 0;
        for (int i = from; i < end; i++) {
            if (!isDigit(bytes[i])) {
                return NOT_PLAIN;
            }
            value = value * 10 + (bytes[i] - '0');
        }
        return bytes[at] == '-' ? -value : value;
    }

    private static String text(byte[] bytes, int at, int length) {
        return new String(bytes, at, length, StandardCharsets.UTF_8);
    }

    /** The decimal number that the text is; see {@link #isFailure}. */
    static double decimal(byte[] bytes, int at, int length) {
        int cursor = at + (length > 0 && isSign(bytes[at]) ? 1 : 0);
        int end = at + length;
        int count = 0;
        int point = -1;
        long value = 0;
        for (; cursor < end && count <= EXACT_DIGITS; cursor++) {
            byte character = bytes[cursor];
            if (isDigit(character)) {
                value = value * 10 + (character - '0');
                count++;
            } else if (character == '.' && point < 0) {
                point = count;
            } else {
                break;
            }
        }
        if (cursor < end || count == 0 || count > EXACT_DIGITS) {
            return slow(bytes, at, length);
        }
        double result = point < 0 ? value : value / POWERS[count - point];
        return bytes[at] == '-' ? -result : result;
    }

    private static double slow(byte[] bytes, int at, int length) {
        try {
            return Double.parseDouble(text(bytes, at, length));
        } catch (NumberFormatException notOne) {
            return FAILURE;
        }
    }

    private static boolean isAscii(byte[] bytes, int at, int length) {
        for (int i = at; i < at + length; i++) {
            if (bytes[i] < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSign(byte character) {
        return character == '-' || character == '+';
    }

    private static boolean isDigit(byte character) {
        return character >= '0' && character <= '9';
    }
}
