package io.vledger.raft.driver.wire;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs what goes wrong with other members: at once if it is new, once a minute while it lasts. For one loop. */
final class PeerWarnings {
    private static final Logger LOG = LoggerFactory.getLogger(PeerWarnings.class);
    private static final long LOG_AGAIN_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int MAX_SUBJECTS = 64;

    private final String group;
    private final LongSupplier nanoClock;
    private final Map<String, Logged> logged = new HashMap<>();

    /** Lines about strangers that were left out since the last one. */
    private long suppressed;

    private record Logged(String text, long nanos) {}

    /** @param nanoClock a monotonic clock */
    PeerWarnings(String group, LongSupplier nanoClock) {
        this.group = group;
        this.nanoClock = nanoClock;
    }

    /**
     * Logs a warning, unless the same was logged within the last minute.
     *
     * @param about the member or address that it is about
     * @return whether it was logged
     */
    boolean warn(String about, String text) {
        long now = nanoClock.getAsLong();
        Logged before = logged.get(about);
        if (before != null && before.text.equals(text) && now - before.nanos < LOG_AGAIN_NANOS) {
            return false;
        }
        if (before == null && logged.size() >= MAX_SUBJECTS) {
            logged.values().removeIf(old -> now - old.nanos >= LOG_AGAIN_NANOS);
        }
        if (before != null || logged.size() < MAX_SUBJECTS) {
            logged.put(about, new Logged(text, now));
        }
        LOG.warn("{}: {}", group, text);
        return true;
    }

    /**
     * Logs a warning about somebody who is not known to be a member, unless any about that host was logged within the last minute: however
     * often a stranger tries, and in however many ways, the log does not fill.
     *
     * @param host of the other side; null if it is not known
     * @return whether it was logged
     */
    boolean stranger(@Nullable String host, String text) {
        long now = nanoClock.getAsLong();
        String about = "host " + host;
        if (!logged.containsKey(about) && logged.size() >= MAX_SUBJECTS) {
            logged.values().removeIf(old -> now - old.nanos >= LOG_AGAIN_NANOS);
            about = logged.size() >= MAX_SUBJECTS ? "other hosts" : about;
        }
        Logged before = logged.get(about);
        if (before != null && now - before.nanos < LOG_AGAIN_NANOS) {
            suppressed++;
            return false;
        }
        logged.put(about, new Logged("", now));
        LOG.warn(
                "{}: {}{}",
                group,
                text,
                suppressed == 0 ? "" : " (" + suppressed + " such lines were left out before)");
        suppressed = 0;
        return true;
    }

    /** How many subjects are remembered. */
    int remembered() {
        return logged.size();
    }
}
