package io.vledger.sim;

import java.util.List;
import java.util.Random;

/** All randomness of a simulation, and how rough its world is. */
final class Chance {
    private final Random random;
    private final int dropPercent;
    private final int doublePercent;
    private final int delayMs;
    private final boolean stormy;
    private boolean calm;

    /**
     * Chance from a seed.
     *
     * @param storm whether elections are certain to be stormy
     */
    Chance(long seed, boolean storm) {
        this.random = new Random(seed * 0x9E3779B97F4A7C15L + 7);
        this.stormy = oneIn(5) || storm;
        this.dropPercent = storm ? 0 : random.nextInt(4) * 3;
        this.doublePercent = storm ? 0 : random.nextInt(3) * 4;
        this.delayMs = storm ? 25 : pick(List.of(2, 5, 20, 80));
    }

    /** Whether those who just gave their vote are the most likely to fall. */
    boolean stormy() {
        return stormy && !calm;
    }

    /** Short where elections shall collide. */
    int electionMs() {
        return stormy ? 100 : 300;
    }

    /** From here on the world is friendly. */
    void calm() {
        calm = true;
    }

    Random random() {
        return random;
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    boolean dropsMessage() {
        return !calm && random.nextInt(100) < dropPercent;
    }

    boolean doublesMessage() {
        return !calm && random.nextInt(100) < doublePercent;
    }

    int messageMs() {
        if (calm) {
            return 1;
        }
        return 1 + random.nextInt(delayMs) + (oneIn(300) ? random.nextInt(2_000) : 0);
    }

    int diskMs() {
        return calm ? 1 : 1 + random.nextInt(oneIn(60) ? 400 : 8);
    }

    int workerMs() {
        return calm ? 0 : random.nextInt(4);
    }
}
