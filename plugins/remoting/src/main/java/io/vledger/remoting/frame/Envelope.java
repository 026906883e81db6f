package io.vledger.remoting.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

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
 * version   byte, {@value #VERSION}, or {@value #WITH_IDENTITY} where the relaying node knows who sent the request
 * hops      byte, 1 to {@value #MAX_HOPS}
 * address   byte 4 or 16, so many bytes of IP address, short port
 * identity  in version {@value #WITH_IDENTITY} only: unsigned byte, so many bytes of UTF-8
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
    static final byte WITH_IDENTITY = 2;
    static final int MAX_HOPS = 3;
    /** Bytes of an envelope beside the frame that it carries, at most; its header included. */
    public static final int OVERHEAD_BYTES = 320;

    private static final byte[] NO_ADDRESS = new byte[4];

    private final int hops;
    private final InetSocketAddress client;
    private final @Nullable String identity;
    private final int headerAt;
    private final int headerLength;
    private final byte encoding;
    private final int bodyAt;
    private final int bodyLength;

    /**
     * Who sent a request, as the node says that relays it.
     *
     * @param hops how many nodes relayed it, this one included
     * @param client the client's address
     * @param identity what access control found out; null if nothing was looked for
     */
    public record Sender(int hops, InetSocketAddress client, @Nullable String identity) {}

    private Envelope(Sender sender, ByteBuf in, int frameAt, int frameLength) {
        this.hops = sender.hops();
        this.client = sender.client();
        this.identity = sender.identity();
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
        if (version != VERSION && version != WITH_IDENTITY) {
            throw new BadFrame("an envelope of version " + version + ", and only " + VERSION + " and " + WITH_IDENTITY
                    + " are known here");
        }
        int hops = in.getByte(at + 1);
        if (hops < 1 || hops > MAX_HOPS) {
            throw new BadFrame("an envelope after " + hops + " hops; allowed are 1 to " + MAX_HOPS);
        }
        int addressLength = in.getByte(at + 2);
        int identityAt = at + 3 + addressLength + 2;
        if ((addressLength != 4 && addressLength != 16) || at + length <= identityAt) {
            throw new BadFrame("an envelope of " + length + " bytes with an address of " + addressLength);
        }
        String identity = null;
        int frameAt = identityAt;
        if (version == WITH_IDENTITY) {
            int identityLength = in.getUnsignedByte(identityAt);
            frameAt += 1 + identityLength;
            identity =
                    frameAt < at + length ? in.toString(identityAt + 1, identityLength, StandardCharsets.UTF_8) : null;
        }
        int frameLength = at + length - frameAt;
        checkFrame(in, frameAt, frameLength, limits);
        return new Envelope(new Sender(hops, client(in, at + 3, addressLength), identity), in, frameAt, frameLength);
    }

    private static void checkFrame(ByteBuf in, int frameAt, int frameLength, FrameLimits limits) {
        if (frameLength < FrameHead.BYTES) {
            throw new BadFrame("an envelope with a frame of " + frameLength + " bytes");
        }
        if (in.getInt(frameAt) != frameLength - 4) {
            throw new BadFrame(
                    "a frame of " + in.getInt(frameAt) + " bytes in an envelope with room for " + (frameLength - 4));
        }
        int headerLength = FrameHead.headerLength(in.getInt(frameAt + 4));
        if (headerLength > frameLength - FrameHead.BYTES || headerLength > limits.maxHeaderBytes()) {
            throw new BadFrame("an envelope's header of " + headerLength + " bytes in a frame of " + frameLength);
        }
    }

    private static InetSocketAddress client(ByteBuf in, int at, int addressLength) {
        byte[] address = new byte[addressLength];
        in.getBytes(at, address);
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address), in.getUnsignedShort(at + addressLength));
        } catch (UnknownHostException e) {
            throw new BadFrame("an envelope with an address of " + addressLength + " bytes");
        }
    }

    /** Bytes of what {@link #writePrefix} writes. */
    public static int prefixBytes(Sender sender) {
        String identity = sender.identity();
        return 3 + address(sender.client()).length + 2 + (identity == null ? 0 : 1 + ByteBufUtil.utf8Bytes(identity));
    }

    /** Appends everything of an envelope's body but the frame. */
    public static void writePrefix(ByteBuf out, Sender sender) {
        byte[] address = address(sender.client());
        String identity = sender.identity();
        out.writeByte(identity == null ? VERSION : WITH_IDENTITY)
                .writeByte(sender.hops())
                .writeByte(address.length);
        out.writeBytes(address).writeShort(sender.client().getPort());
        if (identity != null) {
            out.writeByte(ByteBufUtil.utf8Bytes(identity));
            ByteBufUtil.writeUtf8(out, identity);
        }
    }

    private static byte[] address(InetSocketAddress client) {
        InetAddress resolved = client.getAddress();
        return resolved == null ? NO_ADDRESS : resolved.getAddress();
    }

    /** Who sent the request, as the relaying node says; null if it does not say. */
    public @Nullable String identity() {
        return identity;
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
