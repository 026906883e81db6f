package io.vledger.raft.driver;

import io.vledger.api.store.StoreException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Runs work in which an exception means a broken invariant or store: the member stops rather than fork the log. Work of a member
 * that has stopped or failed is skipped. Loop only.
 */
final class Guard {
    /** Guarded work. */
    @FunctionalInterface
    interface Work {
        void run() throws StoreException;
    }

    private final BooleanSupplier running;
    private final Consumer<Throwable> onFailure;

    Guard(BooleanSupplier running, Consumer<Throwable> onFailure) {
        this.running = running;
        this.onFailure = onFailure;
    }

    /** Whether the member takes part: it has neither stopped nor failed. */
    boolean running() {
        return running.getAsBoolean();
    }

    void run(Work work) {
        if (!running.getAsBoolean()) {
            return;
        }
        try {
            work.run();
        } catch (StoreException | RuntimeException | Error e) {
            onFailure.accept(e);
        }
    }
}
