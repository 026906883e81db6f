package io.vledger.raft.driver;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A loop, a clock and background reads that move when the test says so. */
final class ManualShell implements Shell {
    long nowMs = 1_000;
    /** Whether every read off the loop fails. */
    boolean readsFail;

    Runnable turn = () -> {};
    private long incarnation = 100;
    private boolean turnRequested;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final ArrayDeque<Runnable> reads = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparingLong(Timer::dueMs).thenComparingLong(Timer::order));
    private long order;

    private record Timer(long dueMs, long order, Runnable task, boolean alarm) {}

    /** Runs what the loop has at hand; whether there was anything. */
    boolean runOnce() {
        boolean any = false;
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
            any = true;
        }
        while (!timers.isEmpty() && timers.peek().dueMs() <= nowMs) {
            timers.poll().task().run();
            any = true;
        }
        if (turnRequested) {
            turnRequested = false;
            turn.run();
            any = true;
        }
        return any;
    }

    /** Does the reads that wait; whether there were any. */
    boolean runReads() {
        boolean any = !reads.isEmpty();
        for (Runnable read = reads.poll(); read != null; read = reads.poll()) {
            read.run();
        }
        return any;
    }

    @Override
    public long nowMs() {
        return nowMs;
    }

    @Override
    public long nanoTime() {
        return nowMs * 1_000_000;
    }

    @Override
    public void requestTurn() {
        turnRequested = true;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    @Override
    public void schedule(long delayMs, Runnable task) {
        timers.add(new Timer(nowMs + delayMs, order++, task, false));
    }

    @Override
    public void wake(long delayMs, Runnable task) {
        timers.removeIf(Timer::alarm);
        timers.add(new Timer(nowMs + delayMs, order++, task, true));
    }

    /** When the alarm fires; none is set if there is no such time. */
    OptionalLong alarmMs() {
        return timers.stream().filter(Timer::alarm).mapToLong(Timer::dueMs).findAny();
    }

    @Override
    public <T> void read(Callable<T> read, BiConsumer<@Nullable T, @Nullable Exception> done) {
        reads.add(() -> {
            try {
                if (readsFail) {
                    throw new IOException("the disk does not answer");
                }
                T result = read.call();
                execute(() -> done.accept(result, null));
            } catch (Exception failure) {
                execute(() -> done.accept(null, failure));
            }
        });
    }

    @Override
    public long newIncarnation() {
        return ++incarnation;
    }

    @Override
    public long greatestIncarnation() {
        return 1L << 40;
    }

    @Override
    public int jitter(int bound) {
        return 0;
    }
}
