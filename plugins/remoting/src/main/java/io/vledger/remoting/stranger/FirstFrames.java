package io.vledger.remoting.stranger;

import java.util.concurrent.atomic.AtomicLong;

/** Memory of the first frames of all connections that are not whole. Any thread. */
public final class FirstFrames {
    private final long max;
    private final AtomicLong held = new AtomicLong();

    /** @param max bytes of all together */
    public FirstFrames(long max) {
        this.max = max;
    }

    /** A connection holds that much more, or less; false if all together hold more than they may. */
    public boolean add(long bytes) {
        return held.addAndGet(bytes) <= max;
    }

    /** Bytes that are held now. */
    public long bytes() {
        return held.get();
    }
}
