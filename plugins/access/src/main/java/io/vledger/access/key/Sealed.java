package io.vledger.access.key;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A secret that only who has the key can read.
 *
 * @param keyId which key
 * @param bytes nonce, and ciphertext with its tag (AES-256-GCM); not to be changed
 */
public record Sealed(int keyId, byte[] bytes) {
    /** Bound of {@link #bytes}. */
    public static final int MAX_BYTES = 2_048;

    /** Refuses more bytes than are read back. */
    public Sealed {
        if (bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "a secret of " + bytes.length + " bytes when sealed; at most " + MAX_BYTES);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Sealed sealed && sealed.keyId == keyId && Arrays.equals(sealed.bytes, bytes);
    }

    @Override
    public int hashCode() {
        return keyId * 31 + Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "Sealed[" + Integer.toHexString(keyId) + "]";
    }
}
