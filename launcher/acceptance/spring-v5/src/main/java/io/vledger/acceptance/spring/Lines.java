package io.vledger.acceptance.spring;

import io.vledger.acceptance.line.Line;
import java.io.PrintStream;

/** The standard output, for answers and events. Any thread may write. */
final class Lines {
    private final PrintStream out;

    Lines(PrintStream out) {
        this.out = out;
    }

    synchronized void write(Line line) {
        out.print(line + "\n");
        out.flush();
    }
}
