package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/**
 * Cuts a stream into frames, without copying where a frame came in one piece. The bound of a frame can be raised once it is known who
 * sends them, so that a stranger cannot have this node collect many bytes. For its event loop.
 */
final class FrameDecoder extends ByteToMessageDecoder {
    private int maxBytes;
    private boolean broken;

    FrameDecoder(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Sets the bound of the frames that follow, length field excluded. */
    void maxBytes(int bytes) {
        maxBytes = bytes;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws PeerCodec.BadFrame {
        if (broken) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (in.readableBytes() < Integer.BYTES) {
            return;
        }
        int length = in.getInt(in.readerIndex());
        if (length < 1 || length > maxBytes) {
            broken = true;
            throw new PeerCodec.BadFrame(
                    "it sent a frame of " + length + " bytes; 1 to " + maxBytes + " are taken here");
        }
        if (in.readableBytes() - Integer.BYTES >= length) {
            in.skipBytes(Integer.BYTES);
            out.add(in.readRetainedSlice(length));
        }
    }
}
