package io.vledger.store.mmap;

import io.vledger.api.store.DerivedIndex;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One flush of a derived index on its way from the loop, which captures and later adopts, to the lane, which writes. Its state
 * is the one shared field between them: what the lane did before it said so is seen by the loop afterwards.
 */
abstract class PendingFlush implements DerivedIndex.Flush {
    /** Where it is. */
    enum State {
        /** Waits for the lane. */
        CAPTURED,
        /** The lane writes. */
        RUNNING,
        /** Written and durable. */
        DONE,
        /** Not durable; what was captured is still to be written. */
        FAILED
    }

    private final String name;
    private final IndexFiles.Turn turn;
    private final AtomicReference<State> state = new AtomicReference<>(State.CAPTURED);
    private @Nullable StoreException failure;

    PendingFlush(String name, IndexFiles.Turn turn) {
        this.name = name;
        this.turn = turn;
    }

    State state() {
        return state.get();
    }

    IndexFiles.Turn turn() {
        return turn;
    }

    /** Why the index must not be flushed again; null if it may. Once it has failed. */
    @Nullable
    StoreException finalFailure() {
        return failure instanceof StoreException.DiskFull ? null : failure;
    }

    /** Makes sure that it does not run any more. */
    void cancel() {
        if (!state.compareAndSet(State.CAPTURED, State.FAILED) && state.get() == State.RUNNING) {
            throw new IllegalStateException("a flush of " + name + " is running");
        }
    }

    @Override
    public final byte[] run() throws StoreException {
        if (!state.compareAndSet(State.CAPTURED, State.RUNNING)) {
            throw new IllegalStateException("a flush of " + name + " that is " + state.get());
        }
        boolean done = false;
        try {
            byte[] mark = write();
            done = true;
            return mark;
        } catch (IOException e) {
            StoreException reported = Failures.of("writing a checkpoint of it", name, e);
            failure = reported;
            giveBack(e);
            throw reported;
        } finally {
            state.set(done ? State.DONE : State.FAILED);
        }
    }

    private void giveBack(IOException cause) {
        try {
            turn.abandon();
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /** Writes and syncs; returns the mark. */
    abstract byte[] write() throws IOException;
}
