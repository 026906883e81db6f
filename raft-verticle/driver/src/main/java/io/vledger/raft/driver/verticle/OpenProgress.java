package io.vledger.raft.driver.verticle;

import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Says that opening a group gets ahead for as long as the thread that does it works: recovery reads and checks what it reads, in
 * this process' code or in that of a library, and a thread that does so uses its CPU, which one that hangs does not. Any thread.
 */
final class OpenProgress {
    private static final int LOOK_MS = 500;
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

    /** The calling thread does something that may take long. */
    void working(String what) {
        thread = Thread.currentThread().getId();
        doing = what;
        say();
    }

    /** What took long is over. */
    void idle() {
        thread = NONE;
        say();
    }

    /** Looks from time to time, on the caller's context; the timer to cancel. */
    long begin(Vertx vertx) {
        return vertx.setPeriodic(LOOK_MS, timer -> {
            long id = thread;
            if (id != NONE) {
                look(THREADS.getThreadCpuTime(id));
            }
        });
    }

    /** Looks how much CPU time the thread has used by now. */
    void look(long cpuNanos) {
        if (thread != NONE && cpuNanos != usedNanos) {
            usedNanos = cpuNanos;
            say();
        }
    }

    private void say() {
        progress.accept("group " + group + ": " + doing + " ("
                + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - beganNanos) + " s so far)");
    }
}
