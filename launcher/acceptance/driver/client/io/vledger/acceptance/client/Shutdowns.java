package io.vledger.acceptance.client;

import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Lets clients end at once. A client that shuts down joins a thread of its remoting, which looks every three seconds whether it
 * is to end; while a client is seen waiting there, that thread is interrupted, which it survives as long as it is needed.
 */
final class Shutdowns {
    private static final int LOOK_EVERY_MS = 100;
    private static final String REMOTING_EVENTS = "NettyEventExecutor";

    private final Set<Thread> watched = ConcurrentHashMap.newKeySet();

    Shutdowns() {
        var unused = Executors.newSingleThreadScheduledExecutor(task -> {
                    Thread thread = new Thread(task, "shutdowns");
                    thread.setDaemon(true);
                    return thread;
                })
                .scheduleWithFixedDelay(this::look, LOOK_EVERY_MS, LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
    }

    /** Watches the calling thread until {@link #leave()}. */
    void enter() {
        watched.add(Thread.currentThread());
    }

    void leave() {
        watched.remove(Thread.currentThread());
    }

    private void look() {
        if (watched.stream().anyMatch(thread -> isIn("shutdown", ".ServiceThread", thread))) {
            Thread[] all = new Thread[2 * Thread.activeCount()];
            Arrays.stream(all, 0, Thread.enumerate(all))
                    .filter(thread -> thread.getName().contains(REMOTING_EVENTS))
                    .filter(thread -> isIn("poll", ".LinkedBlockingQueue", thread))
                    .forEach(Thread::interrupt);
        }
    }

    private static boolean isIn(String method, String classEnding, Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals(method)
                        && frame.getClassName().endsWith(classEnding));
    }
}
