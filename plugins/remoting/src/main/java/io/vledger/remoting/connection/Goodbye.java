package io.vledger.remoting.connection;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.vledger.protocol.LanguageCode;
import io.vledger.remoting.frame.GoodbyeFrame;

/**
 * How a server ends a connection so that its client knows at once which requests were not served.
 *
 * <p>Java clients do not look at a plain end of a connection: a send that is unanswered then waits for its whole timeout. They
 * fail what is unanswered, and try it elsewhere, if they close the connection themselves, as they do after a
 * {@link GoodbyeFrame}. So that is sent behind every answer; what they still send meanwhile is read and thrown away. Where
 * nothing was served the connection is reset, which has the same effect on clients, but may cost answers.
 */
enum Goodbye {
    /** Nothing was served yet. */
    RESET,
    /** For Java clients. */
    LAST_FRAME,
    /** For other clients: the end of what is sent. */
    END_OF_OUTPUT;

    /** How long a client has to close the connection. */
    static final long PATIENCE_MS = 300;

    static Goodbye to(LanguageCode language) {
        return language == LanguageCode.JAVA ? LAST_FRAME : END_OF_OUTPUT;
    }

    /** Closes a channel so that its peer sees a reset; one that has ended meanwhile is left as it is. */
    static void reset(Channel channel) {
        try {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        } catch (ChannelException ended) {
            // The peer has just closed it, which the connection learns by a later task of its loop.
        }
        var unused = channel.close();
    }

    static void endOutput(Channel channel) {
        if (channel instanceof DuplexChannel duplex) {
            var unused = duplex.shutdownOutput();
        } else {
            var unused = channel.close();
        }
    }
}
