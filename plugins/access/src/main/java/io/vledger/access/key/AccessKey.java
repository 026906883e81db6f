package io.vledger.access.key;

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

/** One key; what it is used for has keys of its own that are derived from it by HMAC-SHA256. */
final class AccessKey {
    private static final String MAC = "HmacSHA256";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] secret;
    private final int id;
    private final SecretKeySpec seal;
    private final byte[] proof;
    private final String signing;

    AccessKey(String text) {
        secret = text.getBytes(StandardCharsets.UTF_8);
        id = ByteBuffer.wrap(derived("vledger access: id")).getInt();
        seal = new SecretKeySpec(derived("vledger access: passwords"), "AES");
        proof = derived("vledger access: members");
        signing = Base64.getEncoder().encodeToString(derived("vledger access: requests of members"));
    }

    private byte[] derived(String purpose) {
        return mac(secret, purpose.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] mac(byte[] key, byte[] content) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(key, MAC));
            return mac.doFinal(content);
        } catch (GeneralSecurityException impossible) { // every JDK has it
            throw new IllegalStateException(impossible);
        }
    }

    int id() {
        return id;
    }

    /** What members' own requests are signed with. */
    String signing() {
        return signing;
    }

    /** Proves who knows the key, about some content. */
    byte[] prove(byte[] content) {
        return mac(proof, content);
    }

    Sealed seal(String text, String owner) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        try {
            byte[] cipher = cipher(Cipher.ENCRYPT_MODE, nonce, owner).doFinal(text.getBytes(StandardCharsets.UTF_8));
            byte[] all = Arrays.copyOf(nonce, NONCE_BYTES + cipher.length);
            System.arraycopy(cipher, 0, all, NONCE_BYTES, cipher.length);
            return new Sealed(id, all);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Throws if it was sealed with another key, or for somebody else. */
    String open(Sealed sealed, String owner) throws GeneralSecurityException {
        byte[] all = sealed.bytes();
        if (all.length < NONCE_BYTES) {
            throw new GeneralSecurityException("a sealed secret of " + all.length + " bytes");
        }
        byte[] nonce = Arrays.copyOf(all, NONCE_BYTES);
        byte[] plain = cipher(Cipher.DECRYPT_MODE, nonce, owner).doFinal(all, NONCE_BYTES, all.length - NONCE_BYTES);
        return new String(plain, StandardCharsets.UTF_8);
    }

    private Cipher cipher(int mode, byte[] nonce, String owner) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, seal, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(owner.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
