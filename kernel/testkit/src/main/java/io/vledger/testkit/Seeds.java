package io.vledger.testkit;

import java.util.Random;

/** Runs a test for a number of seeds. A failure names its seed, and how to run just that one again. */
public final class Seeds {
    private Seeds() {}

    /** A test of one seed. */
    @FunctionalInterface
    public interface Run {
        /** Runs it; everything random comes from {@code random}. */
        void run(Random random) throws Exception;
    }

    /** {@code count} times {@code vledger.seeds}, which may be a fraction, but at least one. */
    public static long count(long count) {
        return Math.max(1, Math.round(count * Double.parseDouble(System.getProperty("vledger.seeds", "1"))));
    }

    /** Whether tests run at least the seeds that they ask for: with fewer, what only some seeds show need not come up. */
    public static boolean all() {
        return Long.getLong("vledger.seed") == null && count(1_000) >= 1_000;
    }

    /** Runs seeds 1 to {@code count}, times {@code vledger.seeds} if set; or just {@code vledger.seed}. */
    @SuppressWarnings("CatchingUnchecked")
    public static void run(int count, Run test) {
        Long only = Long.getLong("vledger.seed");
        long first = only == null ? 1 : only;
        long last = only == null ? count(count) : only;
        for (long seed = first; seed <= last; seed++) {
            try {
                test.run(new Random(seed * 0x9E3779B97F4A7C15L));
            } catch (Exception | AssertionError e) {
                String message = "seed " + seed + " failed; run it alone with -Dvledger.seed=" + seed + " '-Dtest=*#"
                        + StackWalker.getInstance()
                                .walk(frames -> frames.skip(1).findFirst().orElseThrow())
                                .getMethodName()
                        + "': " + e;
                throw new AssertionError(message, e);
            }
        }
    }
}
