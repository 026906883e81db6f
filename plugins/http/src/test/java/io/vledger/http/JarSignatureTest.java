package io.vledger.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jars signed by the JDK's own tools. */
class JarSignatureTest {
    private static final String PASSWORD = "changeit";

    @TempDir
    static Path directory;

    private final Vertx vertx = Vertx.vertx();

    @BeforeAll
    static void makeKeys() throws Exception {
        for (String alias : new String[] {"ours", "theirs"}) {
            run(
                    "keytool",
                    "-genkeypair",
                    "-alias",
                    alias,
                    "-keyalg",
                    "EC",
                    "-dname",
                    "CN=" + alias,
                    "-keystore",
                    keys(),
                    "-storepass",
                    PASSWORD,
                    "-validity",
                    "30");
            run(
                    "keytool",
                    "-exportcert",
                    "-rfc",
                    "-alias",
                    alias,
                    "-keystore",
                    keys(),
                    "-storepass",
                    PASSWORD,
                    "-file",
                    directory.resolve(alias + ".pem").toString());
        }
    }

    private static String keys() {
        return directory.resolve("keys.p12").toString();
    }

    private static void run(String tool, String... arguments) throws Exception {
        String[] command = new String[arguments.length + 1];
        command[0] = Path.of(System.getProperty("java.home"), "bin", tool).toString();
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve(tool + ".log").toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(Files.readString(directory.resolve(tool + ".log")))
                .isZero();
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    private Path jar(String name) throws IOException {
        Path file = directory.resolve(name);
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
            for (String entry : new String[] {"META-INF/plugin.properties", "a/B.class"}) {
                out.putNextEntry(new ZipEntry(entry));
                out.write(entry.getBytes(StandardCharsets.UTF_8));
            }
        }
        return file;
    }

    private Path signed(String name, String alias) throws Exception {
        Path file = jar(name);
        run("jarsigner", "-keystore", keys(), "-storepass", PASSWORD, file.toString(), alias);
        return file;
    }

    private void verify(byte[] jar) throws Exception {
        JarSignature signature =
                JarSignature.of(vertx, directory.resolve("ours.pem").toString()).await(20, TimeUnit.SECONDS);
        Objects.requireNonNull(signature).verify(jar).await(20, TimeUnit.SECONDS);
    }

    @Test
    void aJarSignedByTheCertificateIsTaken() throws Exception {
        verify(Files.readAllBytes(signed("good.jar", "ours")));
    }

    @Test
    void aJarWithoutASignatureOrWithSomebodyElsesIsRefused() throws Exception {
        assertThatThrownBy(() -> verify(Files.readAllBytes(jar("unsigned.jar"))))
                .hasMessageContaining("is not signed by a certificate of http.deployPluginsSignedBy");
        assertThatThrownBy(() -> verify(Files.readAllBytes(signed("theirs.jar", "theirs"))))
                .hasMessageContaining("is not signed by a certificate");
        assertThatThrownBy(() -> verify("no jar".getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("cannot be read");
    }

    @Test
    void anEntryThatWasAddedOrChangedAfterSigningIsFound() throws Exception {
        Path good = signed("changed.jar", "ours");
        assertThatThrownBy(() -> verify(rewritten(good, "a/B.class", "other")))
                .hasMessageContaining("changed after it was signed");
        assertThatThrownBy(() -> verify(rewritten(good, "a/C.class", "more")))
                .hasMessageContaining("a/C.class is not signed");
        assertThatThrownBy(() -> verify(rewritten(good, "META-INF/services/x", "more")))
                .hasMessageContaining("META-INF/services/x is not signed");
    }

    private static byte[] rewritten(Path jar, String name, String content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipFile from = new ZipFile(jar.toFile());
                ZipOutputStream out = new ZipOutputStream(bytes)) {
            for (ZipEntry entry : from.stream().toList()) {
                if (!entry.getName().equals(name)) {
                    out.putNextEntry(new ZipEntry(entry.getName()));
                    from.getInputStream(entry).transferTo(out);
                }
            }
            out.putNextEntry(new ZipEntry(name));
            out.write(content.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    @Test
    void aCertificateThatCannotBeReadStopsTheStart() throws Exception {
        Path file = Files.writeString(directory.resolve("none.pem"), "none");
        assertThatThrownBy(() -> JarSignature.of(vertx, file.toString()).await(20, TimeUnit.SECONDS))
                .hasMessageContaining("http.deployPluginsSignedBy = " + file);
    }
}
