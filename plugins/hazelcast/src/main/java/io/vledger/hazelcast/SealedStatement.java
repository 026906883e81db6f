package io.vledger.hazelcast;

import io.vledger.api.net.SharedSecrets;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A statement that only who knows the secret can make and read: AES-256-GCM with a key that is derived from the secret, over the time, the node
 * that says it, and the statement. Text: Base64 of a random number of {@value #NONCE_BYTES} bytes and what was encrypted.
 *
 * @param node who says it
 * @param timeMs when, by its clock
 * @param statement what
 */
record SealedStatement(String node, long timeMs, byte[] statement) {
    private static final String CIPHER = "AES/GCM/NoPadding";
    private static final byte[] PURPOSE = "vledger-discovery-1".getBytes(StandardCharsets.US_ASCII);
    private static final int NONCE_BYTES = 12;
    private static final int GCM_TAG_BITS = 128;
    private static final int MAX_NODE_BYTES = 1020;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Seals it with the first of the secrets. */
    String seal(SharedSecrets secrets) {
        byte[] name = node.getBytes(StandardCharsets.UTF_8);
        ByteBuffer plain = ByteBuffer.allocate(Long.BYTES + Short.BYTES + name.length + statement.length);
        plain.putLong(timeMs).putShort((short) name.length).put(name).put(statement);
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        try {
            byte[] sealed =
                    cipher(Cipher.ENCRYPT_MODE, secrets.all().get(0), nonce).doFinal(plain.array());
            byte[] whole = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
            System.arraycopy(sealed, 0, whole, NONCE_BYTES, sealed.length);
            return Base64.getEncoder().encodeToString(whole);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + CIPHER, e);
        }
    }

    /**
     * Opens what was sealed with one of the secrets.
     *
     * @throws Statement.Unreadable if it was made with none of them
     */
    static SealedStatement open(String text, SharedSecrets secrets) throws Statement.Unreadable {
        byte[] whole;
        try {
            whole = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new Statement.Unreadable("not Base64");
        }
        if (whole.length > NONCE_BYTES) {
            byte[] nonce = Arrays.copyOf(whole, NONCE_BYTES);
            for (byte[] secret : secrets.all()) {
                try {
                    return read(ByteBuffer.wrap(cipher(Cipher.DECRYPT_MODE, secret, nonce)
                            .doFinal(whole, NONCE_BYTES, whole.length - NONCE_BYTES)));
                } catch (GeneralSecurityException another) {
                    // made with another secret, or by somebody who knows none
                }
            }
        }
        throw new Statement.Unreadable("made by somebody who does not know the secret");
    }

    private static SealedStatement read(ByteBuffer plain) throws Statement.Unreadable {
        if (plain.remaining() < Long.BYTES + Short.BYTES) {
            throw new Statement.Unreadable("cut short");
        }
        long timeMs = plain.getLong();
        int length = plain.getShort();
        if (length < 0 || length > MAX_NODE_BYTES || length > plain.remaining()) {
            throw new Statement.Unreadable("a name of " + length + " bytes");
        }
        byte[] name = new byte[length];
        plain.get(name);
        byte[] statement = new byte[plain.remaining()];
        plain.get(statement);
        return new SealedStatement(new String(name, StandardCharsets.UTF_8), timeMs, statement);
    }

    private static Cipher cipher(int mode, byte[] secret, byte[] nonce) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret, mac.getAlgorithm()));
        Cipher cipher = Cipher.getInstance(CIPHER);
        cipher.init(mode, new SecretKeySpec(mac.doFinal(PURPOSE), "AES"), new GCMParameterSpec(GCM_TAG_BITS, nonce));
        return cipher;
    }
}
