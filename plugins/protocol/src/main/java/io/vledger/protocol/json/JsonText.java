package io.vledger.protocol.json;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/** Writes single JSON tokens as UTF-8 bytes, without making strings. For hot paths that lay out JSON themselves. */
public final class JsonText {
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private JsonText() {}

    /** Writes a string with its quotes, escaped. */
    public static void writeQuoted(ByteBuf out, CharSequence text) {
        out.writeByte('"');
        int length = text.length();
        int start = 0;
        for (int i = 0; i < length; i++) {
            if (mustEscape(text, i)) {
                writeRaw(out, text, start, i);
                writeEscape(out, text.charAt(i));
                start = i + 1;
            } else if (Character.isHighSurrogate(text.charAt(i))) {
                i++; // the low half of a pair
            }
        }
        writeRaw(out, text, start, length);
        out.writeByte('"');
    }

    /** Writes a number in decimal digits. */
    public static void writeLong(ByteBuf out, long value) {
        if (value == Long.MIN_VALUE) {
            ByteBufUtil.writeAscii(out, "-9223372036854775808");
            return;
        }
        long rest = value;
        if (rest < 0) {
            out.writeByte('-');
            rest = -rest;
        }
        int digits = digits(rest);
        out.ensureWritable(digits);
        int end = out.writerIndex() + digits;
        for (int at = end - 1; at >= end - digits; at--) {
            out.setByte(at, (byte) ('0' + rest % 10));
            rest /= 10;
        }
        out.writerIndex(end);
    }

    static void appendQuoted(StringBuilder out, CharSequence text) {
        out.append('"');
        int length = text.length();
        int start = 0;
        for (int i = 0; i < length; i++) {
            if (mustEscape(text, i)) {
                out.append(text, start, i);
                appendEscape(out, text.charAt(i));
                start = i + 1;
            } else if (Character.isHighSurrogate(text.charAt(i))) {
                i++;
            }
        }
        out.append(text, start, length).append('"');
    }

    /** Quotes, backslashes, controls, and halves of surrogate pairs that stand alone and so have no UTF-8 form. */
    private static boolean mustEscape(CharSequence text, int at) {
        char c = text.charAt(at);
        if (c < 0x20 || c == '"' || c == '\\') {
            return true;
        }
        if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
            return false;
        }
        return Character.isLowSurrogate(c) || at + 1 >= text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
    }

    private static void writeEscape(ByteBuf out, char c) {
        out.writeByte('\\');
        int letter = shortEscape(c);
        if (letter != 0) {
            out.writeByte(letter);
            return;
        }
        out.writeByte('u');
        for (int shift = 12; shift >= 0; shift -= 4) {
            out.writeByte(HEX[c >> shift & 15]);
        }
    }

    private static void appendEscape(StringBuilder out, char c) {
        out.append('\\');
        int letter = shortEscape(c);
        if (letter != 0) {
            out.append((char) letter);
            return;
        }
        out.append('u');
        for (int shift = 12; shift >= 0; shift -= 4) {
            out.append(HEX[c >> shift & 15]);
        }
    }

    private static int shortEscape(char c) {
        return switch (c) {
            case '"', '\\' -> c;
            case '\b' -> 'b';
            case '\f' -> 'f';
            case '\n' -> 'n';
            case '\r' -> 'r';
            case '\t' -> 't';
            default -> 0;
        };
    }

    private static void writeRaw(ByteBuf out, CharSequence text, int start, int end) {
        if (end > start) {
            ByteBufUtil.reserveAndWriteUtf8(out, text, start, end, (end - start) * 3);
        }
    }

    private static int digits(long value) {
        int digits = 1;
        long bound = 10;
        while (digits < 19 && value >= bound) {
            digits++;
            bound *= 10;
        }
        return digits;
    }
}
