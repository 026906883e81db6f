package io.vledger.api.net;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The secrets that the members of a group, or the nodes of a cluster, share: one, or two while one is replaced by the other. The first is
 * used, and what was made with any of them is accepted.
 */
public final class SharedSecrets {
    private static final int MAX_SECRETS = 2;
    private static final int MIN_CHARACTERS = 32;
    private static final int MAX_FILE_BYTES = 4096;
    private static final Set<PosixFilePermission> PRIVATE =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private final List<byte[]> secrets;

    /** Secrets in the order of preference; none for a member that has no secret. */
    public SharedSecrets(List<String> texts) {
        List<byte[]> bytes = new ArrayList<>();
        texts.forEach(text -> bytes.add(text.getBytes(StandardCharsets.UTF_8)));
        secrets = List.copyOf(bytes);
    }

    /**
     * Reads a file with a secret on each of its one or two lines that are not blank.
     *
     * @throws IOException with a message that names the file, what is wrong with it and the remedy, and never its content
     */
    public static SharedSecrets read(Path file) throws IOException {
        List<String> lines;
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new IOException("it has more than " + MAX_FILE_BYTES + " bytes; it holds one secret, or two");
            }
            requirePrivate(file);
            lines = Files.readString(file)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
        } catch (NoSuchFileException absent) {
            throw new IOException(
                    "the secret of the members, " + file + ", is not there; write the same secret of at least "
                            + MIN_CHARACTERS + " characters into that file on every member",
                    absent);
        } catch (IOException failure) {
            throw new IOException(
                    "the secret of the members, " + file + ", cannot be used: " + failure.getMessage(), failure);
        }
        if (lines.isEmpty() || lines.size() > MAX_SECRETS) {
            throw new IOException("the secret of the members, " + file + ", has " + lines.size()
                    + " lines; write one secret, or two while you replace it, each on a line");
        }
        if (lines.stream().anyMatch(line -> line.length() < MIN_CHARACTERS)) {
            throw new IOException("the secret of the members, " + file + ", is shorter than " + MIN_CHARACTERS
                    + " characters; generate one, for example with: openssl rand -base64 48");
        }
        return new SharedSecrets(lines);
    }

    /** Where the file system has such permissions, nobody but the owner may read the file. */
    private static void requirePrivate(Path file) throws IOException {
        if (!Files.getFileStore(file).supportsFileAttributeView("posix")) {
            return;
        }
        Set<PosixFilePermission> granted = EnumSet.noneOf(PosixFilePermission.class);
        granted.addAll(Files.getPosixFilePermissions(file));
        granted.removeAll(PRIVATE);
        granted.remove(PosixFilePermission.OWNER_EXECUTE);
        if (!granted.isEmpty()) {
            throw new IOException("others than its owner may use it (" + granted + "); chmod 600 it");
        }
    }

    /** Each secret's bytes, the preferred one first; not to be changed. */
    public List<byte[]> all() {
        return secrets;
    }
}
