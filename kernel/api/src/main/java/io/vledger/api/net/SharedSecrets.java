package io.vledger.api.net;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The secrets that the members of a group, or the nodes of a cluster, share: one, or two while one is replaced by the other. The first is
 * used, and what was made with any of them is accepted.
 */
public final class SharedSecrets {
    private final List<byte[]> secrets;

    /** Secrets in the order of preference; none for a member that has no secret. */
    public SharedSecrets(List<String> texts) {
        List<byte[]> bytes = new ArrayList<>();
        texts.forEach(text -> bytes.add(text.getBytes(StandardCharsets.UTF_8)));
        secrets = List.copyOf(bytes);
    }

    /**
     * Reads a {@link SecretFile}. Blocks.
     *
     * @throws IOException with a message that names the file, what is wrong with it and the remedy, and never its content
     */
    public static SharedSecrets read(Path file) throws IOException {
        return new SharedSecrets(SecretFile.read(file, "the secret of the members", "secret"));
    }

    /** Each secret's bytes, the preferred one first; not to be changed. */
    public List<byte[]> all() {
        return secrets;
    }
}
