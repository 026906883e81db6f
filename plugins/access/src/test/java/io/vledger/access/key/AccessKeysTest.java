package io.vledger.access.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessKeysTest {
    private static final String ONE = "one one one one one one one one one one";
    private static final String TWO = "two two two two two two two two two two";

    @TempDir
    Path directory;

    private Path file(String content) throws IOException {
        Path file = directory.resolve("access.key");
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    @Test
    void aPasswordIsReadableWithTheKeyAloneAndForItsOwnerAlone() {
        AccessKeys keys = AccessKeys.of(List.of(ONE));
        Sealed sealed = keys.seal("pässword1", "g/alice");
        assertThat(keys.open(sealed, "g/alice")).isEqualTo("pässword1");
        assertThat(keys.open(sealed, "g/bob")).isNull();
        assertThat(AccessKeys.of(List.of(TWO)).open(sealed, "g/alice")).isNull();
        assertThat(new String(sealed.bytes(), StandardCharsets.ISO_8859_1)).doesNotContain("ssword1");
        assertThat(keys.seal("pässword1", "g/alice")).as("no two are alike").isNotEqualTo(sealed);
        byte[] forged = sealed.bytes().clone();
        forged[20] ^= 1;
        assertThat(keys.open(new Sealed(sealed.keyId(), forged), "g/alice")).isNull();
    }

    @Test
    void theSecondKeyStillCountsWhileOneReplacesTheOther() throws Exception {
        Sealed old = AccessKeys.of(List.of(ONE)).seal("x", "g/u");
        AccessKeys both = AccessKeys.read(file(TWO + "\n\n" + ONE + "\n"));
        assertThat(both.open(old, "g/u")).isEqualTo("x");
        assertThat(both.outdated(old)).isTrue();
        assertThat(both.outdated(both.seal("x", "g/u"))).isFalse();
        byte[] content = {1, 2, 3};
        int first = AccessKeys.of(List.of(ONE)).firstId();
        byte[] proof = Objects.requireNonNull(AccessKeys.of(List.of(ONE)).prove(first, content));
        assertThat(both.proves(first, content, proof)).isTrue();
        assertThat(both.proves(both.firstId(), content, proof)).isFalse();
        assertThat(AccessKeys.of(List.of(TWO)).proves(first, content, proof)).isFalse();
    }

    @Test
    void aFileThatCannotBeUsedSaysWhyAndNothingOfItsContent() throws Exception {
        assertThatThrownBy(() -> AccessKeys.read(directory.resolve("absent"))).hasMessageContaining("is not there");
        assertThatThrownBy(() -> AccessKeys.read(file("secret short")))
                .hasMessageContaining("shorter than 32")
                .hasMessageNotContaining("secret short");
        assertThatThrownBy(() -> AccessKeys.read(file("\n"))).hasMessageContaining("has 0 lines");
        assertThatThrownBy(() -> AccessKeys.read(file(ONE + "\n" + TWO + "\n" + ONE)))
                .hasMessageContaining("has 3 lines");
        Path open = file(ONE);
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> AccessKeys.read(open)).hasMessageContaining("chmod 600");
    }
}
