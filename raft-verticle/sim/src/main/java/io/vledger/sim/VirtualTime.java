package io.vledger.sim;

import java.util.PriorityQueue;

/** The simulation's clock and agenda: what is due at the same time happens in the order it was planned. */
final class VirtualTime {
    private record Event(long atMs, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atMs, other.atMs);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    /** More than can sensibly happen within a millisecond. */
    private static final int STANDSTILL_EVENTS = 50_000;

    private final PriorityQueue<Event> agenda = new PriorityQueue<>();
    /** A minute ends soon. */
    private long nowMs = 55_000;

    private long order;
    private int standstill;

    long nowMs() {
        return nowMs;
    }

    /** Plans an action. */
    void in(long delayMs, Runnable action) {
        agenda.add(new Event(nowMs + delayMs, order++, action));
    }

    /** Lets time pass, calling {@code afterEach} after every event. */
    void runUntil(long untilMs, Runnable afterEach) {
        while (!agenda.isEmpty() && agenda.peek().atMs <= untilMs) {
            Event event = agenda.remove();
            standstill = event.atMs == nowMs ? standstill + 1 : 0;
            if (standstill > STANDSTILL_EVENTS) {
                throw new AssertionError("something goes round in circles without time passing");
            }
            nowMs = event.atMs;
            event.action.run();
            afterEach.run();
        }
        nowMs = untilMs;
    }
}
