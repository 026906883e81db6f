package io.vledger.api.net;

import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How many of something there are by address, bounded for each. It holds no more addresses than there are things. Any thread. */
public final class AddressCounts {
    private final int max;
    private final Map<Object, Integer> counts = new ConcurrentHashMap<>();

    /** @param max how many one address may have */
    public AddressCounts(int max) {
        this.max = max;
    }

    /** Adds one; false if the address has as many as it may. */
    public boolean add(InetAddress address) {
        boolean[] added = {false};
        counts.compute(AddressKey.of(address), (key, count) -> {
            Integer next = count == null ? Integer.valueOf(1) : Integer.valueOf(count + 1);
            added[0] = next <= max;
            return added[0] ? next : count;
        });
        return added[0];
    }

    /** Takes one that was added. */
    public void remove(InetAddress address) {
        counts.computeIfPresent(AddressKey.of(address), (key, count) -> count <= 1 ? null : count - 1);
    }

    /** Addresses that have any. */
    public int addresses() {
        return counts.size();
    }
}
