package io.vledger.access.key;

import io.vledger.api.net.SecretFile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys of a file: the first one is used, the second one still counts while one replaces the other. Immutable. */
public final class AccessKeys {
    private final List<AccessKey> keys;

    private AccessKeys(List<AccessKey> keys) {
        this.keys = keys;
    }

    /**
     * Keys.
     *
     * @param texts one or two, the one to use first
     */
    public static AccessKeys of(List<String> texts) {
        return new AccessKeys(texts.stream().map(AccessKey::new).toList());
    }

    /**
     * Reads a {@link SecretFile}. Blocking.
     *
     * @throws IOException with a message that names the file, what is wrong with it and the remedy, and never its content
     */
    public static AccessKeys read(Path file) throws IOException {
        return of(SecretFile.read(file, "the key of access control", "key"));
    }

    /**
     * Seals a secret with the first key.
     *
     * @param owner what it belongs to; it cannot be opened as somebody else's
     */
    public Sealed seal(String text, String owner) {
        return keys.get(0).seal(text, owner);
    }

    /** Opens what was sealed; null if none of the keys can. */
    public @Nullable String open(Sealed sealed, String owner) {
        for (AccessKey key : keys) {
            if (key.id() == sealed.keyId()) {
                try {
                    return key.open(sealed, owner);
                } catch (GeneralSecurityException forged) {
                    return null;
                }
            }
        }
        return null;
    }

    /** Whether a secret was sealed with another key than the first one. */
    public boolean outdated(Sealed sealed) {
        return keys.get(0).id() != sealed.keyId();
    }

    /** The secrets by which members sign requests of their own; the first one is used. */
    public List<String> signing() {
        return keys.stream().map(AccessKey::signing).toList();
    }

    /** Which key is used. */
    public int firstId() {
        return keys.get(0).id();
    }

    /** Proves that this side knows a key, about some content; null if it does not. */
    public byte @Nullable [] prove(int keyId, byte[] content) {
        for (AccessKey key : keys) {
            if (key.id() == keyId) {
                return key.prove(content);
            }
        }
        return null;
    }

    /** Whether a proof about some content shows that the other side knows a key. */
    public boolean proves(int keyId, byte[] content, byte[] proof) {
        byte[] own = prove(keyId, content);
        return own != null && MessageDigest.isEqual(own, proof);
    }
}
