package io.vledger.sim;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/** Runs many seeds: {@code --from 0 --seeds 1000000 [--features] [--trace]}. Ends with code 1 at the first that fails. */
public final class Main {
    private static final long REPORT_MS = 10_000;

    private Main() {}

    /** See the class. */
    @SuppressWarnings("SystemOut") // what a command line program is for
    public static void main(String[] args) {
        // A simulated crash drops buffers without releasing them, as a real one does: only the collector can notice.
        System.setProperty("io.netty.allocator.type", "unpooled");
        System.setProperty("io.netty.allocator.numDirectArenas", "0");
        System.setProperty("io.netty.allocator.numHeapArenas", "0");
        System.setProperty("io.netty.maxDirectMemory", "0");
        System.setProperty("io.netty.leakDetection.level", "disabled");
        // Logs of members are switched off; a failing seed prints its trace with --trace.
        System.setProperty("slf4j.internal.verbosity", "ERROR");
        long from = 0;
        long seeds = 1_000;
        boolean trace = false;
        boolean features = false;
        Deque<String> left = new ArrayDeque<>(Arrays.asList(args));
        while (!left.isEmpty()) {
            String option = left.remove();
            switch (option) {
                case "--from" -> from = number(option, left);
                case "--seeds" -> seeds = number(option, left);
                case "--trace" -> trace = true;
                case "--features" -> features = true;
                default ->
                    throw new IllegalArgumentException(
                            "unknown option " + option + "; known are --from N, --seeds N, --features, --trace");
            }
        }
        long acknowledged = 0;
        long terms = 0;
        long reportedMs = System.currentTimeMillis();
        for (long seed = from; seed < from + seeds; seed++) {
            Simulation simulation = new Simulation(seed, trace);
            if (features) {
                simulation.withAllFeatures();
            }
            simulation.run();
            acknowledged += simulation.promises().acknowledgedCount();
            terms += simulation.promises().terms();
            long nowMs = System.currentTimeMillis();
            if (nowMs - reportedMs > REPORT_MS || seed == from + seeds - 1) {
                reportedMs = nowMs;
                System.out.println("seeds " + from + " to " + seed + " hold: " + acknowledged
                        + " messages acknowledged, " + terms + " leaders");
            }
        }
    }

    private static long number(String option, Deque<String> left) {
        String value = left.poll();
        if (value == null) {
            throw new IllegalArgumentException(option + " needs a number");
        }
        return Long.parseLong(value);
    }
}
