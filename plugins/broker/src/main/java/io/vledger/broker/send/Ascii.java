package io.vledger.broker.send;

import java.nio.charset.StandardCharsets;

/** Bytes of one character each, as text for a reply. */
record Ascii(byte[] bytes) implements CharSequence {
    @Override
    public int length() {
        return bytes.length;
    }

    @Override
    public char charAt(int index) {
        return (char) (bytes[index] & 0xFF);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return toString().subSequence(start, end);
    }

    @Override
    public String toString() {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
