package io.vledger.store.rocksdb;

import io.vledger.api.store.DerivedIndex;
import io.vledger.api.store.StoreException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One flush of a derived index on its way from the loop, which captures and later adopts, to the lane, which writes. Its state is
 * the one shared field between them: what the lane did before it said so is seen by the loop afterwards.
 */
abstract class IndexFlush implements DerivedIndex.Flush {
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
    private final AtomicReference<State> state = new AtomicReference<>(State.CAPTURED);
    private boolean kept;

    IndexFlush(String name) {
        this.name = name;
    }

    boolean done() {
        return state.get() == State.DONE;
    }

    /** Makes sure that it neither runs nor will. */
    void cancel() {
        if (!state.compareAndSet(State.CAPTURED, State.FAILED) && state.get() == State.RUNNING) {
            throw new IllegalStateException("a flush of the " + name + " is running");
        }
    }

    @Override
    public final byte[] run() throws StoreException {
        if (!state.compareAndSet(State.CAPTURED, State.RUNNING)) {
            throw new IllegalStateException("a flush of the " + name + " that is " + state.get());
        }
        boolean done = false;
        try {
            byte[] mark = write();
            done = !kept;
            return mark;
        } finally {
            state.set(done ? State.DONE : State.FAILED);
        }
    }

    /** What was captured is not written, although {@link #write} returns: it is captured again by the next flush. */
    final void keepCaptured() {
        kept = true;
    }

    /** Writes durably; returns the mark. */
    abstract byte[] write() throws StoreException;
}
