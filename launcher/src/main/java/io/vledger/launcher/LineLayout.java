package io.vledger.launcher;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.LocalDate;
import java.util.TimeZone;

/**
 * One line an event. Written out in code because making logback's pattern layout costs every start of a node more than all
 * that it then formats.
 */
final class LineLayout extends LayoutBase<ILoggingEvent> {
    private static final long DAY_MS = 86_400_000L;
    private static final int LEVEL_WIDTH = 5;

    private final boolean dated;
    private final boolean stacks;
    private final WarningBound bound;

    /**
     * A layout.
     *
     * @param dated whether lines carry date, thread and the logger's whole name, as a file's should
     * @param stacks whether stack traces follow
     * @param bound what leaves lines out
     */
    LineLayout(boolean dated, boolean stacks, WarningBound bound) {
        this.bound = bound;
        this.dated = dated;
        this.stacks = stacks;
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(128);
        long local = event.getTimeStamp() + TimeZone.getDefault().getOffset(event.getTimeStamp());
        if (dated) {
            line.append(LocalDate.ofEpochDay(Math.floorDiv(local, DAY_MS))).append(' ');
        }
        appendTime(line, Math.floorMod(local, DAY_MS));
        String level = event.getLevel().toString();
        line.append(' ').append(level);
        line.append(" ".repeat(Math.max(1, LEVEL_WIDTH + 1 - level.length())));
        line.append('[').append(getContext().getProperty("node")).append("] ");
        String logger = event.getLoggerName();
        if (dated) {
            line.append('[').append(event.getThreadName()).append("] ").append(logger);
        } else {
            line.append(logger, logger.lastIndexOf('.') + 1, logger.length());
        }
        line.append(" - ").append(event.getFormattedMessage());
        if (bound.isLast(event)) {
            line.append(" (further warnings of ")
                    .append(logger, logger.lastIndexOf('.') + 1, logger.length())
                    .append(" within this minute are left out)");
        }
        line.append(System.lineSeparator());
        IThrowableProxy thrown = event.getThrowableProxy();
        if (stacks && thrown != null) {
            line.append(ThrowableProxyUtil.asString(thrown)).append(System.lineSeparator());
        }
        return line.toString();
    }

    private static void appendTime(StringBuilder line, long ms) {
        appendTwo(line, ms / 3_600_000).append(':');
        appendTwo(line, ms / 60_000 % 60).append(':');
        appendTwo(line, ms / 1000 % 60).append('.');
        long rest = ms % 1000;
        line.append((char) ('0' + rest / 100));
        appendTwo(line, rest % 100);
    }

    private static StringBuilder appendTwo(StringBuilder line, long number) {
        return line.append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
    }
}
