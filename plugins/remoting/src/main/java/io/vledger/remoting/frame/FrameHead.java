package io.vledger.remoting.frame;

/**
 * The eight bytes before a frame's header.
 *
 * <pre>
 * 0  int  length of what follows this int: the rest of the head, header and body
 * 4  int  header word: encoding of the header in the upper byte, its length in the lower three
 * </pre>
 *
 * Big-endian, as everything in a frame.
 */
public final class FrameHead {
    /** Bytes of a head. */
    public static final int BYTES = 8;

    /** Bytes of the length, which the length does not count. */
    public static final int LENGTH_BYTES = 4;

    /** Bytes of the header word. */
    static final int WORD_BYTES = 4;

    private FrameHead() {}

    /** Length of the header, from the header word; not checked against the frame's. */
    public static int headerLength(int word) {
        return word & 0xFFFFFF;
    }

    /** Encoding of the header, from the header word. */
    public static byte encoding(int word) {
        return (byte) (word >>> 24);
    }

    /** The header word. */
    static int word(byte encoding, int headerLength) {
        return (encoding << 24) | headerLength;
    }
}
