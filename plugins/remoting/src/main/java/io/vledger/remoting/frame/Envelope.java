package io.vledger.remoting.frame;

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
public final class Envelope {
    /** Request code; a short that no code of RocketMQ is cut to. */
    public static final int CODE = 30_500;
    /** The answer is within. */
    public static final int ANSWERED = 0;
    /** The node could not serve it and did nothing; the request is within. */
    public static final int GIVEN_BACK = 30_501;
    /** The client's connection is to be closed instead of an answer. */
    public static final int CLOSE_CLIENT = 30_502;

    static final byte VERSION = 1;
    static final int MAX_HOPS = 3;
    /** Bytes of an envelope beside the frame that it carries, at most; its header included. */
    public static final int OVERHEAD_BYTES = 64;

    private static final byte[] NO_ADDRESS = new byte[4];

    private final int hops;
    private final InetSocketAddress client;
    private final int headerAt;
    private final int headerLength;
    private final byte encoding;
    private final int bodyAt;
    private final int bodyLength;

    private Envelope(int hops, InetSocketAddress client, ByteBuf in, int frameAt, int frameLength) {
        this.hops = hops;
        this.client = client;
        int word = in.getInt(frameAt + 4);
        this.encoding = FrameHead.encoding(word);
        this.headerAt = frameAt + FrameHead.BYTES;
        this.headerLength = FrameHead.headerLength(word);
        this.bodyAt = headerAt + headerLength;
        this.bodyLength = frameLength - FrameHead.BYTES - headerLength;
    }

    /**
     * Reads the envelope of {@code length} bytes at {@code at}.
     *
     * @throws BadFrame saying what is wrong with it
     */
    public static Envelope read(ByteBuf in, int at, int length, FrameLimits limits) {
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
        if ((addressLength != 4 && addressLength != 16) || frameLength < FrameHead.BYTES) {
            throw new BadFrame("an envelope of " + length + " bytes with an address of " + addressLength);
        }
        if (in.getInt(frameAt) != frameLength - 4) {
            throw new BadFrame(
                    "a frame of " + in.getInt(frameAt) + " bytes in an envelope with room for " + (frameLength - 4));
        }
        int headerLength = FrameHead.headerLength(in.getInt(frameAt + 4));
        if (headerLength > frameLength - FrameHead.BYTES || headerLength > limits.maxHeaderBytes()) {
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
    public static int prefixBytes(InetSocketAddress client) {
        return 3 + address(client).length + 2;
    }

    /** Appends everything of an envelope's body but the frame. */
    public static void writePrefix(ByteBuf out, int hops, InetSocketAddress client) {
        byte[] address = address(client);
        out.writeByte(VERSION).writeByte(hops).writeByte(address.length);
        out.writeBytes(address).writeShort(client.getPort());
    }

    private static byte[] address(InetSocketAddress client) {
        InetAddress resolved = client.getAddress();
        return resolved == null ? NO_ADDRESS : resolved.getAddress();
    }

    /** How many nodes relayed the request, the last one included. */
    public int hops() {
        return hops;
    }

    /** The client's address, as the first of these nodes saw it. */
    public InetSocketAddress client() {
        return client;
    }

    /** Where the carried frame's header begins. */
    public int headerAt() {
        return headerAt;
    }

    /** Bytes of the carried frame's header. */
    public int headerLength() {
        return headerLength;
    }

    /** Encoding of the carried frame's header. */
    public byte encoding() {
        return encoding;
    }

    /** Where the carried frame's body begins. */
    public int bodyAt() {
        return bodyAt;
    }

    /** Bytes of the carried frame's body. */
    public int bodyLength() {
        return bodyLength;
    }
}
