package io.vledger.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.CodeSigner;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collections;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;

/**
 * Takes only jars that one of certain certificates signed, each entry of them. They are read as a class loader reads them, from a file and
 * by its central directory.
 */
final class JarSignature {
    private static final String META = "META-INF/";

    private final Vertx vertx;
    private final Set<Certificate> trusted;

    private JarSignature(Vertx vertx, Set<Certificate> trusted) {
        this.vertx = vertx;
        this.trusted = Set.copyOf(trusted);
    }

    /**
     * Reads the certificates, in PEM or DER.
     *
     * @param file of {@code http.deployPluginsSignedBy}; empty for none
     * @return null if jars need no signature; fails with a message that names file and remedy
     */
    static Future<@Nullable JarSignature> of(Vertx vertx, String file) {
        return file.isEmpty()
                ? Future.succeededFuture(null)
                : vertx.executeBlocking(() -> new JarSignature(vertx, read(Path.of(file))));
    }

    private static Set<Certificate> read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            Set<Certificate> read =
                    new HashSet<>(CertificateFactory.getInstance("X.509").generateCertificates(in));
            if (read.isEmpty()) {
                throw new GeneralSecurityException("it holds none");
            }
            return read;
        } catch (NoSuchFileException absent) {
            throw new IllegalStateException(
                    "http.deployPluginsSignedBy = " + file + ": there is no such file; check the path", absent);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(
                    "http.deployPluginsSignedBy = " + file + ": cannot be read (" + e.getMessage()
                            + "); name a file with the certificate that signs plugins, in PEM",
                    e);
        }
    }

    /** Fails with a sentence if a jar is not wholly signed by one of the certificates. */
    Future<Void> verify(byte[] jar) {
        return vertx.executeBlocking(() -> {
            Path file = Files.createTempFile("vledger-plugin-", ".jar");
            try {
                Files.write(file, jar);
                String wrong = wrong(file);
                if (!wrong.isEmpty()) {
                    throw new IllegalStateException(wrong);
                }
                return null;
            } finally {
                Files.deleteIfExists(file);
            }
        });
    }

    private String wrong(Path file) throws IOException {
        try (JarFile jar = new JarFile(file.toFile(), true)) {
            for (JarEntry entry : Collections.list(jar.entries())) {
                if (entry.isDirectory() || ofSignature(entry.getName())) {
                    continue;
                }
                try (InputStream in = jar.getInputStream(entry)) {
                    // What an entry is signed by is known once it was read.
                    in.transferTo(java.io.OutputStream.nullOutputStream());
                }
                if (!signedByTrusted(entry.getCodeSigners())) {
                    return "the jar: " + entry.getName() + " is not signed by a certificate of"
                            + " http.deployPluginsSignedBy; sign the jar with jarsigner";
                }
            }
            return "";
        } catch (SecurityException changed) {
            return "the jar: was changed after it was signed (" + changed.getMessage() + ")";
        } catch (java.util.zip.ZipException damaged) {
            return "the jar: cannot be read (" + damaged.getMessage() + ")";
        }
    }

    private boolean signedByTrusted(CodeSigner @Nullable [] signers) {
        if (signers == null) {
            return false;
        }
        for (CodeSigner signer : signers) {
            if (trusted.contains(signer.getSignerCertPath().getCertificates().get(0))) {
                return true;
            }
        }
        return false;
    }

    /** The files of a signature itself, and the manifest, which it covers. */
    private static boolean ofSignature(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return upper.equals("META-INF/MANIFEST.MF")
                || (upper.startsWith(META)
                        && upper.indexOf('/', META.length()) < 0
                        && (upper.endsWith(".SF")
                                || upper.endsWith(".RSA")
                                || upper.endsWith(".DSA")
                                || upper.endsWith(".EC")));
    }
}
