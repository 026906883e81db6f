package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** Texts and maps of texts in entries and snapshots: a short length and UTF-8 bytes. */
public final class StateText {
    private static final int MAX_PAIRS = 1024;

    private StateText() {}

    /** Appends a text of at most 32767 UTF-8 bytes. */
    public static void write(ByteBuf target, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > Short.MAX_VALUE) {
            throw new IllegalArgumentException("text of " + bytes.length + " bytes; at most " + Short.MAX_VALUE);
        }
        target.writeShort(bytes.length);
        target.writeBytes(bytes);
    }

    /** Bytes that {@link #write} appends. */
    static int bytes(String text) {
        return Short.BYTES + text.getBytes(StandardCharsets.UTF_8).length;
    }

    /**
     * Takes a text.
     *
     * @throws IllegalStateException if its length cannot be right
     */
    public static String read(ByteBuf source) {
        int length = source.readShort();
        if (length < 0 || length > source.readableBytes()) {
            throw new IllegalStateException("text of " + length + " bytes with " + source.readableBytes() + " left");
        }
        String text = source.toString(source.readerIndex(), length, StandardCharsets.UTF_8);
        source.skipBytes(length);
        return text;
    }

    /** Appends pairs in the order of their names. */
    public static void writeMap(ByteBuf target, Map<String, String> map) {
        target.writeShort(map.size());
        for (Map.Entry<String, String> pair : new TreeMap<>(map).entrySet()) {
            write(target, pair.getKey());
            write(target, pair.getValue());
        }
    }

    /** Takes what {@link #writeMap} wrote. */
    public static Map<String, String> readMap(ByteBuf source) {
        int pairs = count(source.readShort(), MAX_PAIRS, "pairs");
        Map<String, String> map = new TreeMap<>();
        for (int i = 0; i < pairs; i++) {
            String key = read(source);
            map.put(key, read(source));
        }
        return map;
    }

    /**
     * Checks a count that was read.
     *
     * @throws IllegalStateException if it is negative or above {@code max}
     */
    public static int count(int value, int max, String what) {
        if (value < 0 || value > max) {
            throw new IllegalStateException(value + " " + what + "; at most " + max);
        }
        return value;
    }
}
