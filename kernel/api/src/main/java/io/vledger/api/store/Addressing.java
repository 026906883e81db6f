package io.vledger.api.store;

/**
 * Arithmetic of positions. Records start at multiples of eight and never straddle a segment: one that does not fit starts the
 * next segment, and the bytes between stay unwritten.
 */
public final class Addressing {
    /** Records start at multiples of this many bytes. */
    public static final int ALIGNMENT = 8;

    private final long segmentBytes;

    /**
     * Addressing for segments of a size.
     *
     * @param segmentBytes a positive multiple of {@value #ALIGNMENT}
     */
    public Addressing(long segmentBytes) {
        if (segmentBytes <= 0 || segmentBytes % ALIGNMENT != 0) {
            throw new IllegalArgumentException("segment size must be a positive multiple of 8: " + segmentBytes);
        }
        this.segmentBytes = segmentBytes;
    }

    /** Size of a segment in bytes. */
    public long segmentBytes() {
        return segmentBytes;
    }

    /** Position at which the segment that holds {@code position} starts. */
    public long segmentStart(long position) {
        return position - position % segmentBytes;
    }

    /** Bytes from {@code position} to the end of its segment. */
    public long roomInSegment(long position) {
        return segmentBytes - position % segmentBytes;
    }

    /**
     * Where a record of {@code length} bytes goes when the log ends at {@code end}.
     *
     * @throws IllegalArgumentException if it is larger than a segment
     */
    public long place(long end, int length) {
        if (length > segmentBytes) {
            throw new IllegalArgumentException("a record of " + length + " bytes in segments of " + segmentBytes);
        }
        return align(length) <= roomInSegment(end) ? end : segmentStart(end) + segmentBytes;
    }

    /** End of a record of {@code length} bytes at {@code position}, where the next may start. */
    public long endOf(long position, int length) {
        return position + align(length);
    }

    /** {@code length} rounded up to the alignment. */
    public static int align(int length) {
        return (length + ALIGNMENT - 1) & -ALIGNMENT;
    }
}
