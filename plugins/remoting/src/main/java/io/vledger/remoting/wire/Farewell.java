package io.vledger.remoting.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.vledger.protocol.LanguageCode;
import java.nio.charset.StandardCharsets;

/**
 * How a server ends a connection so that its client knows at once which requests were not served.
 *
 * <p>Java clients do not look at a plain end of a connection: a send that is on its way then waits for its whole timeout. They
 * fail what is on its way, and try it elsewhere, if they close the connection themselves, as they do after a header that they
 * cannot read. So that is the last thing they are sent, behind every answer; what they still send meanwhile is read and thrown
 * away. Where nothing was served the connection is reset, which tells clients the same, but may cost answers.
 */
enum Farewell {
    /** Nothing was served yet. */
    RESET,
    /** For Java clients. */
    LAST_FRAME,
    /** For other clients: the end of what is sent. */
    END_OF_OUTPUT;

    /** How long a client has to close the connection. */
    static final long PATIENCE_MS = 300;

    /** The code of a header is a number: the text is what clients show in their logs. */
    private static final byte[] HEADER = "{\"code\":\"this node stops\"}".getBytes(StandardCharsets.US_ASCII);

    static Farewell to(LanguageCode language) {
        return language == LanguageCode.JAVA ? LAST_FRAME : END_OF_OUTPUT;
    }

    static void writeTo(ByteBuf target) {
        target.writeInt(Integer.BYTES + HEADER.length).writeInt(HEADER.length).writeBytes(HEADER);
    }

    /** Whether this is what a server of ours sends last. */
    static boolean is(ByteBuf in, int headerAt, int headerLength) {
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

    /** Closes a channel so that its peer sees a reset. */
    static void reset(Channel channel) {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        channel.close();
    }

    static void endOutput(Channel channel) {
        if (channel instanceof DuplexChannel duplex) {
            duplex.shutdownOutput();
        } else {
            channel.close();
        }
    }
}
