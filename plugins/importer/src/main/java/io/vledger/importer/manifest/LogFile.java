package io.vledger.importer.manifest;

import io.vledger.importer.format.Framing;
import io.vledger.importer.format.OriginFileException;
import io.vledger.importer.format.SegmentFiles;
import io.vledger.importer.format.SegmentWalk;
import java.nio.file.Path;
import java.util.Objects;

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
    SegmentWalk.End walk(SegmentWalk.Visitor visitor) throws OriginFileException {
        return new SegmentWalk(alone(), framing).from(position, visitor);
    }

    private SegmentFiles alone() {
        return SegmentFiles.none(
                        Objects.requireNonNull(path.toAbsolutePath().getParent(), "a file lies in a directory"))
                .only(new SegmentFiles.SegmentFile(path, position, length));
    }
}
