package io.vledger.remoting.wire;

import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * How a request travels from the node that a client sent it to, to the one that can serve it; see the module's README.
 *
 * <pre>
 * request   header: code {@value #CODE}, flag one-way as the client's   body: version, hops, address, the client's frame
 * answer    header: code {@value #ANSWERED}                             body: the frame for the client
 *           header: code {@value #GIVEN_BACK}                         body: the client's frame
 *           header: code {@value #CLOSE_CLIENT}                         no body
 *           header: any other code, a remark in words              no body
 *
 * version   byte, {@value #VERSION}
 * hops      byte, 1 to {@value #MAX_HOPS}
 * address   byte 4 or 16, so many bytes of IP address, short port
 * </pre>
 */
final class Envelope {
    /** Request code; a short that no code of RocketMQ is cut to. */
    static final int CODE = 30_500;
    /** The answer is within. */
    static final int ANSWERED = 0;
    /** The node could not serve it and did nothing; the request is within. */
    static final int GIVEN_BACK = 30_501;
    /** The client's connection is to be closed instead of an answer. */
    static final int CLOSE_CLIENT = 30_502;

    static final byte VERSION = 1;
    static final int MAX_HOPS = 3;
    /** Bytes of an envelope beside the frame that it carries, at most; its header included. */
    static final int OVERHEAD_BYTES = 64;

    private static final int MIN_FRAME_BYTES = 8;
    private static final byte[] NO_ADDRESS = new byte[4];

    final int hops;
    final InetSocketAddress client;
    /** Where the carried frame's header lies. */
    final int headerAt;

    final int headerLength;
    final byte encoding;
    final int bodyAt;
    final int bodyLength;

    private Envelope(int hops, InetSocketAddress client, ByteBuf in, int frameAt, int frameLength) {
        this.hops = hops;
        this.client = client;
        int word = in.getInt(frameAt + 4);
        this.encoding = (byte) (word >>> 24);
        this.headerAt = frameAt + MIN_FRAME_BYTES;
        this.headerLength = word & 0xFFFFFF;
        this.bodyAt = headerAt + headerLength;
        this.bodyLength = frameLength - MIN_FRAME_BYTES - headerLength;
    }

    /**
     * Reads the envelope of {@code length} bytes at {@code at}.
     *
     * @throws BadFrame saying what is wrong with it
     */
    static Envelope read(ByteBuf in, int at, int length, Limits limits) {
        if (length < 3) {
            throw new BadFrame("an envelope of " + length + " bytes");
        }
        byte version = in.getByte(at);
        if (version != VERSION) {
            throw new BadFrame("an envelope of version " + version + ", and only " + VERSION + " is known here");
        }
        int hops = in.getByte(at + 1);
        if (hops < 1 || hops > MAX_HOPS) {
            throw new BadFrame("an envelope after " + hops + " hops; allowed are 1 to " + MAX_HOPS);
        }
        int addressLength = in.getByte(at + 2);
        int frameAt = at + 3 + addressLength + 2;
        int frameLength = at + length - frameAt;
        if ((addressLength != 4 && addressLength != 16) || frameLength < MIN_FRAME_BYTES) {
            throw new BadFrame("an envelope of " + length + " bytes with an address of " + addressLength);
        }
        if (in.getInt(frameAt) != frameLength - 4) {
            throw new BadFrame(
                    "a frame of " + in.getInt(frameAt) + " bytes in an envelope with room for " + (frameLength - 4));
        }
        int headerLength = in.getInt(frameAt + 4) & 0xFFFFFF;
        if (headerLength > frameLength - MIN_FRAME_BYTES || headerLength > limits.maxHeaderBytes()) {
            throw new BadFrame("an envelope's header of " + headerLength + " bytes in a frame of " + frameLength);
        }
        byte[] address = new byte[addressLength];
        in.getBytes(at + 3, address);
        int port = in.getUnsignedShort(at + 3 + addressLength);
        try {
            return new Envelope(
                    hops, new InetSocketAddress(InetAddress.getByAddress(address), port), in, frameAt, frameLength);
        } catch (UnknownHostException e) {
            throw new BadFrame("an envelope with an address of " + addressLength + " bytes");
        }
    }

    /** Bytes of what {@link #writePrefix} writes. */
    static int prefixBytes(InetSocketAddress client) {
        return 3 + address(client).length + 2;
    }

    /** Appends everything of an envelope's body but the frame. */
    static void writePrefix(ByteBuf out, int hops, InetSocketAddress client) {
        byte[] address = address(client);
        out.writeByte(VERSION).writeByte(hops).writeByte(address.length);
        out.writeBytes(address).writeShort(client.getPort());
    }

    private static byte[] address(InetSocketAddress client) {
        InetAddress resolved = client.getAddress();
        return resolved == null ? NO_ADDRESS : resolved.getAddress();
    }

    /** Start of the carried frame, its length included. */
    int frameAt() {
        return headerAt - MIN_FRAME_BYTES;
    }

    /** Bytes of the carried frame, its length included. */
    int frameLength() {
        return MIN_FRAME_BYTES + headerLength + bodyLength;
    }
}
