package io.vledger.api.net;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/**
 * Slows those who guess passwords, by address: some failures are answered at once, further ones with growing delay, so that an address
 * gets {@value #PER_SECOND} answers a second for good. Who succeeds is never delayed. Bounded in memory. Any thread.
 */
public final class FailureDelays {
    /** What {@link #failed} returns for an address that has too many answers waiting. */
    public static final long CLOSE = -1;

    private static final int PER_SECOND = 4;
    private static final int FREE = 20;
    private static final long STEP_MS = 1000 / PER_SECOND;
    private static final long MAX_DELAY_MS = 5_000;
    private static final int MAX_ADDRESSES = 10_000;

    /** When the address will have paid for its failures. */
    private final Map<Object, Long> paidMs = new HashMap<>();

    /**
     * An attempt failed.
     *
     * @param nowMs any monotonic clock
     * @return for how long to hold the answer back, or {@link #CLOSE} to close the connection instead
     */
    public synchronized long failed(InetAddress address, long nowMs) {
        if (paidMs.size() >= MAX_ADDRESSES) {
            paidMs.values().removeIf(paid -> paid <= nowMs);
        }
        // Beyond the bound all new addresses share one.
        Object key = AddressKey.of(address);
        Object counted = paidMs.containsKey(key) || paidMs.size() < MAX_ADDRESSES ? key : "others";
        long before = Math.max(nowMs, paidMs.getOrDefault(counted, nowMs));
        long delay = before - nowMs - FREE * STEP_MS;
        if (delay > MAX_DELAY_MS) {
            return CLOSE;
        }
        paidMs.put(counted, before + STEP_MS);
        return Math.max(0, delay);
    }
}
