package io.vledger.sim;

import java.util.function.LongFunction;

/** Looks for a seed whose run shows that a rule is broken. */
final class BrokenSeeds {
    private BrokenSeeds() {}

    /** The first seed below {@code searched} that fails because a promise was broken; {@code searched} if none does. */
    static long first(long searched, LongFunction<Simulation> simulation) {
        return first(0, searched, simulation);
    }

    /** As the first, from a seed on: those before it are known to take long and to show nothing. */
    static long first(long from, long searched, LongFunction<Simulation> simulation) {
        for (long seed = from; seed < searched; seed++) {
            try {
                simulation.apply(seed).run();
            } catch (AssertionError e) {
                if (Simulation.isBroken(e)) {
                    return seed;
                }
            }
        }
        return searched;
    }
}
