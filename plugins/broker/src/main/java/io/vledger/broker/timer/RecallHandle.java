package io.vledger.broker.timer;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Names a message that waits, as RocketMQ does it: {@code v1 topic broker time key} in Base64 for URLs, with padding.
 *
 * @param topic the topic that the message is for
 * @param broker RocketMQ's broker name
 * @param timeMs the message's {@code TIMER_OUT_MS} and 1
 * @param uniqueKey the message's unique key
 */
record RecallHandle(String topic, String broker, long timeMs, String uniqueKey) {
    private static final String VERSION = "v1";
    private static final int PARTS = 5;
    private static final int MAX_CHARS = 2048;

    /** As text. */
    String text() {
        String parts = String.join(" ", VERSION, topic, broker, Long.toString(timeMs), uniqueKey);
        return Base64.getUrlEncoder().encodeToString(parts.getBytes(StandardCharsets.UTF_8));
    }

    /** What a client gave; null if it is no handle. */
    static @Nullable RecallHandle parse(String text) {
        if (text.isEmpty() || text.length() > MAX_CHARS) {
            return null;
        }
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text);
            String[] parts = new String(bytes, StandardCharsets.UTF_8).split(" ", -1);
            if (parts.length < PARTS || !parts[0].equals(VERSION) || parts[3].length() > 18) {
                return null;
            }
            return new RecallHandle(parts[1], parts[2], Long.parseLong(parts[3]), parts[4]);
        } catch (IllegalArgumentException wrong) {
            return null;
        }
    }
}
