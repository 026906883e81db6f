package io.vledger.importer.store;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** When something that failed may be tried again: after 5 s, and after twice as long each time, up to 10 min. One thread at a time. */
final class RetryBackoff<K> {
    private static final long FIRST_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long LONGEST_NS = TimeUnit.MINUTES.toNanos(10);
    private static final int MAX_REMEMBERED = 1_000;

    private final Map<K, Pause> pauses = new HashMap<>();

    private record Pause(long untilNs, long lengthNs) {}

    /** Whether it may be tried now. */
    boolean over(K what) {
        Pause pause = pauses.get(what);
        return pause == null ? pauses.size() < MAX_REMEMBERED : System.nanoTime() - pause.untilNs() >= 0;
    }

    void failed(K what) {
        Pause before = pauses.get(what);
        long length = before == null ? FIRST_NS : Math.min(LONGEST_NS, 2 * before.lengthNs());
        pauses.put(what, new Pause(System.nanoTime() + length, length));
    }

    void succeeded(K what) {
        pauses.remove(what);
    }
}
