package io.vledger.importer.inspect;

import io.vledger.importer.format.Framing;
import io.vledger.importer.format.SegmentWalk;
import java.nio.file.Path;

/**
 * One log as it was found.
 *
 * @param directory where it is
 * @param framing how messages lie in its files
 * @param files how many files
 * @param fileBytes size of each
 * @param first position of its first byte
 * @param walk what walking it came to
 * @param queues where its queues' messages lie
 */
public record LogFacts(
        Path directory,
        Framing framing,
        int files,
        long fileBytes,
        long first,
        SegmentWalk.End walk,
        QueueRuns queues) {
    /** Position behind its last message. */
    public long end() {
        return walk.end();
    }
}
