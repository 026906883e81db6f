package io.vledger.raft;

/** Where randomness comes from: production draws it, the simulator derives it from its seed. */
@FunctionalInterface
public interface Jitter {
    /** A number from 0 to below {@code bound}, which is positive. */
    int below(int bound);
}
