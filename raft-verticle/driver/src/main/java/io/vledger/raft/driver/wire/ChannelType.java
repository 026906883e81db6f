package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vertx.core.buffer.Buffer;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.net.PeerTransport;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The channels of {@link PeerChannel}, each with two frame types of its own: one of requests, which may be the first frame of a
 * connection, and one of responses. Another channel takes the next two numbers that are free in the table of {@link PeerCodec}.
 */
enum ChannelType {
    /** {@link PeerTransport#ORIGIN_CHANNEL}. */
    ORIGIN(PeerTransport.ORIGIN_CHANNEL, 9, 10),
    /** {@link PeerTransport#CALLS_CHANNEL}. */
    CALLS(PeerTransport.CALLS_CHANNEL, 22, 23);

    private final String channel;
    private final int request;
    private final int response;

    ChannelType(String channel, int request, int response) {
        this.channel = channel;
        this.request = request;
        this.response = response;
    }

    /** The one of a name; null if there is none. */
    static @Nullable ChannelType named(String channel) {
        return Arrays.stream(values())
                .filter(type -> type.channel.equals(channel))
                .findFirst()
                .orElse(null);
    }

    /** The one of which a frame is a request; null if it is none. */
    static @Nullable ChannelType ofRequest(ByteBuf frame) {
        int type = frame.getByte(frame.readerIndex());
        return Arrays.stream(values())
                .filter(each -> each.request == type)
                .findFirst()
                .orElse(null);
    }

    /** Encodes a request. */
    ByteBuf request(Buffer bytes, ByteBufAllocator allocator) {
        return frame(request, bytes, allocator);
    }

    /** Encodes a response. */
    ByteBuf response(Buffer bytes, ByteBufAllocator allocator) {
        return frame(response, bytes, allocator);
    }

    private static ByteBuf frame(int type, Buffer bytes, ByteBufAllocator allocator) {
        ByteBuf frame = allocator.buffer(bytes.length() + PeerCodec.SMALL_BYTES);
        return frame.writeInt(bytes.length() + 1).writeByte(type).writeBytes(bytes.getBytes());
    }

    /** What a frame requests, copied. */
    Buffer decodeRequest(ByteBuf frame) throws PeerCodec.BadFrame {
        if (frame.readableBytes() > PeerChannel.MAX_REQUEST_BYTES + 1) {
            throw new PeerCodec.BadFrame("it sent a request of " + frame.readableBytes() + " bytes");
        }
        return payload(frame, request);
    }

    /** What a frame responds, copied. */
    Buffer decodeResponse(ByteBuf frame) throws PeerCodec.BadFrame {
        return payload(frame, response);
    }

    private Buffer payload(ByteBuf frame, int expected) throws PeerCodec.BadFrame {
        if (frame.getByte(frame.readerIndex()) != expected) {
            throw new PeerCodec.BadFrame(
                    "it sent a frame of type " + frame.getByte(frame.readerIndex()) + " on the channel " + channel);
        }
        byte[] bytes = new byte[frame.readableBytes() - 1];
        frame.getBytes(frame.readerIndex() + 1, bytes);
        return Buffer.buffer(bytes);
    }
}
