package io.vledger.store.common;

import io.vledger.api.store.DerivedIndex;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One flush of a derived index on its way from the loop, which captures and later adopts, to the lane, which writes. Its state is
 * the one shared field between them: what the lane did before it said so is seen by the loop afterwards.
 */
public abstract class IndexFlush implements DerivedIndex.Flush {
    private enum State {
        /** Waits for the lane. */
        CAPTURED,
        /** The lane writes. */
        RUNNING,
        /** Written and durable. */
        DONE,
        /** Not durable; what was captured is still to be written. */
        FAILED
    }

    private final String index;
    private final AtomicReference<State> state = new AtomicReference<>(State.CAPTURED);
    private boolean kept;

    /** @param index its name in messages */
    protected IndexFlush(String index) {
        this.index = index;
    }

    /** Whether it is written and durable. */
    public final boolean done() {
        return state.get() == State.DONE;
    }

    /**
     * Makes sure that it neither runs nor will.
     *
     * @throws IllegalStateException if it runs
     */
    public final void cancel() {
        if (!state.compareAndSet(State.CAPTURED, State.FAILED) && state.get() == State.RUNNING) {
            throw new IllegalStateException("a flush of the " + index + " is running");
        }
    }

    @Override
    public final byte[] run() throws StoreException {
        if (!state.compareAndSet(State.CAPTURED, State.RUNNING)) {
            throw new IllegalStateException("a flush of the " + index + " that is " + state.get());
        }
        boolean done = false;
        try {
            byte[] mark = write();
            done = !kept;
            return mark;
        } catch (IOException e) {
            throw failed(e);
        } finally {
            state.set(done ? State.DONE : State.FAILED);
        }
    }

    /** What was captured is not written, although {@link #write} returns: it is captured again by the next flush. */
    protected final void keepCaptured() {
        kept = true;
    }

    /** Writes durably; returns the mark. Lane only. */
    protected abstract byte[] write() throws IOException;

    /** Cleans up after a failure; returns what is thrown. Lane only. */
    protected StoreException failed(IOException cause) {
        return cause instanceof StoreException failure
                ? failure
                : new StoreException(index + ": failed while writing a checkpoint of it: " + cause, cause);
    }
}
