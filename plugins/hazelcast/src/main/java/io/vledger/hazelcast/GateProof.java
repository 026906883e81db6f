package io.vledger.hazelcast;

import io.vledger.api.net.SharedSecrets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * How two members prove to each other that each knows a secret. A proof is an HMAC-SHA256 over who proves it and a random number of each
 * side, so it can be neither replayed nor sent back to its maker.
 *
 * <pre>
 * who connects   4 bytes magic, 32 bytes nonce
 * who accepts    32 bytes nonce, byte count, that many proofs of 32 bytes, one for each of its secrets
 * who connects   32 bytes proof
 * </pre>
 *
 * <p>Any thread.
 */
final class GateProof {
    static final int FIRST_WORD = 0x564C4431;
    static final int NONCE_BYTES = 32;
    static final int PROOF_BYTES = 32;
    static final int MAX_PROOFS = 2;
    private static final byte[] PURPOSE = "vledger-discovery-1".getBytes(StandardCharsets.US_ASCII);
    private static final byte CONNECTS = 1;
    private static final byte ACCEPTS = 2;

    private final Supplier<SharedSecrets> secrets;
    private final SecureRandom random = new SecureRandom();

    /** @param secrets those of this moment */
    GateProof(Supplier<SharedSecrets> secrets) {
        this.secrets = secrets;
    }

    /** A number that nobody has seen yet. */
    byte[] nonce() {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        return nonce;
    }

    /** What who connects begins with. */
    static byte[] hello(byte[] nonce) {
        return ByteBuffer.allocate(Integer.BYTES + NONCE_BYTES)
                .putInt(FIRST_WORD)
                .put(nonce)
                .array();
    }

    /** What who accepts answers to that. */
    byte[] answer(byte[] connects, byte[] accepts) {
        List<byte[]> all = secrets.get().all();
        ByteBuffer answer = ByteBuffer.allocate(NONCE_BYTES + 1 + all.size() * PROOF_BYTES);
        answer.put(accepts).put((byte) all.size());
        for (byte[] secret : all) {
            answer.put(proof(secret, ACCEPTS, connects, accepts));
        }
        return answer.array();
    }

    /**
     * What who connects says last.
     *
     * @param proofs of who accepts
     * @throws IOException if none of them shows a secret that is known here
     */
    byte[] last(byte[] proofs, byte[] connects, byte[] accepts) throws IOException {
        return proof(secretOf(proofs, ACCEPTS, connects, accepts), CONNECTS, connects, accepts);
    }

    /**
     * Checks what who connects said last.
     *
     * @throws IOException if it does not show a secret that is known here
     */
    void check(byte[] last, byte[] connects, byte[] accepts) throws IOException {
        secretOf(last, CONNECTS, connects, accepts);
    }

    /** The secret by which one of some proofs was made. */
    private byte[] secretOf(byte[] proofs, byte side, byte[] connects, byte[] accepts) throws IOException {
        for (byte[] secret : secrets.get().all()) {
            byte[] expected = proof(secret, side, connects, accepts);
            for (int at = 0; at < proofs.length; at += PROOF_BYTES) {
                if (MessageDigest.isEqual(expected, Arrays.copyOfRange(proofs, at, at + PROOF_BYTES))) {
                    return secret;
                }
            }
        }
        throw new IOException("it does not know the secret");
    }

    private static byte[] proof(byte[] secret, byte side, byte[] connects, byte[] accepts) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, mac.getAlgorithm()));
            mac.update(PURPOSE);
            mac.update(side);
            mac.update(connects);
            mac.update(accepts);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no HMAC-SHA256", e);
        }
    }
}
