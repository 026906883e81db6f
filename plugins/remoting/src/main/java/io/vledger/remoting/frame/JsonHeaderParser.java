package io.vledger.remoting.frame;

import io.vledger.protocol.LanguageCode;
import java.nio.charset.StandardCharsets;

/**
 * Parses JSON headers in one pass over their bytes, without strings or maps. Keys may come in any order; unknown keys are
 * skipped; null means absent; numbers may be quoted and texts bare.
 */
final class JsonHeaderParser {
    private static final int MAX_DEPTH = 32;
    private static final LanguageCode[] LANGUAGES = LanguageCode.values();

    private static final byte[] CODE = ascii("code");
    private static final byte[] FLAG = ascii("flag");
    private static final byte[] OPAQUE = ascii("opaque");
    private static final byte[] VERSION = ascii("version");
    private static final byte[] LANGUAGE = ascii("language");
    private static final byte[] REMARK = ascii("remark");
    private static final byte[] EXT_FIELDS = ascii("extFields");

    private final Header header;
    private byte[] bytes = new byte[0];
    private int end;
    private int at;

    // The string or value read last.
    private int start;
    private int length;
    private boolean escaped;
    private boolean isNull;

    JsonHeaderParser(Header header) {
        this.header = header;
    }

    /** Parses the header of {@code length} bytes at the start of an array. */
    void parse(byte[] newBytes, int newLength) {
        bytes = newBytes;
        end = newLength;
        at = 0;
        blanks();
        expect('{');
        blanks();
        while (!take('}')) {
            key();
            topLevel();
            separator('}');
        }
        blanks();
        if (at < end) {
            throw bad("bytes after the header");
        }
    }

    private void topLevel() {
        if (isKey(EXT_FIELDS)) {
            colon();
            fields();
        } else if (isKey(CODE)) {
            header.code = number();
        } else if (isKey(OPAQUE)) {
            header.opaque = number();
        } else if (isKey(FLAG)) {
            header.flag = number();
        } else if (isKey(VERSION)) {
            header.version = number();
        } else if (isKey(LANGUAGE)) {
            colon();
            value();
            header.language = language();
        } else if (isKey(REMARK)) {
            colon();
            value();
            if (!isNull) {
                header.remark(start, length, escaped);
            }
        } else {
            colon();
            value();
        }
    }

    private void fields() {
        if (at < end && bytes[at] == 'n') {
            value();
            if (isNull) {
                return;
            }
            throw bad("extFields is not an object");
        }
        expect('{');
        blanks();
        while (!take('}')) {
            key();
            int keyStart = start;
            int keyLength = length;
            colon();
            value();
            if (!isNull) {
                header.key(keyStart, keyLength);
                header.value(start, length, escaped);
            }
            separator('}');
        }
    }

    /** Reads a key; escapes in it are resolved at once. */
    private void key() {
        if (at >= end || bytes[at] != '"') {
            throw bad("expected a key");
        }
        string();
        if (escaped) {
            length = JsonEscapes.unescape(bytes, start, length);
            escaped = false;
        }
    }

    private void string() {
        int from = at + 1;
        int i = from;
        boolean slashes = false;
        while (i < end) {
            byte b = bytes[i];
            if (b == '"') {
                start = from;
                length = i - from;
                escaped = slashes;
                isNull = false;
                at = i + 1;
                return;
            }
            if (b == '\\') {
                slashes = true;
                i++;
            }
            i++;
        }
        throw bad("string without end");
    }

    private void value() {
        if (at >= end) {
            throw bad("expected a value");
        }
        switch (bytes[at]) {
            case '"' -> string();
            case '{', '[' -> nested();
            default -> bare();
        }
    }

    private void bare() {
        start = at;
        while (at < end && isBare(bytes[at])) {
            at++;
        }
        length = at - start;
        escaped = false;
        isNull = length == 4 && bytes[start] == 'n' && bytes[start + 3] == 'l';
        if (length == 0) {
            throw bad("expected a value");
        }
    }

    /** Skips an object or array; its text is the value. */
    private void nested() {
        int from = at;
        int depth = 0;
        do {
            if (at >= end) {
                throw bad("value without end");
            }
            byte b = bytes[at];
            if (b == '"') {
                string();
                continue;
            }
            if (b == '{' || b == '[') {
                if (++depth > MAX_DEPTH) {
                    throw bad("nested too deep");
                }
            } else if (b == '}' || b == ']') {
                depth--;
            }
            at++;
        } while (depth > 0);
        start = from;
        length = at - from;
        escaped = false;
        isNull = false;
    }

    private int number() {
        colon();
        value();
        if (isNull) {
            return 0;
        }
        long value = Decimal.parse(bytes, start, start + length);
        if (value == Decimal.MALFORMED || value != (int) value) {
            throw bad("expected a 32-bit number before this");
        }
        return (int) value;
    }

    private LanguageCode language() {
        for (LanguageCode candidate : LANGUAGES) {
            String name = candidate.name();
            if (!isNull && name.length() == length && matches(name)) {
                return candidate;
            }
        }
        return LanguageCode.OTHER;
    }

    private boolean matches(String name) {
        for (int i = 0; i < length; i++) {
            if (bytes[start + i] != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private boolean isKey(byte[] key) {
        if (length != key.length) {
            return false;
        }
        for (int i = 0; i < key.length; i++) {
            if (bytes[start + i] != key[i]) {
                return false;
            }
        }
        return true;
    }

    private void colon() {
        blanks();
        expect(':');
        blanks();
    }

    private void separator(char close) {
        blanks();
        if (take(',')) {
            blanks();
        } else if (at >= end || bytes[at] != close) {
            throw bad("expected ',' or '" + close + "'");
        }
    }

    private boolean take(char c) {
        if (at >= end) {
            throw bad("unexpected end");
        }
        if (bytes[at] != c) {
            return false;
        }
        at++;
        return true;
    }

    private void expect(char c) {
        if (at >= end || bytes[at] != c) {
            throw bad("expected '" + c + "'");
        }
        at++;
    }

    private void blanks() {
        while (at < end && (bytes[at] == ' ' || bytes[at] == '\n' || bytes[at] == '\r' || bytes[at] == '\t')) {
            at++;
        }
    }

    private static boolean isBare(byte b) {
        return (b >= '0' && b <= '9')
                || (b >= 'a' && b <= 'z')
                || (b >= 'A' && b <= 'Z')
                || b == '-'
                || b == '+'
                || b == '.';
    }

    private BadFrame bad(String what) {
        return new BadFrame("JSON header: " + what + " at byte " + at + " of " + end);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
