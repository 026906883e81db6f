package io.vledger.broker.timer;

import io.vledger.broker.state.SystemNames;
import java.util.ArrayList;
import java.util.List;

/** The delays of the levels 1 and up. */
public final class DelayLevels {
    private final long[] delaysMs;

    private DelayLevels(long[] delaysMs) {
        this.delaysMs = delaysMs;
    }

    /**
     * Reads levels such as {@code 1s 5s 10m 2h 1d}.
     *
     * @throws IllegalArgumentException that names the level that cannot be read
     */
    public static DelayLevels parse(String text) {
        List<Long> delays = new ArrayList<>();
        for (String word : text.strip().split("\\s+", -1)) {
            if (!word.isEmpty()) {
                delays.add(delayMs(word, text));
            }
        }
        if (delays.isEmpty() || delays.size() > SystemNames.MAX_DELAY_LEVELS) {
            throw new IllegalArgumentException(
                    "messageDelayLevel has " + delays.size() + " levels; give 1 to " + SystemNames.MAX_DELAY_LEVELS);
        }
        return new DelayLevels(delays.stream().mapToLong(Long::longValue).toArray());
    }

    private static long delayMs(String word, String text) {
        long unitMs =
                switch (word.charAt(word.length() - 1)) {
                    case 's' -> 1_000L;
                    case 'm' -> 60_000L;
                    case 'h' -> 3_600_000L;
                    case 'd' -> 86_400_000L;
                    default -> 0L;
                };
        String digits = word.substring(0, word.length() - 1);
        boolean plain =
                !digits.isEmpty() && digits.length() <= 9 && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        if (unitMs == 0 || !plain) {
            throw new IllegalArgumentException("messageDelayLevel has the level \"" + word + "\" in \"" + text
                    + "\"; write a number and one of s, m, h, d");
        }
        return Long.parseLong(digits) * unitMs;
    }

    /** Number of levels. */
    public int count() {
        return delaysMs.length;
    }

    /** Delay of a level from 1, milliseconds. */
    public long delayMs(int level) {
        return delaysMs[level - 1];
    }
}
