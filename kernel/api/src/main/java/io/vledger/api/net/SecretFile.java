package io.vledger.api.net;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A file with a secret that all members have, or with two while one is replaced by the other. */
public final class SecretFile {
    private static final int MAX_SECRETS = 2;
    private static final int MIN_CHARACTERS = 32;
    private static final int MAX_FILE_BYTES = 4096;
    private static final String EXAMPLE = "for example with: openssl rand -base64 48";
    private static final Set<PosixFilePermission> PRIVATE = EnumSet.of(
            PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    private SecretFile() {}

    /**
     * Reads a file with a secret on each of its one or two lines that are not blank, which nobody but its owner may use. Blocks.
     *
     * @param name what it holds, for people, such as {@code the secret of the members}
     * @param kind one of them, for people, such as {@code secret}
     * @return the secrets in the order of the file
     * @throws IOException with a message that names the file, what is wrong with it and the remedy, and never its content
     */
    public static List<String> read(Path file, String name, String kind) throws IOException {
        String named = name + ", " + file + ", ";
        List<String> lines;
        try {
            lines = lines(file, kind);
        } catch (NoSuchFileException absent) {
            throw new IOException(
                    named + "is not there; write the same " + kind + " of at least " + MIN_CHARACTERS
                            + " characters into that file on every member, generated " + EXAMPLE,
                    absent);
        } catch (IOException failure) {
            throw new IOException(named + "cannot be used: " + failure.getMessage(), failure);
        }
        if (lines.isEmpty() || lines.size() > MAX_SECRETS) {
            throw new IOException(named + "has " + lines.size() + " lines; write one " + kind
                    + ", or two while you replace it, each on a line");
        }
        if (lines.stream().anyMatch(line -> line.length() < MIN_CHARACTERS)) {
            throw new IOException(
                    named + "is shorter than " + MIN_CHARACTERS + " characters; generate one, " + EXAMPLE);
        }
        return lines;
    }

    private static List<String> lines(Path file, String kind) throws IOException {
        if (Files.size(file) > MAX_FILE_BYTES) {
            throw new IOException("it has more than " + MAX_FILE_BYTES + " bytes; it holds one " + kind + ", or two");
        }
        requirePrivate(file);
        return Files.readString(file, StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
    }

    /** Where the file system has such permissions, nobody but the owner may read the file. */
    private static void requirePrivate(Path file) throws IOException {
        if (!Files.getFileStore(file).supportsFileAttributeView("posix")) {
            return;
        }
        Set<PosixFilePermission> granted = EnumSet.noneOf(PosixFilePermission.class);
        granted.addAll(Files.getPosixFilePermissions(file));
        granted.removeAll(PRIVATE);
        if (!granted.isEmpty()) {
            throw new IOException("others than its owner may use it (" + granted + "); chmod 600 it");
        }
    }
}
