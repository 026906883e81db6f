package io.vledger.access.key;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The keys of a file: the first one is used, the second one still counts while one replaces the other. Immutable. */
public final class AccessKeys {
    private static final int MAX_FILE_BYTES = 4_096;
    private static final int MAX_KEYS = 2;
    private static final int LEAST_CHARACTERS = 32;

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
     * Reads a file with a key on each of its one or two lines that are not blank. Blocking.
     *
     * @throws IOException with a message that names the file, what is wrong with it and the remedy, and never its content
     */
    public static AccessKeys read(Path file) throws IOException {
        List<String> lines;
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new IOException("it has more than " + MAX_FILE_BYTES + " bytes; it holds one key, or two");
            }
            requirePrivate(file);
            lines = Files.readString(file, StandardCharsets.UTF_8)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
        } catch (NoSuchFileException absent) {
            throw new IOException(
                    "the key of access control, " + file + ", is not there; write the same "
                            + LEAST_CHARACTERS + " characters or more into that file on every member, for example from:"
                            + " openssl rand -base64 48",
                    absent);
        } catch (IOException failure) {
            throw new IOException(
                    "the key of access control, " + file + ", cannot be used: " + failure.getMessage(), failure);
        }
        if (lines.isEmpty() || lines.size() > MAX_KEYS) {
            throw new IOException("the key of access control, " + file + ", has " + lines.size()
                    + " lines; write one key, or two while you replace it, each on a line");
        }
        if (lines.stream().anyMatch(line -> line.length() < LEAST_CHARACTERS)) {
            throw new IOException("the key of access control, " + file + ", is shorter than " + LEAST_CHARACTERS
                    + " characters; generate one, for example with: openssl rand -base64 48");
        }
        return of(lines);
    }

    /** Where the file system has such permissions, nobody but the owner may read the file. */
    private static void requirePrivate(Path file) throws IOException {
        if (!Files.getFileStore(file).supportsFileAttributeView("posix")) {
            return;
        }
        Set<PosixFilePermission> granted = EnumSet.noneOf(PosixFilePermission.class);
        granted.addAll(Files.getPosixFilePermissions(file));
        granted.removeAll(EnumSet.of(
                PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE));
        if (!granted.isEmpty()) {
            throw new IOException("others than its owner may use it (" + granted + "); chmod 600 it");
        }
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
