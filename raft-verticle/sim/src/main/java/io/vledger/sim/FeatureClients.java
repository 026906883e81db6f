package io.vledger.sim;

/** Clients of one feature, beside those that send and read, on whichever node leads; and what must hold for them. */
interface FeatureClients {
    /** They begin. */
    void start();

    /** They begin nothing new. */
    default void end() {}

    /** What is under way comes to its end: lets time pass until it has. */
    default void drain() {}

    /** Compares what they know with what a node has in the end. */
    default void judge(SimNode node) {}
}
