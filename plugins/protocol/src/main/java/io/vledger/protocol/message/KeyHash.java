package io.vledger.protocol.message;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * The 64-bit hash under which a message is found by key: FNV-1a over topic, {@code #} and key with a final mix. Part of the
 * index format.
 */
public final class KeyHash {
    private static final long BASIS = 0xCBF29CE484222325L;
    private static final long PRIME = 0x100000001B3L;

    private KeyHash() {}

    /** The state after topic and {@code #}; to be kept for a topic. */
    public static long seed(String topic) {
        long hash = BASIS;
        for (byte character : topic.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (character & 0xFF)) * PRIME;
        }
        return (hash ^ '#') * PRIME;
    }

    /** The hash of a key in a region of UTF-8 bytes. */
    public static long of(long seed, ByteBuf buffer, int at, int length) {
        long hash = seed;
        for (int i = 0; i < length; i++) {
            hash = (hash ^ (buffer.getByte(at + i) & 0xFF)) * PRIME;
        }
        return mix(hash);
    }

    /** The hash of a topic's key. */
    public static long of(String topic, String key) {
        long hash = seed(topic);
        for (byte character : key.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (character & 0xFF)) * PRIME;
        }
        return mix(hash);
    }

    private static long mix(long hash) {
        long mixed = (hash ^ (hash >>> 33)) * 0xFF51AFD7ED558CCDL;
        return mixed ^ (mixed >>> 29);
    }
}
