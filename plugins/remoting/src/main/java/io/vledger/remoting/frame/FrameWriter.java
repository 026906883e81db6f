package io.vledger.remoting.frame;

import io.netty.buffer.ByteBuf;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.protocol.LanguageCode;
import io.vledger.protocol.MqVersion;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Encodes frame headers, in either encoding. The header is laid out in an array of the writer's, then copied behind its
 * length: arrays are cheaper to fill byte by byte than buffers. One writer serves all connections of a loop.
 */
public final class FrameWriter implements FieldWriter.FieldSink {
    /** Flag of an answer. */
    public static final int RESPONSE = 1;

    /** Flag of a request that expects no answer. */
    public static final int ONEWAY = 2;

    /** Bytes of a frame with a binary header that has neither remark nor fields, without its body. */
    private static final int BARE_BYTES = 29;

    private static final byte[] JSON_CODE = ascii("{\"code\":");
    private static final byte[] JSON_FLAG = ascii(",\"flag\":");
    private static final byte[] JSON_OPAQUE = ascii(",\"language\":\"JAVA\",\"opaque\":");
    private static final byte[] JSON_REMARK = ascii(",\"remark\":");
    private static final byte[] JSON_END =
            ascii(",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":" + MqVersion.CURRENT + "}");
    private static final byte[] JSON_EXT = ascii(",\"extFields\":{");
    private static final byte[] HEX = ascii("0123456789abcdef");
    private static final byte[] TRUE = ascii("true");
    private static final byte[] FALSE = ascii("false");
    private static final byte[] MIN_LONG = ascii("-9223372036854775808");

    private byte[] head = new byte[1024];
    private int at;
    private boolean json;
    private boolean first;

    /** A writer with an array of its own. */
    public FrameWriter() {}

    /**
     * Appends length and header of a frame whose body of {@code bodyLength} bytes follows. If {@code fields} throws, nothing
     * was appended.
     */
    public void write(
            ByteBuf out,
            byte encoding,
            int code,
            int flag,
            int opaque,
            @Nullable String remark,
            FieldWriter fields,
            int bodyLength) {
        layOut(encoding, code, flag, opaque, remark, fields);
        copyOut(out, encoding, bodyLength);
    }

    private void layOut(byte encoding, int code, int flag, int opaque, @Nullable String remark, FieldWriter fields) {
        if (head.length > 1 << 16) {
            head = new byte[1024];
        }
        at = 0;
        json = encoding == Header.JSON;
        if (json) {
            writeJson(code, flag, opaque, remark, fields);
        } else {
            writeBinary(code, flag, opaque, remark, fields);
        }
    }

    private void copyOut(ByteBuf out, byte encoding, int bodyLength) {
        out.ensureWritable(FrameHead.BYTES + at);
        out.writeInt(FrameHead.WORD_BYTES + at + bodyLength);
        out.writeInt(FrameHead.word(encoding, at));
        out.writeBytes(head, 0, at);
    }

    /** Appends length and header of a request with a binary header without remark and fields. */
    public static void writeBareRequest(ByteBuf out, int code, int opaque, boolean oneway, int bodyLength) {
        writeBareHead(out, code, opaque, bodyLength)
                .writeInt(oneway ? ONEWAY : 0)
                .writeLong(0);
    }

    /** Appends length and header of an answer with a binary header without remark and fields. */
    public static void writeBareAnswer(ByteBuf out, int code, int opaque, int bodyLength) {
        writeBareHead(out, code, opaque, bodyLength).writeInt(RESPONSE).writeLong(0);
    }

    /** Appends all but the flag and the lengths of remark and fields. */
    private static ByteBuf writeBareHead(ByteBuf out, int code, int opaque, int bodyLength) {
        out.ensureWritable(BARE_BYTES);
        out.writeInt(BARE_BYTES - FrameHead.LENGTH_BYTES + bodyLength);
        out.writeInt(FrameHead.word(Header.BINARY, BARE_BYTES - FrameHead.BYTES));
        out.writeShort(code).writeByte(LanguageCode.JAVA.code()).writeShort(MqVersion.CURRENT);
        return out.writeInt(opaque);
    }

    /** Like {@link #write}, of an answer that is wrapped in the answer to an envelope. */
    public void writeWithin(
            ByteBuf out,
            int envelopeOpaque,
            byte encoding,
            int code,
            int opaque,
            @Nullable String remark,
            FieldWriter fields,
            int bodyLength) {
        layOut(encoding, code, RESPONSE, opaque, remark, fields);
        writeBareAnswer(out, Envelope.ANSWERED, envelopeOpaque, FrameHead.BYTES + at + bodyLength);
        copyOut(out, encoding, bodyLength);
    }

    private void writeJson(int code, int flag, int opaque, @Nullable String remark, FieldWriter fields) {
        raw(JSON_CODE);
        digits(code);
        if (fields != FieldWriter.NONE) {
            raw(JSON_EXT);
            first = true;
            fields.writeTo(this);
            raw('}');
        }
        raw(JSON_FLAG);
        digits(flag);
        raw(JSON_OPAQUE);
        digits(opaque);
        if (remark != null) {
            raw(JSON_REMARK);
            quoted(remark);
        }
        raw(JSON_END);
    }

