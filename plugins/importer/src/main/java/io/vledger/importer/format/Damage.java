package io.vledger.importer.format;

import java.util.List;
import java.util.SortedMap;

/**
 * Whole messages that lie behind the first byte that is none: what would be lost if the log ended there.
 *
 * @param unreadable the stretches that cannot be read, by position; none where a whole entry only does not follow the one before
 * @param scattered whether there are more such stretches than are named
 * @param first position of the first whole message behind the end
 * @param reach position behind the last whole message
 * @param messages how many whole messages lie behind the log's end
 * @param queues how many of them each queue has, by {@code topic/queue}
 */
public record Damage(
        List<Range> unreadable,
        boolean scattered,
        long first,
        long reach,
        long messages,
        SortedMap<String, Long> queues) {
    /** Most stretches and queues that are named. */
    public static final int MAX_NAMED = 64;

    private static final int MAX_WORDS = 8;

    /**
     * A stretch of a log.
     *
     * @param from position of its first byte
     * @param to position behind its last byte
     */
    public record Range(long from, long to) {}

    /** Copies the list. */
    public Damage {
        unreadable = List.copyOf(unreadable);
    }

    /** What would be lost, for people. */
    public String lost() {
        StringBuilder text = new StringBuilder()
                .append(messages)
                .append(" whole messages from position ")
                .append(first)
                .append(" to ")
                .append(reach);
        queues.entrySet().stream().limit(MAX_WORDS).forEach(queue -> text.append(text.indexOf(" (") < 0 ? " (" : ", ")
                .append(queue.getKey())
                .append(": ")
                .append(queue.getValue()));
        return text.append(queues.size() > MAX_WORDS ? ", and more queues)" : ")")
                .toString();
    }
}
