package io.vledger.remoting.frame;

/** Unescapes the inside of JSON strings, in place: the result is never longer than its source. */
final class JsonEscapes {
    private JsonEscapes() {}

    /**
     * Replaces every escape in {@code length} bytes from {@code start} by the UTF-8 bytes of its character. Unknown escapes
     * stand for the character itself, broken ones for a question mark.
     *
     * @return the new length
     */
    static int unescape(byte[] bytes, int start, int length) {
        int end = start + length;
        int to = start;
        int from = start;
        while (from < end) {
            byte b = bytes[from++];
            if (b != '\\' || from == end) {
                bytes[to++] = b;
                continue;
            }
            byte escaped = bytes[from++];
            if (escaped != 'u') {
                bytes[to++] = single(escaped);
                continue;
            }
            int unit = hex(bytes, from, end);
            from = Math.min(end, from + 4);
            int codePoint = unit;
            if (unit >= Character.MIN_HIGH_SURROGATE && unit <= Character.MAX_HIGH_SURROGATE) {
                int low = from + 1 < end && bytes[from] == '\\' && bytes[from + 1] == 'u'
                        ? hex(bytes, from + 2, end)
                        : -1;
                if (low >= Character.MIN_LOW_SURROGATE && low <= Character.MAX_LOW_SURROGATE) {
                    codePoint = Character.toCodePoint((char) unit, (char) low);
                    from += 6;
                }
            }
            to = write(bytes, to, codePoint);
        }
        return to - start;
    }

    private static byte single(byte escaped) {
        return switch (escaped) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'b' -> '\b';
            case 'f' -> '\f';
            default -> escaped;
        };
    }

    private static int hex(byte[] bytes, int at, int end) {
        if (at + 4 > end) {
            return -1;
        }
        int value = 0;
        for (int i = at; i < at + 4; i++) {
            int digit = Character.digit(bytes[i], 16);
            if (digit < 0) {
                return -1;
            }
            value = (value << 4) | digit;
        }
        return value;
    }

    private static int write(byte[] bytes, int at, int codePoint) {
        int to = at;
        if (codePoint < 0 || (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE)) {
            bytes[to++] = '?';
        } else if (codePoint < 0x80) {
            bytes[to++] = (byte) codePoint;
        } else if (codePoint < 0x800) {
            bytes[to++] = (byte) (0xC0 | (codePoint >> 6));
            bytes[to++] = (byte) (0x80 | (codePoint & 0x3F));
        } else if (codePoint < 0x10000) {
            bytes[to++] = (byte) (0xE0 | (codePoint >> 12));
            bytes[to++] = (byte) (0x80 | ((codePoint >> 6) & 0x3F));
            bytes[to++] = (byte) (0x80 | (codePoint & 0x3F));
        } else {
            bytes[to++] = (byte) (0xF0 | (codePoint >> 18));
            bytes[to++] = (byte) (0x80 | ((codePoint >> 12) & 0x3F));
            bytes[to++] = (byte) (0x80 | ((codePoint >> 6) & 0x3F));
            bytes[to++] = (byte) (0x80 | (codePoint & 0x3F));
        }
        return to;
    }
}
