package io.vledger.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Bounds warnings and errors of one logger in one minute: libraries log each connection of a stranger that means no good, whose lines would drive
 * those that matter out of the log. Our own classes bound what anybody can cause by themselves; they have a wide bound. Any thread.
 */
final class WarningBound extends Filter<ILoggingEvent> {
    static final int OF_LIBRARIES = 5;
    static final int OF_OURS = 100;
    private static final String OURS = "io.vledger.";

    private final Map<String, Minute> minutes = new ConcurrentHashMap<>();

    /** How many there were in the latest minute in which there was one. */
    private record Minute(long number, AtomicInteger count) {}

    @Override
    public FilterReply decide(ILoggingEvent event) {
        if (!event.getLevel().isGreaterOrEqual(Level.WARN)) {
            return FilterReply.NEUTRAL;
        }
        return minute(event).count().incrementAndGet() > bound(event) ? FilterReply.DENY : FilterReply.NEUTRAL;
    }

    /** Whether an event that was let through is the last of its minute. */
    boolean isLast(ILoggingEvent event) {
        return event.getLevel().isGreaterOrEqual(Level.WARN)
                && minute(event).count().get() >= bound(event);
    }

    private static int bound(ILoggingEvent event) {
        return event.getLoggerName().startsWith(OURS) ? OF_OURS : OF_LIBRARIES;
    }

    private Minute minute(ILoggingEvent event) {
        long number = TimeUnit.MILLISECONDS.toMinutes(event.getTimeStamp());
        return minutes.compute(
                event.getLoggerName(),
                (same, before) ->
                        before == null || before.number() < number ? new Minute(number, new AtomicInteger()) : before);
    }
}
