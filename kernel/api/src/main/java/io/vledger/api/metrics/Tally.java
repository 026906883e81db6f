package io.vledger.api.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** A count that one thread raises and any thread may read: a plain load, an addition and a plain store. */
public final class Tally {
    private static final VarHandle VALUE = valueHandle();

    @SuppressWarnings("UnusedVariable") // through VALUE
    private long value;

    private static VarHandle valueHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(Tally.class, "value", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Adds one. By the one thread that writes. */
    public void increment() {
        add(1);
    }

    /** Adds. By the one thread that writes. */
    public void add(long more) {
        VALUE.setOpaque(this, value + more);
    }

    /** The count. Any thread. */
    public long get() {
        return (long) VALUE.getOpaque(this);
    }
}
