package io.vledger.remoting.frame;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * The last frame that a server which closes sends to a Java client: one whose header cannot be read, because the code of a
 * header is a number. The client then closes the connection itself, and so fails at once what is unanswered.
 */
public final class GoodbyeFrame {
    /** The text is what clients show in their logs. */
    private static final byte[] HEADER = "{\"code\":\"this node stops\"}".getBytes(StandardCharsets.US_ASCII);

    private GoodbyeFrame() {}

    /** Appends the frame. */
    public static void writeTo(ByteBuf target) {
        target.writeInt(FrameHead.WORD_BYTES + HEADER.length)
                .writeInt(FrameHead.word(Header.JSON, HEADER.length))
                .writeBytes(HEADER);
    }

    /** Whether a header is that of a goodbye frame. */
    public static boolean matches(ByteBuf in, int headerAt, int headerLength) {
        if (headerLength != HEADER.length) {
            return false;
        }
        for (int i = 0; i < HEADER.length; i++) {
            if (in.getByte(headerAt + i) != HEADER[i]) {
                return false;
            }
        }
        return true;
    }
}
