package io.vledger.access.signature;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;

/**
 * The HMAC-SHA1 of one key (RFC 2104): as {@link Mac} computes it, but the blocks that depend on the key alone are digested once, and not
 * with each message. Two of the 25 blocks of a message of 1 KiB, and a quarter of a short one's. One thread.
 */
final class HmacSha1 {
    /** Bytes of a code. */
    static final int BYTES = 20;

    private static final String DIGEST = "SHA-1";
    private static final int BLOCK_BYTES = 64;
    private static final byte INNER = 0x36;
    private static final byte OUTER = 0x5C;

    /** What has digested the key's first blocks, and is never used but to be copied. */
    private final MessageDigest inner;

    private final MessageDigest outer;
    private MessageDigest current;

    /** @param secret whose UTF-8 bytes are the key */
    HmacSha1(String secret) {
        try {
            byte[] key = secret.getBytes(StandardCharsets.UTF_8);
            byte[] block = Arrays.copyOf(
                    key.length > BLOCK_BYTES ? MessageDigest.getInstance(DIGEST).digest(key) : key, BLOCK_BYTES);
            inner = begun(block, INNER);
            outer = begun(block, OUTER);
        } catch (GeneralSecurityException impossible) { // every JDK has it
            throw new IllegalStateException(impossible);
        }
        current = copy(inner);
    }

    private static MessageDigest begun(byte[] block, byte pad) throws GeneralSecurityException {
        byte[] padded = block.clone();
        for (int i = 0; i < padded.length; i++) {
            padded[i] ^= pad;
        }
        MessageDigest digest = MessageDigest.getInstance(DIGEST);
        digest.update(padded);
        return digest;
    }

    private static MessageDigest copy(MessageDigest digest) {
        try {
            return (MessageDigest) digest.clone();
        } catch (CloneNotSupportedException impossible) { // the JDK's can be copied
            throw new IllegalStateException(impossible);
        }
    }

    void update(byte[] bytes, int offset, int length) {
        current.update(bytes, offset, length);
    }

    void update(byte[] bytes) {
        current.update(bytes);
    }

    void update(java.nio.ByteBuffer bytes) {
        current.update(bytes);
    }

    /** The code of what was given since the last one. */
    byte[] code() {
        byte[] content = current.digest();
        current = copy(inner);
        MessageDigest last = copy(outer);
        last.update(content);
        return last.digest();
    }
}
