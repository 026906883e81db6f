package io.vledger.guardrails.planted.left;

import io.vledger.guardrails.planted.right.Right;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;

/** Breaks the rules about class files, each once. */
public final class Left {
    /** Uses the other half. */
    public final Right right = new Right(this);
    /** Reads a clock where no call can be seen. */
    public final LongSupplier clock = System::nanoTime;
    /** Ends the process where no call can be seen. */
    public final IntConsumer end = System::exit;

    /** Reads a clock. */
    public long now() {
        return System.currentTimeMillis();
    }
}
