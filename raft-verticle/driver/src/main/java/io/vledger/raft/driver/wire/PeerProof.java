package io.vledger.raft.driver.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What two members prove to each other before anything else is believed: that each knows a secret of the group. A proof is an
 * HMAC-SHA256 over who proves it, the group, both node ids and a random number of each side. As it holds the other side's fresh number it
 * cannot be replayed, and as it says which side proves it, it cannot be sent back to its maker.
 *
 * @param group the group
 * @param dialler node that opened the connection
 * @param acceptor node that accepted it
 * @param diallerNonce random bytes of the dialler
 * @param acceptorNonce random bytes of the acceptor
 */
record PeerProof(String group, String dialler, String acceptor, byte[] diallerNonce, byte[] acceptorNonce) {
    /** Bytes of a nonce. */
    static final int NONCE_BYTES = 32;
    /** Bytes of a proof. */
    static final int PROOF_BYTES = 32;

    private static final String ALGORITHM = "HmacSHA256";

    /** Which side proves that it knows the secret. */
    enum Side {
        /** The one that opened the connection. */
        DIALLER(1),
        /** The one that accepted it. */
        ACCEPTOR(2);

        private final byte code;

        Side(int code) {
            this.code = (byte) code;
        }
    }

    /** The proof of one side. */
    byte[] by(Side side, byte[] secret) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret, ALGORITHM));
            mac.update("vledger-peer-1".getBytes(StandardCharsets.US_ASCII));
            mac.update(side.code);
            update(mac, group);
            update(mac, dialler);
            update(mac, acceptor);
            mac.update(diallerNonce);
            mac.update(acceptorNonce);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + ALGORITHM, e);
        }
    }

    /** Whether a proof is that of one side for a secret; takes the same time wherever they differ. */
    boolean proves(Side side, byte[] secret, byte[] proof) {
        return MessageDigest.isEqual(by(side, secret), proof);
    }

    private static void update(Mac mac, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length).array());
        mac.update(bytes);
    }
}
