package io.vledger.acceptance.client;

/** Waiting for a thread's end where an interrupt is only passed on. */
final class Threads {
    private Threads() {}

    static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
