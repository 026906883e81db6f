package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The three frames by which members authenticate each other, before any other frame of a connection. After the int length: a type byte,
 * then
 *
 * <pre>
 * 19 claim       byte version; texts group, from, to; 32 bytes nonce of the dialler
 * 20 challenge   32 bytes nonce of the acceptor; byte count, that many proofs of the acceptor, 32 bytes each, one for each of its
 *                secrets; none if it has no secret
 * 21 proof       32 bytes proof of the dialler
 * </pre>
 */
final class AuthenticationFrames {
    /** Bound of these frames, length field excluded. */
    static final int MAX_BYTES = 1024;

    private static final int CLAIM = 19;
    private static final int CHALLENGE = 20;
    private static final int PROOF = 21;
    private static final int VERSION = 1;
    private static final int MAX_TEXT_BYTES = 256;
    private static final int MAX_PROOFS = 2;

    private AuthenticationFrames() {}

    /**
     * Who opens a connection to whom.
     *
     * @param group the group
     * @param from the node that opens it
     * @param to the node that accepts it
     * @param nonce random bytes of the opener
     */
    record Claim(String group, String from, String to, byte[] nonce) {}

    /**
     * The acceptor's answer to a claim.
     *
     * @param nonce its random bytes
     * @param proofs its proofs, one for each of its secrets
     */
    record Challenge(byte[] nonce, List<byte[]> proofs) {}

    static boolean isClaim(ByteBuf frame) {
        return hasType(frame, CLAIM);
    }

    static boolean isChallenge(ByteBuf frame) {
        return hasType(frame, CHALLENGE);
    }

    static boolean isProof(ByteBuf frame) {
        return hasType(frame, PROOF);
    }

    private static boolean hasType(ByteBuf frame, int type) {
        return frame.isReadable() && frame.getByte(frame.readerIndex()) == type;
    }

    static ByteBuf encode(Claim claim, ByteBufAllocator allocator) {
        ByteBuf frame = begin(CLAIM, allocator).writeByte(VERSION);
        writeText(frame, claim.group());
        writeText(frame, claim.from());
        writeText(frame, claim.to());
        return end(frame.writeBytes(claim.nonce()));
    }

    static Claim decodeClaim(ByteBuf frame) throws PeerCodec.BadFrame {
        try {
            frame.skipBytes(1);
            int version = frame.readByte();
            if (version != VERSION) {
                throw new PeerCodec.BadFrame("it authenticates by version " + version + ", this node by " + VERSION);
            }
            Claim claim =
                    new Claim(readText(frame), readText(frame), readText(frame), read(frame, PeerProof.NONCE_BYTES));
            return complete(frame, claim);
        } catch (IndexOutOfBoundsException e) {
            throw new PeerCodec.BadFrame("its claim who it is is cut short");
        }
    }

    static ByteBuf encode(Challenge challenge, ByteBufAllocator allocator) {
        ByteBuf frame = begin(CHALLENGE, allocator).writeBytes(challenge.nonce());
        frame.writeByte(challenge.proofs().size());
        challenge.proofs().forEach(frame::writeBytes);
        return end(frame);
    }

    static Challenge decodeChallenge(ByteBuf frame) throws PeerCodec.BadFrame {
        try {
            frame.skipBytes(1);
            byte[] nonce = read(frame, PeerProof.NONCE_BYTES);
            int count = frame.readByte();
            if (count < 0 || count > MAX_PROOFS) {
                throw new PeerCodec.BadFrame("its challenge has " + count + " proofs");
            }
            List<byte[]> proofs = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                proofs.add(read(frame, PeerProof.PROOF_BYTES));
            }
            return complete(frame, new Challenge(nonce, proofs));
        } catch (IndexOutOfBoundsException e) {
            throw new PeerCodec.BadFrame("its challenge is cut short");
        }
    }

    static ByteBuf encodeProof(byte[] proof, ByteBufAllocator allocator) {
        return end(begin(PROOF, allocator).writeBytes(proof));
    }

    static byte[] decodeProof(ByteBuf frame) throws PeerCodec.BadFrame {
        if (frame.readableBytes() != 1 + PeerProof.PROOF_BYTES) {
            throw new PeerCodec.BadFrame("its proof has " + (frame.readableBytes() - 1) + " bytes");
        }
        frame.skipBytes(1);
        return read(frame, PeerProof.PROOF_BYTES);
    }

    private static ByteBuf begin(int type, ByteBufAllocator allocator) {
        return allocator.buffer(PeerCodec.SMALL_BYTES).writeInt(0).writeByte(type);
    }

    private static ByteBuf end(ByteBuf frame) {
        return frame.setInt(0, frame.readableBytes() - Integer.BYTES);
    }

    private static <T> T complete(ByteBuf frame, T decoded) throws PeerCodec.BadFrame {
        if (frame.isReadable()) {
            throw new PeerCodec.BadFrame("an authentication frame has " + frame.readableBytes() + " bytes too many");
        }
        return decoded;
    }

    private static byte[] read(ByteBuf frame, int bytes) {
        byte[] read = new byte[bytes];
        frame.readBytes(read);
        return read;
    }

    private static void writeText(ByteBuf frame, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        frame.writeShort(bytes.length).writeBytes(bytes);
    }

    private static String readText(ByteBuf frame) throws PeerCodec.BadFrame {
        int bytes = frame.readShort();
        if (bytes < 0 || bytes > MAX_TEXT_BYTES) {
            throw new PeerCodec.BadFrame("a name of " + bytes + " bytes");
        }
        return frame.readCharSequence(bytes, StandardCharsets.UTF_8).toString();
    }
}
