package io.vledger.remoting.frame;

import io.vledger.protocol.LanguageCode;
import io.vledger.protocol.RequestCode;

/**
 * Parses binary ("ROCKETMQ") headers.
 *
 * <pre>
 *  0  short  code; POP codes arrive without their upper bits
 *  2  byte   language
 *  3  short  version
 *  5  int    opaque
 *  9  int    flag
 * 13  int n  remark: n bytes of UTF-8
 *     int m  fields: m bytes of [short key length][key][int value length][value]
 * </pre>
 */
final class BinaryHeaderParser {
    private static final int FIXED_BYTES = 21;

    private BinaryHeaderParser() {}

    static void parse(byte[] bytes, int length, Header header) {
        if (length < FIXED_BYTES) {
            throw new BadFrame("binary header of " + length + " bytes is shorter than " + FIXED_BYTES);
        }
        header.opaque = intAt(bytes, 5);
        header.flag = intAt(bytes, 9);
        short code = shortAt(bytes, 0);
        header.code = header.response() ? code : RequestCode.ofShort(code);
        header.language = LanguageCode.of(bytes[2]);
        header.version = shortAt(bytes, 3);
        int remarkLength = bounded(intAt(bytes, 13), length - FIXED_BYTES, "remark");
        if (remarkLength > 0) {
            header.remark(17, remarkLength, false);
        }
        int at = 17 + remarkLength;
        int blockLength = bounded(intAt(bytes, at), length - at - 4, "fields");
        at += 4;
        fields(bytes, at, at + blockLength, header);
    }

    private static void fields(byte[] bytes, int start, int end, Header header) {
        int at = start;
        while (at < end) {
            int keyLength = bounded(at + 2 > end ? -1 : shortAt(bytes, at), end - at - 6, "field key");
            int keyStart = at + 2;
            at = keyStart + keyLength;
            int valueLength = bounded(intAt(bytes, at), end - at - 4, "field value");
            int valueStart = at + 4;
            at = valueStart + valueLength;
            if (keyLength > 0 && valueLength > 0) { // an empty one means null
                header.key(keyStart, keyLength);
                header.value(valueStart, valueLength, false);
            }
        }
    }

    private static int bounded(int length, int room, String what) {
        if (length < 0 || length > room) {
            throw new BadFrame("binary header: the length " + length + " of the " + what + " is not within the "
                    + Math.max(0, room) + " bytes that are left");
        }
        return length;
    }

    private static int intAt(byte[] bytes, int at) {
        return (bytes[at] << 24)
                | ((bytes[at + 1] & 0xFF) << 16)
                | ((bytes[at + 2] & 0xFF) << 8)
                | (bytes[at + 3] & 0xFF);
    }

    private static short shortAt(byte[] bytes, int at) {
        return (short) ((bytes[at] << 8) | (bytes[at + 1] & 0xFF));
    }
}