    private void writeBinary(int code, int flag, int opaque, @Nullable String remark, FieldWriter fields) {
        room(21);
        raw2(code);
        raw(LanguageCode.JAVA.code());
        raw2(MqVersion.CURRENT);
        raw4(opaque);
        raw4(flag);
        raw4(0);
        if (remark != null) {
            int length = utf8(remark);
            patch4(at - length - 4, length);
        }
        room(4);
        int block = at;
        raw4(0);
        fields.writeTo(this);
        patch4(block, at - block - 4);
    }

    @Override
    public FieldWriter.FieldSink put(String key, long value) {
        if (json) {
            jsonKey(key);
            raw('"');
            digits(value);
            raw('"');
        } else {
            int lengthAt = binaryKey(key);
            digits(value);
            patch4(lengthAt, at - lengthAt - 4);
        }
        return this;
    }

    @Override
    public FieldWriter.FieldSink put(String key, CharSequence value) {
        if (json) {
            jsonKey(key);
            quoted(value);
        } else if (value.length() > 0) { // an empty value is read as null, so there is no way to send one
            int lengthAt = binaryKey(key);
            utf8(value);
            patch4(lengthAt, at - lengthAt - 4);
        }
        return this;
    }

    @Override
    public FieldWriter.FieldSink put(String key, boolean value) {
        if (json) {
            jsonKey(key);
            raw('"');
            raw(value ? TRUE : FALSE);
            raw('"');
        } else {
            int lengthAt = binaryKey(key);
            raw(value ? TRUE : FALSE);
            patch4(lengthAt, at - lengthAt - 4);
        }
        return this;
    }

    private void jsonKey(String key) {
        if (first) {
            first = false;
        } else {
            raw(',');
        }
        quoted(key);
        raw(':');
    }

    /** Writes the key and room for the value's length; returns where that is. */
    private int binaryKey(String key) {
        room(6 + key.length());
        raw2(key.length());
        for (int i = 0; i < key.length(); i++) {
            head[at++] = (byte) key.charAt(i);
        }
        raw4(0);
        return at - 4;
    }

    private void quoted(CharSequence text) {
        int length = text.length();
        room(2 + length * 6); // the longest escape of a character
        head[at++] = '"';
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                i = nonAscii(text, i);
            } else if (c >= 0x20 && c != '"' && c != '\\') {
                head[at++] = (byte) c;
            } else {
                escape(c);
            }
        }
        head[at++] = '"';
    }

    private void escape(char c) {
        head[at++] = '\\';
        if (c == '"' || c == '\\') {
            head[at++] = (byte) c;
            return;
        }
        head[at++] = 'u';
        head[at++] = '0';
        head[at++] = '0';
        head[at++] = HEX[c >> 4];
        head[at++] = HEX[c & 15];
    }

    /** Appends UTF-8; returns the number of bytes. */
    private int utf8(CharSequence text) {
        int length = text.length();
        room(length * 3);
        int from = at;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                head[at++] = (byte) c;
            } else {
                i = nonAscii(text, i);
            }
        }
        return at - from;
    }

    /** Appends the character at {@code i}, or the pair; returns the index of the last unit taken. */
    private int nonAscii(CharSequence text, int i) {
        char c = text.charAt(i);
        if (c < 0x800) {
            head[at++] = (byte) (0xC0 | (c >> 6));
        } else if (!Character.isSurrogate(c)) {
            head[at++] = (byte) (0xE0 | (c >> 12));
            head[at++] = (byte) (0x80 | ((c >> 6) & 0x3F));
        } else {
            if (!Character.isHighSurrogate(c)
                    || i + 1 == text.length()
                    || !Character.isLowSurrogate(text.charAt(i + 1))) {
                head[at++] = '?';
                return i;
            }
            int codePoint = Character.toCodePoint(c, text.charAt(i + 1));
            head[at++] = (byte) (0xF0 | (codePoint >> 18));
            head[at++] = (byte) (0x80 | ((codePoint >> 12) & 0x3F));
            head[at++] = (byte) (0x80 | ((codePoint >> 6) & 0x3F));
            head[at++] = (byte) (0x80 | (codePoint & 0x3F));
            return i + 1;
        }
        head[at++] = (byte) (0x80 | (c & 0x3F));
        return i;
    }

    private void digits(long value) {
        room(20);
        if (value == Long.MIN_VALUE) {
            raw(MIN_LONG);
            return;
        }
        long rest = value;
        if (rest < 0) {
            head[at++] = '-';
            rest = -rest;
        }
        int end = at + 1;
        for (long bound = rest; bound >= 10; bound /= 10) {
            end++;
        }
        for (int i = end - 1; i >= at; i--) {
            head[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        at = end;
    }

    private void raw(byte[] bytes) {
        room(bytes.length);
        System.arraycopy(bytes, 0, head, at, bytes.length);
        at += bytes.length;
    }

    private void raw(int b) {
        room(1);
        head[at++] = (byte) b;
    }

    private void raw2(int value) {
        head[at++] = (byte) (value >> 8);
        head[at++] = (byte) value;
    }

    private void raw4(int value) {
        patch4(at, value);
        at += 4;
    }

    private void patch4(int where, int value) {
        head[where] = (byte) (value >> 24);
        head[where + 1] = (byte) (value >> 16);
        head[where + 2] = (byte) (value >> 8);
        head[where + 3] = (byte) value;
    }

    private void room(int bytes) {
        if (head.length - at < bytes) {
            head = Arrays.copyOf(head, Math.max(head.length * 2, at + bytes));
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
