package io.vledger.api.tls;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslContext;
import java.util.List;
import java.util.function.Consumer;

/**
 * Looks at the first byte of an accepted connection: 0x16 begins a TLS handshake, and no frame of the remoting protocol, whose first byte
 * is the highest of its length. Puts TLS before what follows in the pipeline, or closes the connection where the mode asks for that.
 * Channel's loop only.
 */
public final class TlsDetector extends ByteToMessageDecoder {
    private static final int HANDSHAKE = 0x16;

    private final TlsContexts contexts;
    private final boolean required;
    private final Consumer<String> refused;

    /** @param refused hears why a connection is closed */
    public TlsDetector(TlsContexts contexts, Consumer<String> refused) {
        this(contexts, contexts.settings().mode() == TlsSettings.Mode.ENFORCING, refused);
    }

    /**
     * As the other constructor, for a port with a rule of its own.
     *
     * @param required whether a connection without TLS is closed
     */
    public TlsDetector(TlsContexts contexts, boolean required, Consumer<String> refused) {
        this.contexts = contexts;
        this.required = required;
        this.refused = refused;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (!in.isReadable()) {
            return;
        }
        boolean encrypted = in.getByte(in.readerIndex()) == HANDSHAKE;
        SslContext server = contexts.server();
        if (encrypted && server != null) {
            context.pipeline().addAfter(context.name(), "tls", server.newHandler(context.alloc()));
            context.pipeline().remove(this);
        } else if (encrypted) {
            refuse(context, in, "it begins with TLS, which is disabled here");
        } else if (required) {
            refuse(context, in, "it does not use TLS, which is required here");
        } else {
            context.pipeline().remove(this);
        }
    }

    private void refuse(ChannelHandlerContext context, ByteBuf in, String why) {
        in.skipBytes(in.readableBytes());
        refused.accept(why);
        var unused = context.close();
    }
}
