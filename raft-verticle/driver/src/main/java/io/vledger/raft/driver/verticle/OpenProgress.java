package io.vledger.raft.driver.verticle;

import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Reports progress of opening a group while the thread that does it uses CPU time: recovery reads and checks, in our code or in
 * that of a library; a thread that hangs uses none. Any thread.
 */
final class OpenProgress {
    private static final int CHECK_MS = 500;
    private static final long NONE = -1;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final String group;
    private final Consumer<String> progress;
    private final long beganNanos = System.nanoTime();
    private volatile long thread = NONE;
    private volatile String doing = "";
    private long usedNanos;

    OpenProgress(String group, Consumer<String> progress) {
        this.group = group;
        this.progress = progress;
    }

    /** The calling thread begins something that may take long. */
    void working(String what) {
        thread = Thread.currentThread().getId();
        doing = what;
        report();
    }

    /** The long operation ended. */
    void idle() {
        thread = NONE;
        report();
    }

    /** Begins to check periodically on the caller's context; returns the timer to cancel. */
    long begin(Vertx vertx) {
        return vertx.setPeriodic(CHECK_MS, timer -> {
            long id = thread;
            if (id != NONE) {
                check(THREADS.getThreadCpuTime(id));
            }
        });
    }

    /** Checks how much CPU time the thread has used by now. */
    void check(long cpuNanos) {
        if (thread != NONE && cpuNanos != usedNanos) {
            usedNanos = cpuNanos;
            report();
        }
    }

    private void report() {
        progress.accept("group " + group + ": " + doing + " ("
                + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - beganNanos) + " s so far)");
    }
}
