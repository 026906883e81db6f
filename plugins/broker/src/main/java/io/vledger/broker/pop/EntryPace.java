package io.vledger.broker.pop;

/**
 * When the next entry of POP may begin. An entry costs every member much the same whatever is in it, so one is not begun while another is on
 * its way to the disks of a majority, and not right after it either where several ask: the consumers that it gives messages to pop again at
 * once, after their acknowledgements of what they had before, and would be the entry after. The next one therefore waits until as many pops
 * are there as were answered just now beside those that wait already, but for {@value #LONGEST_MS} ms at most. Consumers that take
 * turns with each other fall into step by that, and one that is alone never waits. Loop only.
 */
final class EntryPace {
    /** How long those who were answered are awaited, milliseconds. */
    static final int LONGEST_MS = 4;
    /** An entry of fewer operations is of one or two consumers. */
    static final int SEVERAL = 6;

    /** Entries that are proposed and whose outcome is not known. */
    private int underWay;
    /** What begins an entry before the time is over. */
    private Size awaited = Size.NONE;
    /** Tells the times of one wait from those of others. */
    private int waits;

    /**
     * What is in an entry, or gathered for one.
     *
     * @param operations in all
     * @param pops those of them that give messages to a consumer
     */
    record Size(int operations, int pops) {
        static final Size NONE = new Size(0, 0);
    }

    /** Whether an entry may begin with so many operations, of which so many give messages to a consumer. */
    boolean ready(int operations, int pops) {
        return underWay == 0 && operations >= awaited.operations && pops >= awaited.pops;
    }

    /** An entry was proposed. */
    void began() {
        underWay++;
        awaited = Size.NONE;
    }

    /**
     * The outcome of an entry is known, and those who wait for it are not answered yet.
     *
     * @param gathered for the next one so far
     * @return number of the wait that begins and is to be ended with {@link #over} after {@value #LONGEST_MS} ms, or 0 if none does
     */
    int ended(Size entry, Size gathered) {
        underWay--;
        if (entry.operations < SEVERAL) {
            return 0;
        }
        int operations = gathered.operations + entry.operations;
        // Who was not given anything need not come back: half of it is enough where there are pops to count.
        awaited = new Size(entry.pops == 0 ? operations : operations / 2, gathered.pops + entry.pops);
        waits = waits % Integer.MAX_VALUE + 1;
        return waits;
    }

    /** The time of a wait is over. */
    void over(int wait) {
        if (wait == waits) {
            awaited = Size.NONE;
        }
    }
}
