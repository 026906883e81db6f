package io.vledger.acceptance.line;

import java.io.PrintStream;

/** The way back to the test: whole lines, from any thread. */
public final class LineWriter {
    private final PrintStream out;

    /** Writes to a stream, to which nothing else writes. */
    public LineWriter(PrintStream out) {
        this.out = out;
    }

    /** Writes an answer or an event. */
    public synchronized void write(Line line) {
        out.print(line + "\n");
        out.flush();
    }
}
