package io.vledger.remoting.frame;

/** Parses decimal digits out of bytes, without strings. */
final class Decimal {
    /** What {@link #parse} returns for anything that is not a long, and for the smallest long itself. */
    static final long MALFORMED = Long.MIN_VALUE;

    private static final byte[] SMALLEST = {
        '-', '9', '2', '2', '3', '3', '7', '2', '0', '3', '6', '8', '5', '4', '7', '7', '5', '8', '0', '8'
    };

    private Decimal() {}

    static long parse(byte[] bytes, int start, int end) {
        int at = start;
        boolean negative = false;
        if (at < end && (bytes[at] == '-' || bytes[at] == '+')) {
            negative = bytes[at] == '-';
            at++;
        }
        if (at == end || end - at > 19) {
            return MALFORMED;
        }
        long value = 0;
        for (; at < end; at++) {
            int digit = bytes[at] - '0';
            if (digit < 0 || digit > 9) {
                return MALFORMED;
            }
            value = value * 10 + digit; // nineteen digits overflow once at most, into the negative
            if (value < 0) {
                return MALFORMED;
            }
        }
        return negative ? -value : value;
    }

    static boolean isSmallestLong(byte[] bytes, int start, int end) {
        return java.util.Arrays.equals(bytes, start, end, SMALLEST, 0, SMALLEST.length);
    }
}
