package io.vledger.importer.legacy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.vledger.importer.legacy.SegmentFiles.SegmentFile;

/**
 * Compares two copies of one log byte by byte over the range that both have written, and finds the first difference. What lies
 * behind an end differs between members for good reasons and is not looked at.
 */
public final class LogComparison {
    private static final int STEP_BYTES = 1 << 20;

    private LogComparison() {}

    /**
     * What a comparison came to.
     *
     * @param from where the range begins that both have
     * @param to where it ends
     * @param difference position of the first byte that differs; -1 if there is none
     */
    public record Outcome(long from, long to, long difference) {
        /** Whether both say the same wherever both say something. */
        public boolean agree() {
            return difference < 0;
        }
    }

    /**
     * Compares.
     *
     * @param from position from which to compare; earlier bytes are trusted
     * @param aEnd end of what the first has written
     * @param bEnd end of what the second has written
     * @throws LegacyException if a file cannot be read, or the file sizes differ
     */
    public static Outcome compare(SegmentFiles a, long aEnd, SegmentFiles b, long bEnd, long from)
            throws LegacyException {
        long start = Math.max(from, Math.max(a.firstPosition(), b.firstPosition()));
        long end = Math.min(aEnd, bEnd);
        if (a.isEmpty() || b.isEmpty() || start >= end) {
            return new Outcome(start, start, -1);
        }
        if (a.fileBytes() != b.fileBytes()) {
            throw new LegacyException(
                    b.directory(),
                    "its files have " + b.fileBytes() + " bytes, those of " + a.directory() + " " + a.fileBytes()
                            + "; members must agree on mappedFileSizeCommitLog");
        }
        for (SegmentFile file : a.from(start)) {
            if (file.position() >= end) {
                break;
            }
            SegmentFile other = b.from(file.position()).get(0);
            long first = Math.max(start, file.position());
            long last = Math.min(end, file.end());
            try (FileWindow mine = new FileWindow(file);
                    FileWindow theirs = new FileWindow(other)) {
                for (long at = first; at < last; at += STEP_BYTES) {
                    int length = (int) Math.min(STEP_BYTES, last - at);
                    long difference = difference(
                            mine.at(at - file.position(), length), theirs.at(at - other.position(), length), length);
                    if (difference >= 0) {
                        return new Outcome(start, end, at + difference);
                    }
                }
            }
        }
        return new Outcome(start, end, -1);
    }

    private static long difference(ByteBuf a, ByteBuf b, int length) {
        if (ByteBufUtil.equals(a, a.readerIndex(), b, b.readerIndex(), length)) {
            return -1;
        }
        int at = 0;
        while (a.getByte(a.readerIndex() + at) == b.getByte(b.readerIndex() + at)) {
            at++;
        }
        return at;
    }
}
