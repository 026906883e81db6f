package io.vledger.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;
import org.slf4j.helpers.NOPMDCAdapter;

/** How many warnings of one class get into the log. */
class WarningBoundTest {
    private static final long MINUTE_MS = 60_000;
    private static final String LIBRARY = "com.hazelcast.internal.server.tcp.TcpServerAcceptor";
    private static final String OURS = "io.vledger.remoting.RpcServer";

    private final LoggerContext context = new LoggerContext();
    private final OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @BeforeEach
    void start() {
        context.putProperty("node", "n0");
        context.setMDCAdapter(new NOPMDCAdapter());
        appender.setImmediateFlush(true);
        appender.setOutputStream(printed);
        LogSetup.start(context, appender, false, false);
        assertThat(appender.isStarted())
                .as("%s", context.getStatusManager().getCopyOfStatusList())
                .isTrue();
    }

    private void log(String logger, Level level, long atMs, int times) {
        for (int i = 0; i < times; i++) {
            LoggingEvent event = new LoggingEvent(
                    "",
                    context.getLogger(logger),
                    ch.qos.logback.classic.Level.convertAnSLF4JLevel(level),
                    "a line",
                    null,
                    null);
            event.setInstant(Instant.ofEpochMilli(atMs));
            appender.doAppend(event);
        }
    }

    private List<String> lines() {
        List<String> lines = printed.toString(StandardCharsets.UTF_8).lines().toList();
        printed.reset();
        return lines;
    }

    @Test
    void aLibraryWarnsAFewTimesAMinuteAndTheLastLineSaysThatMoreIsLeftOut() {
        log(LIBRARY, Level.WARN, MINUTE_MS, 3);
        log(LIBRARY, Level.ERROR, MINUTE_MS + 59_999, 1_000);
        List<String> first = lines();
        assertThat(first).hasSize(WarningBound.OF_LIBRARIES);
        assertThat(first.get(first.size() - 1))
                .endsWith("a line (further warnings of TcpServerAcceptor within this minute are left out)");
        assertThat(first.subList(0, first.size() - 1)).allMatch(line -> line.endsWith("a line"));
        log(LIBRARY, Level.WARN, 2 * MINUTE_MS, 1);
        assertThat(lines()).hasSize(1);
    }

    @Test
    void othersAreNotBoundByIt() {
        log(LIBRARY, Level.WARN, MINUTE_MS, 1_000);
        log("io.netty.util.concurrent.DefaultPromise", Level.WARN, MINUTE_MS, 1);
        log(LIBRARY, Level.INFO, MINUTE_MS, 20);
        log(OURS, Level.WARN, MINUTE_MS, WarningBound.OF_OURS + 1);
        assertThat(lines()).hasSize(WarningBound.OF_LIBRARIES + 1 + 20 + WarningBound.OF_OURS);
    }
}
