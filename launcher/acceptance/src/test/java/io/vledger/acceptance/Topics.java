package io.vledger.acceptance;

import java.util.concurrent.atomic.AtomicInteger;

/** Names for topics and groups that no other test of the run, or of an earlier run, has used. */
final class Topics {
    private final AtomicInteger number = new AtomicInteger();
    private final long run = ProcessHandle.current().pid();

    String next(String purpose) {
        return purpose + "_" + run + "_" + number.incrementAndGet();
    }
}
