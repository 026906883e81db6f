package io.vledger.importer.base;

import io.vledger.importer.legacy.Framing;
import io.vledger.importer.legacy.LegacyException;
import io.vledger.importer.legacy.SegmentFiles;
import io.vledger.importer.legacy.SegmentWalk;
import java.nio.file.Path;

/**
 * One file of an old log, wherever it lies.
 *
 * @param path where it is
 * @param position position of its first byte
 * @param length its length
 * @param framing how messages lie in it
 */
public record LogFile(Path path, long position, long length, Framing framing) {
    long end() {
        return position + length;
    }

    /** Walks its messages. */
    SegmentWalk.End walk(SegmentWalk.Visitor visitor) throws LegacyException {
        return new SegmentWalk(alone(), framing).from(position, visitor);
    }

    private SegmentFiles alone() {
        return SegmentFiles.none(path.toAbsolutePath().getParent())
                .only(new SegmentFiles.SegmentFile(path, position, length));
    }
}
