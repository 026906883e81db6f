package io.vledger.sim.check;

import java.util.HashMap;
import java.util.Map;

/**
 * A queue that a client was given is given to no other: until the client gives it back, or has not asked again for half of the time after which
 * brokers end a lock. Half, since clocks of brokers are not those of clients.
 */
public final class LockedByOne {
    private static final long HELD_MS = 30_000;

    private final Map<String, Hold> holds = new HashMap<>();
    private long given;
    private long denied;

    private record Hold(String client, long untilMs) {}

    /** Nobody holds anything. */
    public LockedByOne() {}

    /**
     * A client was answered that it holds a queue.
     *
     * @param askedMs when it asked
     * @param heardMs when it heard, by the same clock
     */
    public void held(String queue, String client, long askedMs, long heardMs) {
        Hold before = holds.get(queue);
        if (before != null && !before.client.equals(client) && heardMs < before.untilMs) {
            throw new Broken(client + " was given " + queue + ", which " + before.client + " holds");
        }
        holds.put(queue, new Hold(client, askedMs + HELD_MS));
        given++;
    }

    /** A client was answered that it does not hold a queue. */
    public void denied() {
        denied++;
    }

    /** A client gives a queue back, if it holds it. */
    public void givenBack(String queue, String client) {
        holds.computeIfPresent(queue, (name, hold) -> hold.client.equals(client) ? null : hold);
    }

    /** Answers by which a client held a queue. */
    public long givenCount() {
        return given;
    }

    /** Answers by which it did not. */
    public long deniedCount() {
        return denied;
    }
}
