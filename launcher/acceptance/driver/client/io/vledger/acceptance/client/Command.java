package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;

/** What one verb does. */
@FunctionalInterface
interface Command {
    /** Runs on a thread of its own and may block; what it throws is answered as an error. */
    Line run(Line line) throws Exception;
}
