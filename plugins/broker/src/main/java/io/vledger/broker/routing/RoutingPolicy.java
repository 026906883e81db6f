package io.vledger.broker.routing;

/** Which member serves a request, and what a member that cannot may do with it. */
public enum RoutingPolicy {
    /** Any member, from its own state; never forwarded. */
    LOCAL(false, false, 0),
    /** The member that got it does its own part; its handler then has it served by the leader too. Repeating it is harmless. */
    LOCAL_THEN_LEADER(false, true, 5_000),
    /** The leader, at most once: if its answer is lost, the outcome is unknown. */
    WRITE(true, false, 4_000),
    /** The leader; asking again is harmless. */
    READ(true, true, 5_000),
    /** The leader, which may have to call a client before it answers. */
    CLIENT_CALL(false, true, 12_000),
    /** The leader, which may hold the request until messages arrive. Clients give up after 30 s. */
    LONG_POLL(false, true, 30_000),
    /** The leader; the published standby answers "not found", because clients that ask it ask the leader too. */
    KEY_SEARCH(true, true, 5_000);

    /** Whether a request of this kind must have left the old leader before later ones may reach a new leader. */
    final boolean ordered;
    /** Whether it may be sent again although it may have been served. */
    final boolean repeatable;
    /** Longest wait for the leader's answer. */
    final int timeoutMs;

    RoutingPolicy(boolean ordered, boolean repeatable, int timeoutMs) {
        this.ordered = ordered;
        this.repeatable = repeatable;
        this.timeoutMs = timeoutMs;
    }
}
