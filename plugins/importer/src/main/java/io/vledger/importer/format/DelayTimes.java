package io.vledger.importer.format;

import java.util.ArrayList;
import java.util.List;

/** When delayed messages were to be delivered, by the old broker's {@code messageDelayLevel}. */
final class DelayTimes {
    private static final String DEFAULT = "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h";
    /** Of a level that is not configured, as RocketMQ has it. */
    private static final long OTHER_MS = 1_000;

    private final List<Long> delaysMs = new ArrayList<>();

    /** @param levels delays of level 1 and up, each a number with s, m, h or d; empty for RocketMQ's own */
    DelayTimes(String levels) {
        for (String level : (levels.isBlank() ? DEFAULT : levels).trim().split("\\s+")) {
            delaysMs.add(delayMs(level));
        }
    }

    private static long delayMs(String level) {
        if (!level.matches("\\d{1,9}[smhd]")) {
            return OTHER_MS;
        }
        long count = Long.parseLong(level.substring(0, level.length() - 1));
        return count
                * switch (level.charAt(level.length() - 1)) {
                    case 's' -> 1_000L;
                    case 'm' -> 60_000L;
                    case 'h' -> 3_600_000L;
                    default -> 86_400_000L;
                };
    }

    /** When a message is due, milliseconds since the epoch. */
    long dueMs(int queueId, long storedMs) {
        return storedMs + (queueId < delaysMs.size() ? delaysMs.get(queueId) : OTHER_MS);
    }
}
