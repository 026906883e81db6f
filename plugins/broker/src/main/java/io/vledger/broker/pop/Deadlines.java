package io.vledger.broker.pop;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** What becomes visible again, in the order of time, rounded up to {@value #TICK_MS} ms so that many share a timer. Loop only. */
final class Deadlines {
    static final int TICK_MS = 100;

    private final TreeMap<Long, Tick> ticks = new TreeMap<>();

    /** What is due at one time. */
    static final class Tick {
        private final long atMs;
        final Set<Flight> flights = new LinkedHashSet<>();
        final List<PopQueue> locks = new ArrayList<>(0);

        Tick(long atMs) {
            this.atMs = atMs;
        }
    }

    private Tick at(long deadlineMs) {
        long rounded =
                deadlineMs >= Long.MAX_VALUE - TICK_MS ? deadlineMs : (deadlineMs + TICK_MS - 1) / TICK_MS * TICK_MS;
        return ticks.computeIfAbsent(rounded, Tick::new);
    }

    void add(Flight flight) {
        Tick tick = at(flight.deadlineMs());
        tick.flights.add(flight);
        flight.tick = tick;
    }

    /** Looks again at a flight later. */
    void postpone(Flight flight, long untilMs) {
        remove(flight);
        Tick tick = at(untilMs);
        tick.flights.add(flight);
        flight.tick = tick;
    }

    void remove(Flight flight) {
        Tick tick = flight.tick;
        if (tick != null) {
            flight.tick = null;
            tick.flights.remove(flight);
            if (tick.flights.isEmpty() && tick.locks.isEmpty()) {
                ticks.remove(tick.atMs, tick);
            }
        }
    }

    /** A queue's lock may end then; nobody takes this back. */
    void addLock(PopQueue queue, long untilMs) {
        at(untilMs).locks.add(queue);
    }

    /** When something is due next; {@link Long#MAX_VALUE} if nothing is. */
    long nextMs() {
        return ticks.isEmpty() ? Long.MAX_VALUE : ticks.firstKey();
    }

    /** Takes what is due, in the order of time. */
    Collection<Tick> takeDue(long nowMs) {
        List<Tick> due = new ArrayList<>();
        while (!ticks.isEmpty() && ticks.firstKey() <= nowMs) {
            Tick tick = ticks.pollFirstEntry().getValue();
            tick.flights.forEach(flight -> flight.tick = null);
            due.add(tick);
        }
        return due;
    }

    void clear() {
        ticks.clear();
    }
}
