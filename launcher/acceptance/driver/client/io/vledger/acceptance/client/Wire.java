package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import java.io.PrintStream;

/** The way back to the test: whole lines, from any thread. */
final class Wire {
    private final PrintStream out;

    Wire(PrintStream out) {
        this.out = out;
    }

    synchronized void write(Line line) {
        out.print(line + "\n");
        out.flush();
    }
}
