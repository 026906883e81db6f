package io.vledger.hazelcast;

import io.vledger.api.discovery.Discovery;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the other nodes announced last, one statement each: a later one takes the place of the earlier, and goes when its node
 * leaves or is silent for {@value #EXPIRY_MS} ms. Changed on the loop, read on any thread.
 */
final class ReceivedSightings implements Discovery {
    static final long EXPIRY_MS = 30_000;
    static final int MAX_SENDERS = 1024;

    private static final Logger LOG = LoggerFactory.getLogger(ReceivedSightings.class);

    private static final class Sender {
        private List<Sighting> sightings = List.of();
        private boolean reported;
        private long receivedMs;
    }

    private final Map<UUID, Sender> senders = new HashMap<>();
    private final Set<Runnable> listeners = ConcurrentHashMap.newKeySet();
    private volatile List<Sighting> all = List.of();
    private final StatementSeal seal;
    private final LongSupplier clock;
    private long refused;

    /** Believes everybody. */
    ReceivedSightings() {
        this(new StatementSeal(null, false), () -> 0);
    }

    /**
     * Believes what a seal does.
     *
     * @param clock the time by which statements are judged, milliseconds since 1970
     */
    ReceivedSightings(StatementSeal seal, LongSupplier clock) {
        this.seal = seal;
        this.clock = clock;
    }

    /** Takes a statement. One that cannot be read is dropped as a whole, and what its node sent before stays. */
    void receive(UUID from, byte[] statement, long nowMs) {
        Sender sender = senders.get(from);
        if (sender == null) {
            if (senders.size() >= MAX_SENDERS) {
                refused++;
                return;
            }
            sender = new Sender();
            senders.put(from, sender);
        }
        sender.receivedMs = nowMs;
        try {
            List<Sighting> now = Statement.decode(seal.open(statement, clock.getAsLong()));
            if (!now.equals(sender.sightings)) {
                sender.sightings = now;
                publish();
            }
        } catch (Statement.Unreadable e) {
            refused++;
            if (!sender.reported) {
                sender.reported = true;
                LOG.warn("discovery: what member {} sends cannot be read and is ignored: {}", from, e.getMessage());
            }
        }
    }

    /** A node has left. */
    void left(UUID who) {
        if (senders.remove(who) != null) {
            publish();
        }
    }

    /** Forgets nodes that were silent for too long. */
    void expire(long nowMs) {
        if (senders.values().removeIf(sender -> nowMs - sender.receivedMs > EXPIRY_MS)) {
            publish();
        }
    }

    private void publish() {
        List<Sighting> view = new ArrayList<>();
        senders.values().forEach(sender -> view.addAll(sender.sightings));
        all = List.copyOf(view);
        listeners.forEach(Runnable::run);
    }

    @Override
    public List<Sighting> sightings() {
        return all;
    }

    @Override
    public AutoCloseable onChange(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Statements that were refused since the start. Loop only. */
    long refused() {
        return refused;
    }
}
