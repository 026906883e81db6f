package io.vledger.kernel.audit;

import io.vertx.core.json.JsonObject;
import io.vledger.api.audit.AuditEvent;
import io.vledger.api.audit.AuditLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records changes of state, in the order in which they are reported, on a thread of its own, so that nobody waits for the disk. What
 * cannot be written is counted, and named in the log; it stops nobody's work. Lines are not flushed one by one: a loss of power
 * may cost the last ones. Safe for use by any thread.
 */
public final class AuditTrail implements AuditLog, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditTrail.class);
    private static final int QUEUE = 4096;
    private static final int MAX_TEXT = 512;
    private static final long WARN_MS = 60_000;
    private static final long CLOSE_MS = 2_000;

    private final AuditSettings settings;
    private final Clock clock;
    private final AuditFile file;
    private final BlockingQueue<Entry> queue = new ArrayBlockingQueue<>(QUEUE);
    private final AtomicLong dropped = new AtomicLong();
    private final RefusalBudget budget;
    private final Thread thread;
    private volatile boolean closed;
    private long warnedMs;

    private record Entry(long timeMs, AuditEvent event) {}

    /** Wakes the thread when there is nothing more to come. */
    private static final Entry END = new Entry(0, new AuditEvent("", "", "", "", "", false));

    /**
     * Nothing is opened before there is something to write. The thread begins at once: one that begins when a plugin reports the first event
     * would keep that plugin's classes for as long as the node runs.
     */
    public AuditTrail(AuditSettings settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
        this.file = new AuditFile(settings);
        this.budget = new RefusalBudget(settings.refusalsPerSecond());
        this.thread = new Thread(this::write, "vledger-audit");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void record(AuditEvent event) {
        long now = clock.millis();
        if ((event.refused() && !budget.take(now)) || !queue.offer(new Entry(now, event))) {
            dropped.incrementAndGet();
        }
    }

    private void write() {
        List<Entry> entries = new ArrayList<>();
        while (!closed || !queue.isEmpty()) {
            try {
                entries.add(queue.take());
                queue.drainTo(entries);
                entries.remove(END);
                if (!entries.isEmpty()) {
                    file.write(lines(entries));
                }
            } catch (InterruptedException e) {
                return;
            } catch (IOException e) {
                failed(e, entries.size());
            }
            entries.clear();
        }
        try {
            file.close();
        } catch (IOException e) {
            failed(e, 0);
        }
    }

    private void failed(IOException e, int lost) {
        dropped.addAndGet(lost);
        long now = clock.millis();
        if (now - warnedMs >= WARN_MS) {
            warnedMs = now;
            LOG.warn(
                    "{}: changes of state cannot be recorded ({}); make room, or let the node write there, or set audit.file",
                    settings.file(),
                    e.toString());
        }
    }

    private byte[] lines(List<Entry> entries) {
        StringBuilder lines = new StringBuilder();
        long missing = dropped.getAndSet(0);
        if (missing > 0) {
            lines.append(line(
                    clock.millis(), new AuditEvent("", "", "DROPPED", "events=" + missing, "too many at once", false)));
        }
        for (Entry entry : entries) {
            lines.append(line(entry.timeMs(), entry.event()));
        }
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String line(long timeMs, AuditEvent event) {
        return new JsonObject()
                        .put("time", java.time.Instant.ofEpochMilli(timeMs).toString())
                        .put("who", bounded(event.who()))
                        .put("from", bounded(event.from()))
                        .put("what", bounded(event.what()))
                        .put("about", bounded(event.about()))
                        .put("result", bounded(event.result()))
                        .put("refused", event.refused())
                        .encode()
                + "\n";
    }

    private static String bounded(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "...";
    }

    /** Writes what was reported, for two seconds at most. Blocks. */
    @Override
    public void close() {
        closed = true;
        queue.offer(END); // where there is no room, the thread is awake
        try {
            thread.join(CLOSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
